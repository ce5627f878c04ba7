import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** |x|; the slope at 0 is 0. */
export const absOp = unaryOp({
  name: 'abs',
  fn: Fn.Abs,
  value: (x) => Math.abs(x),
  slopeOf: 'input',
  slope: (x) => Math.sign(x),
});

export const abs = (x: Node): Node => applyUnary(absOp, x);
