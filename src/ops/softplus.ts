import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** log(1 + eˣ). */
export const softplusOp = unaryOp({
  name: 'softplus',
  fn: Fn.Softplus,
  transcendental: true,
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  slopeOf: 'output',
  slope: (y) => -Math.expm1(-y),
});

export const softplus = (x: Node): Node => applyUnary(softplusOp, x);
