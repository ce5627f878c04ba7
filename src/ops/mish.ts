import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** x·tanh(softplus(x)) (Misra 2019). */
export const mishOp = unaryOp({
  name: 'mish',
  fn: Fn.Mish,
  transcendental: true,
  value: (x) => x * Math.tanh(softplus(x)),
  slopeOf: 'input',
  slope: (x) => {
    const t = Math.tanh(softplus(x));
    const sigmoid = 1 / (1 + Math.exp(-x));
    return t + x * (1 - t * t) * sigmoid;
  },
});

export const mish = (x: Node): Node => applyUnary(mishOp, x);
