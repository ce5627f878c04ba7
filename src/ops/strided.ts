/** Reading a value in another order than it is stored: the common part of broadcasting, transposing and slicing. */
import { Opcode, StridedCopy } from '../../assembly/opcodes.js';
import { ShapeError } from '../errors.js';
import type { Node } from '../graph/node.js';
import type { Emitter } from '../graph/op.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';

/** The elements of `x` at the given strides, in the row-major order of `shape`. */
export function gatherStrided(x: Float64Array, shape: Shape, strides: readonly number[]): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = x[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

type Four = [number, number, number, number];

/** Kernels walk four axes: merges neighbours that every operand walks evenly, pads with 1 on the left. */
export function collapse(
  shape: Shape,
  strides: readonly (readonly number[])[],
  op: string,
): { dims: Four; strides: Four[] } {
  const dims: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    const even = dims.length > 0 && strides.every((s, k) => s[axis] === merged[k][0] * dims[0]);
    if (even) {
      dims[0] *= shape[axis];
    } else {
      dims.unshift(shape[axis]);
      for (const [k, s] of strides.entries()) merged[k].unshift(s[axis]);
    }
  }
  if (dims.length > 4) {
    throw new ShapeError(
      `${op}: shape ${showShape(shape)} needs ${dims.length} separate axes, and at most 4 are supported.`,
    );
  }
  while (dims.length < 4) {
    dims.unshift(1);
    for (const s of merged) s.unshift(0);
  }
  return { dims: dims as Four, strides: merged as Four[] };
}

/** Emits the copy of a node's input, read at these strides, to the node's own memory. */
export function emitStrided(node: Node, strides: readonly number[], { address, emit }: Emitter): void {
  const {
    dims: [d0, d1, d2, d3],
    strides: [[s0, s1, s2, s3]],
  } = collapse(node.shape, [strides], node.op.name);
  const [x, out] = [address(node.inputs[0]), address(node)];
  emit(Opcode.StridedCopy, StridedCopy, { x, out, d0, d1, d2, d3, s0, s1, s2, s3 });
}
