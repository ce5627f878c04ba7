import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** min(max(x, 0), 6). */
export const relu6Op = unaryOp({
  name: 'relu6',
  fn: Fn.Relu6,
  value: (x) => Math.min(Math.max(x, 0), 6),
  slopeOf: 'output',
  slope: (y) => (y > 0 && y < 6 ? 1 : 0),
});

export const relu6 = (x: Node): Node => applyUnary(relu6Op, x);
