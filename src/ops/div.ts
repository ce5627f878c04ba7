import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import { toNode, type Value } from './leaf.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { scale } from './scale.js';

/** a / b. */
export const divOp = binaryOp({
  name: 'div',
  fn: BinaryFn.Div,
  value: (a, b) => a / b,
  gradient: (dy, _a, b, y) => [div(dy, b), neg(div(mul(dy, y), b))],
});

export function div(a: Value, b: Value): Node {
  if (typeof b === 'number') return scale(toNode(a), 1 / b);
  return applyBinary(divOp, a, b);
}
