import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { erfReference } from './erf.js';
import { applyUnary, unaryOp } from './unary.js';

/** The normal distribution's cumulative and density functions. */
const cdf = (x: number) => 0.5 * (1 + erfReference(x / Math.SQRT2));
const pdf = (x: number) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** x·Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016). */
export const geluOp = unaryOp({
  name: 'gelu',
  fn: Fn.Gelu,
  transcendental: true,
  value: (x) => x * cdf(x),
  slopeOf: 'input',
  slope: (x) => cdf(x) + x * pdf(x),
});

const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))): the same paper's approximation. */
export const geluTanhOp = unaryOp({
  name: 'geluTanh',
  fn: Fn.GeluTanh,
  transcendental: true,
  value: (x) => 0.5 * x * (1 + Math.tanh(inner(x))),
  slopeOf: 'input',
  slope: (x) => {
    const t = Math.tanh(inner(x));
    const dInner = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * dInner;
  },
});

/** Keras' gelu: exact by default, `approximate` for the tanh form. */
export const gelu = (x: Node, approximate = false): Node => applyUnary(approximate ? geluTanhOp : geluOp, x);
