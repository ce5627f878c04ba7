import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import { toNode, type Value } from './leaf.js';
import { offset } from './scale.js';

/** a + b. */
export const addOp = binaryOp({
  name: 'add',
  fn: BinaryFn.Add,
  value: (a, b) => a + b,
  gradient: (dy) => [dy, dy],
});

export function add(a: Value, b: Value): Node {
  if (typeof b === 'number') return offset(toNode(a), b);
  if (typeof a === 'number') return offset(b, a);
  return applyBinary(addOp, a, b);
}
