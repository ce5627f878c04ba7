import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import { toNode, type Value } from './leaf.js';
import { scale } from './scale.js';

/** a·b. */
export const mulOp = binaryOp({
  name: 'mul',
  fn: BinaryFn.Mul,
  value: (a, b) => a * b,
  gradient: (dy, a, b) => [mul(dy, b), mul(dy, a)],
});

export function mul(a: Value, b: Value): Node {
  if (typeof b === 'number') return scale(toNode(a), b);
  if (typeof a === 'number') return scale(b, a);
  return applyBinary(mulOp, a, b);
}
