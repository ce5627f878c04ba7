import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** √x. */
export const sqrtOp = unaryOp({
  name: 'sqrt',
  fn: Fn.Sqrt,
  value: (x) => Math.sqrt(x),
  slopeOf: 'output',
  slope: (y) => 0.5 / y,
});

export const sqrt = (x: Node): Node => applyUnary(sqrtOp, x);
