import { ShapeError } from '../errors.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { broadcastShapes, broadcastStrides, type Shape, sameShape, showShape } from '../graph/shape.js';
import { sumTo } from './binary.js';
import { emitStrided, gatherStrided } from './strided.js';

/** The value repeated along new axes and axes of size 1 until it has the shape. */
export const broadcastToOp: Op<{ shape: Shape }> = {
  name: 'broadcastTo',
  shape([x], { shape }) {
    if (!sameShape(broadcastShapes(x.shape, shape, 'broadcastTo'), shape)) {
      throw new ShapeError(`broadcastTo: ${showShape(x.shape)} does not stretch to ${showShape(shape)}.`);
    }
    return shape;
  },
  gradient: (dy, { inputs: [x] }) => [sumTo(dy, x.shape)],
  reference: ([x], { inputs, shape }) => gatherStrided(x, shape, broadcastStrides(inputs[0].shape, shape)),
  lower: (node, to) => emitStrided(node, broadcastStrides(node.inputs[0].shape, node.shape), to),
  print: () => '',
};

export const broadcastTo = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : apply(broadcastToOp, [x], { shape });
