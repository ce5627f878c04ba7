import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** max(x, 0); the slope at 0 is 0. */
export const reluOp = unaryOp({
  name: 'relu',
  fn: Fn.Relu,
  value: (x) => Math.max(x, 0),
  slopeOf: 'output',
  slope: (y) => (y > 0 ? 1 : 0),
});

export const relu = (x: Node): Node => applyUnary(reluOp, x);
