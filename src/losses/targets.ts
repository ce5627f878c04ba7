/** What losses and metrics ask of their targets: the right shape, and values that make sense. */
import { DataError, ShapeError } from '../errors.js';
import type { Node } from '../graph/node.js';
import { type Shape, sameShape, showShape } from '../graph/shape.js';
import { reshape } from '../ops/reshape.js';
import type { Targets } from './loss.js';

const column = (shape: Shape): Shape => [...shape, 1];

/** Targets in the shape of the predictions; as in Keras, [n] serves for [n, 1] and the other way round. */
export function alike(what: string, yTrue: Node, yPred: Node): Node {
  const [t, p] = [yTrue.shape, yPred.shape];
  if (sameShape(t, p) || sameShape(column(t), p) || sameShape(t, column(p))) return reshape(yTrue, p);
  const hint = sameShape(t, p.slice(0, -1))
    ? ' Class indices need the form whose name begins with "sparse".'
    : '';
  throw new ShapeError(
    `${what}: the targets have shape ${showShape(t)} and the predictions ${showShape(p)}; they must be alike.${hint}`,
  );
}

/** Class indices, one for each row of the predictions; [n, 1] serves for [n]. */
export function classIndices(what: string, yTrue: Node, yPred: Node): Node {
  const rows = yPred.shape.slice(0, -1);
  if (sameShape(yTrue.shape, rows) || sameShape(yTrue.shape, column(rows))) return reshape(yTrue, rows);
  const hint = sameShape(yTrue.shape, yPred.shape)
    ? ' For a number per class, take the form whose name does not begin with "sparse".'
    : '';
  throw new ShapeError(
    `${what}: the targets have shape ${showShape(yTrue.shape)}; predictions of shape ${showShape(yPred.shape)} need class indices ` +
      `of shape ${showShape(rows)}.${hint}`,
  );
}

/** Throws a DataError at the first target that is not right; `size` is the number of targets of one example. */
export function checkEach(
  { what, data }: Targets,
  size: number,
  right: (value: number) => boolean,
  message: { readonly loss: string; readonly target: string; readonly expected: string },
): void {
  for (let i = 0; i < data.length; i++) {
    if (right(data[i])) continue;
    const position = size > 1 ? ` at position ${i % size}` : '';
    const where = `${message.target} of example ${Math.floor(i / size)}${position}`;
    throw new DataError(`${what}: the ${where} is ${data[i]}; ${message.loss} expects ${message.expected}`);
  }
}
