import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** x/(1 + |x|). */
export const softsignOp = unaryOp({
  name: 'softsign',
  fn: Fn.Softsign,
  value: (x) => x / (1 + Math.abs(x)),
  slopeOf: 'output',
  slope: (y) => (1 - Math.abs(y)) ** 2,
});

export const softsign = (x: Node): Node => applyUnary(softsignOp, x);
