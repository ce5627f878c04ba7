import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import type { Value } from './leaf.js';
import { log } from './log.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

/** a to the power b; the gradient to b needs a > 0. */
export const powOp = binaryOp({
  name: 'pow',
  fn: BinaryFn.Pow,
  value: (a, b) => a ** b,
  gradient: (dy, a, b, y) => [mul(dy, mul(b, pow(a, sub(b, 1)))), mul(dy, mul(y, log(a)))],
});

export const pow = (a: Value, b: Value): Node => applyBinary(powOp, a, b);
