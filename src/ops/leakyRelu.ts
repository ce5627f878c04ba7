import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** x for x > 0, else alpha·x; alpha is Keras' negative_slope, default 0.2. */
export const leakyReluOp = unaryOp({
  name: 'leakyRelu',
  fn: Fn.LeakyRelu,
  value: (x, alpha) => (x > 0 ? x : alpha * x),
  slopeOf: 'output',
  slope: (y, alpha) => (y > 0 ? 1 : alpha),
});

export const leakyRelu = (x: Node, alpha = 0.2): Node => applyUnary(leakyReluOp, x, alpha);
