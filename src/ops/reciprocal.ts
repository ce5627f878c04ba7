import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** 1/x. */
export const reciprocalOp = unaryOp({
  name: 'reciprocal',
  fn: Fn.Reciprocal,
  value: (x) => 1 / x,
  slopeOf: 'output',
  slope: (y) => -y * y,
});

export const reciprocal = (x: Node): Node => applyUnary(reciprocalOp, x);
