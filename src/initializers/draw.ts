/**
 * Random numbers from random words, by +, −, ×, ÷ and √ only: IEEE 754 fixes the bits of these, while
 * the last bits of Math.log and the like differ from one JavaScript engine to the next.
 */
import { type Shape, sizeOf } from '../graph/shape.js';
import type { RandomWords } from './initializer.js';

/** A number inside (0, 1): the middle of one of 2³² equal parts. */
export const unit = (random: RandomWords): number => (random.next().value + 0.5) / 4294967296;

/** Values of a weight, one after the other, each from a number inside (0, 1). */
export function fill(shape: Shape, random: RandomWords, value: (u: number) => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = value(unit(random));
  return values;
}

/** Values of a weight, uniform in (from, to). */
export const uniform = (shape: Shape, random: RandomWords, from: number, to: number): Float32Array =>
  random.uniform?.(sizeOf(shape), from, to) ?? fill(shape, random, (u) => from + (to - from) * u);

/** The share of a normal distribution that is less than −2. */
const BELOW = 0.02275013194817921;

/** Normal, of those numbers only that lie in (−2, 2). Its standard deviation is 0.8796. */
export const truncatedNormal = (u: number): number => inverseNormal(BELOW + u * (1 - 2 * BELOW));

/**
 * The number that a normal one (mean 0, standard deviation 1) falls short of with probability p, for p in [2⁻³³, 1 − 2⁻³³]:
 * normal itself where p is uniform.
 *
 * Algorithm AS 241 (PPND16), M. J. Wichura, "The Percentage Points of the Normal Distribution", Applied
 * Statistics 37 (1988) 477–484; relative error about 1e-16. Its third branch is for p < 1e-11 only.
 */
export function inverseNormal(p: number): number {
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE, r)) / polynomial(UNDER_CENTRE, r);
  }
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p)) - 1.6;
  const x = polynomial(TAIL, r) / polynomial(UNDER_TAIL, r);
  return q < 0 ? -x : x;
}

/** Coefficients, the constant one last. */
const CENTRE = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
  1971.5909503065513, 133.14166789178438, 3.3871328727963665,
];
const UNDER_CENTRE = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
  687.1870074920579, 42.31333070160091, 1,
];
const TAIL = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const UNDER_TAIL = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

/** The natural logarithm of a number in (0, √2), to about 1e-16: log x = 2·artanh((x − 1)/(x + 1)) near 1. */
export function log(x: number): number {
  let halvings = 0;
  for (; x < Math.SQRT1_2; halvings++) x *= 2;
  // |s| < 0.172, so that the first term left out, s²²/23, is below 1e-18.
  const s = (x - 1) / (x + 1);
  let series = 0;
  for (let n = 21; n >= 1; n -= 2) series = series * (s * s) + 1 / n;
  return 2 * s * series - halvings * Math.LN2;
}
