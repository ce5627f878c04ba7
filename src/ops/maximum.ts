import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import { greater } from './greater.js';
import { greaterEqual } from './greaterEqual.js';
import type { Value } from './leaf.js';
import { mul } from './mul.js';

/** The larger; the gradient goes to a where a ≥ b, else to b. */
export const maximumOp = binaryOp({
  name: 'maximum',
  fn: BinaryFn.Maximum,
  value: (a, b) => Math.max(a, b),
  gradient: (dy, a, b) => [mul(dy, greaterEqual(a, b)), mul(dy, greater(b, a))],
});

export const maximum = (a: Value, b: Value): Node => applyBinary(maximumOp, a, b);
