import { ShapeError } from '../errors.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { showShape, stridesOf } from '../graph/shape.js';
import { emitStrided, gatherStrided } from './strided.js';

/** Axis i of the result is axis order[i] of x. */
export const transposeOp: Op<{ order: readonly number[] }> = {
  name: 'transpose',
  shape([x], { order }) {
    const rank = x.shape.length;
    if (order.length !== rank || new Set(order).size !== rank || !order.every((axis) => axis in x.shape)) {
      throw new ShapeError(
        `transpose: [${order.join(', ')}] is not an order of the axes of ${showShape(x.shape)}.`,
      );
    }
    return order.map((axis) => x.shape[axis]);
  },
  gradient: (dy, { attributes: { order } }) => [
    transpose(
      dy,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
  reference: ([x], node) => gatherStrided(x, node.shape, permutedStrides(node)),
  lower: (node, to) => emitStrided(node, permutedStrides(node), to),
  print: ({ order }) => `[${order.join(', ')}]`,
};

function permutedStrides({
  inputs: [x],
  attributes: { order },
}: Node<{ order: readonly number[] }>): number[] {
  const strides = stridesOf(x.shape);
  return order.map((axis) => strides[axis]);
}

/** Reverses the axes when no order is given. */
export const transpose = (
  x: Node,
  order: readonly number[] = x.shape.map((_, i) => x.shape.length - 1 - i),
): Node => apply(transposeOp, [x], { order });
