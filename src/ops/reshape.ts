import { ShapeError } from '../errors.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { type Shape, sameShape, showShape, sizeOf } from '../graph/shape.js';

/** The same elements under another shape; a view, nothing moves. */
export const reshapeOp: Op<{ shape: Shape }> = {
  name: 'reshape',
  shape([x], { shape }) {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeError(
        `reshape: ${showShape(x.shape)} has ${sizeOf(x.shape)} elements and ${showShape(shape)} has ${sizeOf(shape)}; ` +
          'the two numbers must be equal.',
      );
    }
    return shape;
  },
  gradient: (dy, { inputs: [x] }) => [reshape(dy, x.shape)],
  reference: ([x]) => x,
  view: () => 0,
  print: () => '',
};

/** One axis may be -1: it takes what is left. */
export function reshape(x: Node, shape: Shape): Node {
  const known = shape.reduce((product, axis) => (axis === -1 ? product : product * axis), 1);
  const resolved = shape.map((axis) => (axis === -1 ? sizeOf(x.shape) / known : axis));
  if (
    !resolved.every((axis) => Number.isInteger(axis) && axis >= 0) ||
    shape.filter((axis) => axis === -1).length > 1
  ) {
    throw new ShapeError(
      `reshape: ${showShape(x.shape)} cannot become ${showShape(shape)}: all axes must come out as whole numbers, and ` +
        'only one may be -1.',
    );
  }
  if (sameShape(x.shape, resolved)) return x;
  // A reshape of a reshape looks at the first value.
  return x.op === reshapeOp ? reshape(x.inputs[0], resolved) : apply(reshapeOp, [x], { shape: resolved });
}
