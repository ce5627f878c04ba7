/**
 * Random numbers from random words, by +, −, ×, ÷ and √ only: IEEE 754 fixes the bits of these, while
 * the last bits of Math.log and the like differ from one JavaScript engine to the next.
 */
import { type Shape, sizeOf } from '../graph/shape.js';
import type { RandomWords } from './initializer.js';

/** A number inside (0, 1): the middle of one of 2³² equal parts. */
export const unit = (random: RandomWords): number => (random.next().value + 0.5) / 4294967296;

/** Values of a weight, one after the other. */
export function fill(shape: Shape, next: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}

/** Normal with mean 0 and standard deviation 1. */
export const normal = (random: RandomWords): number => inverseNormal(unit(random));

/** The share of a normal distribution that is less than −2. */
const BELOW = 0.022750131948179209;

/** As normal, of those only that lie in (−2, 2). Its standard deviation is 0.8796. */
export const truncatedNormal = (random: RandomWords): number => inverseNormal(BELOW + unit(random) * (1 - 2 * BELOW));

/**
 * The number that a normal one falls short of with probability p, for p in [2⁻³³, 1 − 2⁻³³].
 *
 * Algorithm AS 241 (PPND16), M. J. Wichura, "The Percentage Points of the Normal Distribution", Applied
 * Statistics 37 (1988) 477–484; relative error about 1e-16. Its third branch is for p < 1e-11 only.
 */
export function inverseNormal(p: number): number {
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) return (q * polynomial(CENTRE, 0.180625 - q * q)) / polynomial(UNDER_CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-log(q < 0 ? p : 1 - p)) - 1.6;
  const x = polynomial(TAIL, r) / polynomial(UNDER_TAIL, r);
  return q < 0 ? -x : x;
}

/** Coefficients, the constant one last. */
const CENTRE = [
  2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
  1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
];
const UNDER_CENTRE = [
  5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
  687.1870074920579083, 42.313330701600911252, 1,
];
const TAIL = [
  7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504,
  5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
];
const UNDER_TAIL = [
  1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459, 0.68976733498510000455,
  1.6763848301838038494, 2.05319162663775882187, 1,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

const LN2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;

/** The natural logarithm of a number in (0, √2), to about 1e-16: log x = 2·artanh((x − 1)/(x + 1)) near 1. */
export function log(x: number): number {
  let halvings = 0;
  for (; x < SQRT_HALF; halvings++) x *= 2;
  // |s| < 0.172, so that the first term left out, s²²/23, is below 1e-18.
  const s = (x - 1) / (x + 1);
  let series = 0;
  for (let n = 21; n >= 1; n -= 2) series = series * (s * s) + 1 / n;
  return 2 * s * series - halvings * LN2;
}
