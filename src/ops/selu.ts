import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** The fixed point of Klambauer et al. (2017): activations keep mean 0 and variance 1. */
const ALPHA = 1.6732632423543772;
const SCALE = 1.0507009873554805;

/** SCALE·x for x > 0, else SCALE·ALPHA·(eˣ − 1). */
export const seluOp = unaryOp({
  name: 'selu',
  fn: Fn.Selu,
  transcendental: true,
  value: (x) => SCALE * (x > 0 ? x : ALPHA * Math.expm1(x)),
  slopeOf: 'output',
  slope: (y) => (y > 0 ? SCALE : y + SCALE * ALPHA),
});

export const selu = (x: Node): Node => applyUnary(seluOp, x);
