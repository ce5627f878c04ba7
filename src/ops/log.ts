import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** The natural logarithm. */
export const logOp = unaryOp({
  name: 'log',
  fn: Fn.Log,
  transcendental: true,
  value: (x) => Math.log(x),
  slopeOf: 'input',
  slope: (x) => 1 / x,
});

export const log = (x: Node): Node => applyUnary(logOp, x);
