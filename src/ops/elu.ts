import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** x for x > 0, else alpha·(eˣ − 1). */
export const eluOp = unaryOp({
  name: 'elu',
  fn: Fn.Elu,
  transcendental: true,
  value: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  slopeOf: 'output',
  slope: (y, alpha) => (y > 0 ? 1 : y + alpha),
});

export const elu = (x: Node, alpha = 1): Node => applyUnary(eluOp, x, alpha);
