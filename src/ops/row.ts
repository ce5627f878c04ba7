import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';

/** x[index]: one slice along the leading axis; a view, nothing moves. Used on results that are not differentiated. */
export const rowOp: Op<{ index: number }> = {
  name: 'row',
  shape: ([x]) => x.shape.slice(1),
  reference: ([x], { shape, attributes: { index } }) =>
    x.subarray(index * sizeOf(shape), (index + 1) * sizeOf(shape)),
  view: ({ shape, attributes: { index } }) => index * sizeOf(shape),
  print: ({ index }) => String(index),
};

export const row = (x: Node, index: number): Node => apply(rowOp, [x], { index });
