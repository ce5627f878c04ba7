import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import { toNode, type Value } from './leaf.js';
import { neg } from './neg.js';
import { offset } from './scale.js';

/** a − b. */
export const subOp = binaryOp({
  name: 'sub',
  fn: BinaryFn.Sub,
  value: (a, b) => a - b,
  gradient: (dy) => [dy, neg(dy)],
});

export function sub(a: Value, b: Value): Node {
  if (typeof b === 'number') return offset(toNode(a), -b);
  if (typeof a === 'number') return offset(neg(b), a);
  return applyBinary(subOp, a, b);
}
