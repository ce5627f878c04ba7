import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** min(max(x/6 + 1/2, 0), 1). */
export const hardSigmoidOp = unaryOp({
  name: 'hardSigmoid',
  fn: Fn.HardSigmoid,
  value: (x) => Math.min(Math.max(x / 6 + 0.5, 0), 1),
  slopeOf: 'output',
  slope: (y) => (y > 0 && y < 1 ? 1 / 6 : 0),
});

export const hardSigmoid = (x: Node): Node => applyUnary(hardSigmoidOp, x);
