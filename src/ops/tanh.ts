import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ). */
export const tanhOp = unaryOp({
  name: 'tanh',
  fn: Fn.Tanh,
  transcendental: true,
  value: (x) => Math.tanh(x),
  slopeOf: 'output',
  slope: (y) => 1 - y * y,
});

export const tanh = (x: Node): Node => applyUnary(tanhOp, x);
