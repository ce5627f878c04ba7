import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import { greater } from './greater.js';
import { greaterEqual } from './greaterEqual.js';
import type { Value } from './leaf.js';
import { mul } from './mul.js';

/** The smaller; the gradient goes to a where b ≥ a, else to b. */
export const minimumOp = binaryOp({
  name: 'minimum',
  fn: BinaryFn.Minimum,
  value: (a, b) => Math.min(a, b),
  gradient: (dy, a, b) => [mul(dy, greaterEqual(b, a)), mul(dy, greater(a, b))],
});

export const minimum = (a: Value, b: Value): Node => applyBinary(minimumOp, a, b);
