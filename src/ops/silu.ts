import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** d/dx x·s = s + x·s·(1 − s), with s = sigmoid(x). */
function slope(x: number): number {
  const s = 1 / (1 + Math.exp(-x));
  return s * (1 + x * (1 - s));
}

/** x·sigmoid(x), also called swish. */
export const siluOp = unaryOp({
  name: 'silu',
  fn: Fn.Silu,
  transcendental: true,
  value: (x) => x / (1 + Math.exp(-x)),
  slopeOf: 'input',
  slope: slope,
});

export const silu = (x: Node): Node => applyUnary(siluOp, x);
