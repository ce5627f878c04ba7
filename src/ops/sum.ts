import { Opcode, Reduce, ReduceFn } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { normalizeAxis, type Shape } from '../graph/shape.js';
import { broadcastTo } from './broadcastTo.js';
import { div } from './div.js';
import { equal } from './equal.js';
import { mul } from './mul.js';
import { reshape } from './reshape.js';
import { scale } from './scale.js';

/** The value seen as [outer, count, inner]; the middle axis is reduced. */
export interface ReduceAttributes {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
  /** Multiplies the result: 1 / count makes a mean of a sum. */
  readonly scale: number;
  readonly shape: Shape;
}

function reduceOp(
  name: string,
  fn: ReduceFn,
  start: number,
  combine: (a: number, b: number) => number,
  gradient: NonNullable<Op<ReduceAttributes>['gradient']>,
): Op<ReduceAttributes> {
  return {
    name,
    shape: (_, { shape }) => shape,
    gradient,
    reference([x], { attributes: { outer, count, inner, scale } }) {
      const out = new Float64Array(outer * inner).fill(start);
      for (let o = 0; o < outer; o++) {
        for (let k = 0; k < count; k++) {
          for (let i = 0; i < inner; i++) {
            out[o * inner + i] = combine(out[o * inner + i], x[(o * count + k) * inner + i]);
          }
        }
      }
      return out.map((v) => v * scale);
    },
    lower(node, { address, emit }) {
      const { outer, count, inner, scale } = node.attributes;
      const operands = { x: address(node.inputs[0]), out: address(node), fn, outer, count, inner, scale };
      emit(Opcode.Reduce, Reduce, operands);
    },
    print: ({ outer, count, inner, scale }) =>
      `[${outer}, ${count}, ${inner}] → [${outer}, ${inner}]${scale === 1 ? '' : ` · ${scale}`}`,
  };
}

/** Lets the reduced axis reappear, stretched: [outer, inner] → x's shape. */
function spread(y: Node, x: Node, { outer, inner, count }: ReduceAttributes): Node {
  return reshape(broadcastTo(reshape(y, [outer, 1, inner]), [outer, count, inner]), x.shape);
}

/** Σ over an axis. */
export const sumOp = reduceOp(
  'sum',
  ReduceFn.Sum,
  0,
  (a, b) => a + b,
  (dy, { inputs: [x], attributes }) => [spread(scale(dy, attributes.scale), x, attributes)],
);

/** The largest over an axis; the elements that attain it share the gradient. */
export const maxOp = reduceOp('max', ReduceFn.Max, Number.NEGATIVE_INFINITY, Math.max, (dy, node) =>
  extremeGradient(dy, node),
);

/** The smallest over an axis; the elements that attain it share the gradient. */
export const minOp = reduceOp('min', ReduceFn.Min, Number.POSITIVE_INFINITY, Math.min, (dy, node) =>
  extremeGradient(dy, node),
);

function extremeGradient(dy: Node, node: Node<ReduceAttributes>): Node[] {
  const [x] = node.inputs;
  const attained = equal(x, spread(node, x, node.attributes));
  const ties = apply(sumOp, [attained], { ...node.attributes, scale: 1 });
  return [mul(spread(div(dy, ties), x, node.attributes), attained)];
}

/** Axes to reduce: a number, several, or all of them. */
export type Axes = number | readonly number[] | undefined;

/** Reduces one run of neighbouring axes at a time, innermost run first; axes of size 1 just go. */
function reduce(op: Op<ReduceAttributes>, x: Node, axes: Axes, keepDims: boolean, average = false): Node {
  const all = axes === undefined ? x.shape.map((_, i) => i) : [axes].flat();
  const chosen = new Set(all.map((axis) => normalizeAxis(axis, x.shape.length, op.name)));
  const result = keepDims
    ? x.shape.map((size, i) => (chosen.has(i) ? 1 : size))
    : x.shape.filter((_, i) => !chosen.has(i));
  const shape = x.shape.map((size, i) => ({ size, reduced: chosen.has(i) })).filter(({ size }) => size !== 1);
  let factor = average
    ? 1 / x.shape.reduce((count, size, i) => (chosen.has(i) ? count * size : count), 1)
    : 1;
  let y = x;
  while (shape.some(({ reduced }) => reduced)) {
    const end = shape.findLastIndex(({ reduced }) => reduced) + 1;
    const begin = shape.findLastIndex(({ reduced }, i) => i < end && !reduced) + 1;
    const product = (part: typeof shape) => part.reduce((total, { size }) => total * size, 1);
    const count = product(shape.splice(begin, end - begin));
    const [outer, inner] = [product(shape.slice(0, begin)), product(shape.slice(begin))];
    const last = !shape.some(({ reduced }) => reduced);
    y = apply(op, [y], {
      outer,
      count,
      inner,
      scale: factor,
      shape: last ? result : shape.map(({ size }) => size),
    });
    factor = 1;
  }
  return reshape(scale(y, factor), result);
}

export const sum = (x: Node, axes?: Axes, keepDims = false): Node => reduce(sumOp, x, axes, keepDims);
export const max = (x: Node, axes?: Axes, keepDims = false): Node => reduce(maxOp, x, axes, keepDims);
export const min = (x: Node, axes?: Axes, keepDims = false): Node => reduce(minOp, x, axes, keepDims);

/** The mean over the axes, or over everything. */
export const mean = (x: Node, axes?: Axes, keepDims = false): Node => reduce(sumOp, x, axes, keepDims, true);
