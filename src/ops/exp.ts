import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** eˣ; as an activation Keras calls it exponential. */
export const expOp = unaryOp({
  name: 'exp',
  fn: Fn.Exp,
  transcendental: true,
  value: (x) => Math.exp(x),
  slopeOf: 'output',
  slope: (y) => y,
});

export const exp = (x: Node): Node => applyUnary(expOp, x);
