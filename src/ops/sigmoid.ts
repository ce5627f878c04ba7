import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** 1/(1 + e⁻ˣ). */
export const sigmoidOp = unaryOp({
  name: 'sigmoid',
  fn: Fn.Sigmoid,
  transcendental: true,
  value: (x) => 1 / (1 + Math.exp(-x)),
  slopeOf: 'output',
  slope: (y) => y * (1 - y),
});

export const sigmoid = (x: Node): Node => applyUnary(sigmoidOp, x);
