import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** 1/√x. */
export const rsqrtOp = unaryOp({
  name: 'rsqrt',
  fn: Fn.Rsqrt,
  value: (x) => 1 / Math.sqrt(x),
  slopeOf: 'output',
  slope: (y) => -0.5 * y ** 3,
});

export const rsqrt = (x: Node): Node => applyUnary(rsqrtOp, x);
