/** The family of element-wise functions of two arguments, with NumPy's broadcasting. */
import { Binary, type BinaryFn, Opcode } from '../../assembly/opcodes.js';
import { ShapeError } from '../errors.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import {
  broadcastShapes,
  broadcastStrides,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
} from '../graph/shape.js';
import { toNode, type Value } from './leaf.js';
import { reshape } from './reshape.js';
import { collapse, gatherStrided } from './strided.js';
import { sum } from './sum.js';

export interface BinaryFunction {
  readonly name: string;
  readonly fn: BinaryFn;
  readonly value: (a: number, b: number) => number;
  /** dL/da and dL/db before broadcasting is undone; null where no gradient flows. */
  readonly gradient: (dy: Node, a: Node, b: Node, y: Node) => readonly [Node | null, Node | null];
}

export type BinaryOp = Op<Record<string, never>>;

/** The row of an element-wise function: y = f(a, b). */
export function binaryOp(f: BinaryFunction): BinaryOp {
  return {
    name: f.name,
    shape: ([a, b]) => broadcastShapes(a.shape, b.shape, f.name),
    gradient(dy, node) {
      const [a, b] = node.inputs;
      const [da, db] = f.gradient(dy, a, b, node);
      return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)];
    },
    reference([a, b], { inputs, shape }) {
      const x = gatherStrided(a, shape, broadcastStrides(inputs[0].shape, shape));
      const y = gatherStrided(b, shape, broadcastStrides(inputs[1].shape, shape));
      return x.map((v, i) => f.value(v, y[i]));
    },
    lower(node, { address, emit }) {
      const [a, b] = node.inputs;
      const strides = [broadcastStrides(a.shape, node.shape), broadcastStrides(b.shape, node.shape)];
      const {
        dims: [d0, d1, d2, d3],
        strides: [[a0, a1, a2, a3], [b0, b1, b2, b3]],
      } = collapse(node.shape, strides, f.name);
      const addresses = { a: address(a), b: address(b), out: address(node) };
      emit(Opcode.Binary, Binary, { ...addresses, fn: f.fn, d0, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3 });
    },
    inPlace: [0, 1],
    print: () => '',
  };
}

export const applyBinary = (op: BinaryOp, a: Value, b: Value): Node => apply(op, [toNode(a), toNode(b)], {});

/** Sums a gradient over the axes that broadcasting had stretched, back to `shape`. */
export function sumTo(dy: Node, shape: Shape): Node {
  if (sameShape(dy.shape, shape)) return dy;
  const lead = dy.shape.length - shape.length;
  const stretched = dy.shape.flatMap((size, axis) =>
    axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : [],
  );
  const summed = sum(dy, stretched);
  if (sizeOf(summed.shape) !== sizeOf(shape)) {
    throw new ShapeError(`cannot sum a gradient of shape ${showShape(dy.shape)} to ${showShape(shape)}.`);
  }
  return reshape(summed, shape);
}
