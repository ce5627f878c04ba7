import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/**
 * erf(x) to f64 accuracy: the Maclaurin series below 3 (Abramowitz & Stegun 7.1.6, all terms positive),
 * the continued fraction of erfc above (7.1.14).
 */
export function erfReference(x: number): number {
  const a = Math.abs(x);
  if (!(a < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
  }
  let fraction = a;
  for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction));
}

/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erfOp = unaryOp({
  name: 'erf',
  fn: Fn.Erf,
  transcendental: true,
  value: erfReference,
  slopeOf: 'input',
  slope: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
});

export const erf = (x: Node): Node => applyUnary(erfOp, x);
