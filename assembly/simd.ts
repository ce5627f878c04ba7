/**
 * Four f32 lanes at a time: multiply-add, lane helpers, and exp, log, tanh, … as our own code.
 *
 * Every function here computes each lane on its own, by the same operations whatever the lane, so
 * an element's bits never depend on where in a vector (or in whose slice) it happens to stand. Loops do
 * best to send two vectors through at once: they share the constants, which V8 builds anew in every turn.
 * Coefficients are minimax fits made for this file (Lawson iteration in f64 against 40-digit
 * references); the error bounds are measured by test/kernels/simd.spec.ts. One ULP is the distance
 * of two neighbouring f32 at the exact result. NaN gives NaN everywhere.
 */

/** a·b + c: one rounding in the relaxed variant (where the engine has FMA), two in the portable one. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a·b, rounded like madd. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** Per lane: mask (all ones or all zeros) ? yes : no. */
// @ts-ignore: decorator
@inline
export function select4(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}

/** Per lane: bound < x ? bound : x, so a NaN in x stays. One instruction, where f32x4.min takes several. */
// @ts-ignore: decorator
@inline
export function atMost(x: v128, bound: v128): v128 {
  return f32x4.pmin(x, bound);
}

/** Per lane: x < bound ? bound : x, so a NaN in x stays. */
// @ts-ignore: decorator
@inline
export function atLeast(x: v128, bound: v128): v128 {
  return f32x4.pmax(x, bound);
}

// @ts-ignore: decorator
@inline
export function clamp4(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, splat(low)), splat(high));
}

/** The first `count` (1, 2 or 3) floats at p; the other lanes are 0. Reads nothing beyond them. */
// @ts-ignore: decorator
@inline
export function loadTail(p: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(p);
  const pair = v128.load64_zero(p);
  return count == 2 ? pair : v128.load_lane<f32>(p, pair, 2, 8);
}

/** Stores the first `count` (1, 2 or 3) lanes at p and touches nothing beyond them. */
// @ts-ignore: decorator
@inline
export function storeTail(p: usize, x: v128, count: i32): void {
  if (count == 1) {
    v128.store_lane<f32>(p, x, 0);
    return;
  }
  v128.store_lane<f64>(p, x, 0);
  if (count == 3) v128.store_lane<f32>(p, x, 2, 8);
}

/** (x0 + x2) + (x1 + x3): the one order in which lanes are ever summed. */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The greatest lane; NaN if any lane is NaN. */
// @ts-ignore: decorator
@inline
export function maxLanes(x: v128): f32 {
  const pairs = f32x4.max(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** The least lane; NaN if any lane is NaN. */
// @ts-ignore: decorator
@inline
export function minLanes(x: v128): f32 {
  const pairs = f32x4.min(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return min(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

// log₂e, and ln 2 in two parts: the first has few enough bits that n·LN2_HIGH is exact for |n| ≤ 255.
// @ts-ignore: decorator
@inline
const LOG2_E: f32 = 1.44269504;
// @ts-ignore: decorator
@inline
const LN2_HIGH: f32 = 0.693359375;
// @ts-ignore: decorator
@inline
const LN2_LOW: f32 = -2.1219444e-4;
/** 1.5·2²³: adding it rounds to an integer, which then stands in the low bits of the sum. */
// @ts-ignore: decorator
@inline
const ROUNDING: f32 = 12582912;

/** r·r·q(r) + r ≈ eʳ − 1 for |r| ≤ ln 2 / 2; relative error 1.3e-8. */
// @ts-ignore: decorator
@inline
function expm1Reduced(r: v128): v128 {
  const r2 = f32x4.mul(r, r);
  const odd = madd(splat(0.0083665382), r2, splat(0.1666654348));
  const even = madd(madd(splat(0.0013882514), r2, splat(0.0416672006)), r2, splat(0.49999997));
  return madd(madd(odd, r, even), r2, r);
}

/**
 * eˣ = 2ⁿ·eʳ with n = round(x·log₂e), r = x − n·ln 2. Error < 1.2 ULP. Overflows to +Infinity above
 * 88.72283; where the result would be subnormal (x < −87.33654) it is 0.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const t = madd(x, splat(LOG2_E), splat(ROUNDING));
  const n = f32x4.sub(t, splat(ROUNDING));
  const r = nmadd(n, splat(LN2_LOW), nmadd(n, splat(LN2_HIGH), x));
  // Even and odd powers apart: two chains of half the length
  const r2 = f32x4.mul(r, r);
  const odd = madd(splat(0.0083687352), r2, splat(0.16666521));
  const even = madd(madd(splat(0.0013814559), r2, splat(0.041668389)), r2, splat(0.49999994));
  const q = f32x4.add(madd(madd(odd, r, even), r2, r), splat(1));
  // Adding n to the exponent field scales by 2ⁿ; within the bounds below the field neither over- nor underflows.
  const scaled = i32x4.add(q, i32x4.shl(t, 23));
  // Too large gives Infinity and NaN gives NaN by one product.
  const bounded = select4(f32x4.le(x, splat(88.72283)), scaled, f32x4.mul(x, splat(1e38)));
  return v128.andnot(bounded, f32x4.lt(x, splat(-87.33654)));
}

/** eˣ − 1 for x ≤ 0, with full relative accuracy towards 0. Error < 1.2 ULP. */
// @ts-ignore: decorator
@inline
export function expm1NonPositive4(x: v128): v128 {
  const bounded = atLeast(x, splat(-40)); // e⁻⁴⁰ − 1 is −1 already
  const t = madd(bounded, splat(LOG2_E), splat(ROUNDING));
  const n = f32x4.sub(t, splat(ROUNDING));
  const r = nmadd(n, splat(LN2_LOW), nmadd(n, splat(LN2_HIGH), bounded));
  // 2ⁿ, built as 1's bits with n added to the exponent
  const scale = i32x4.add(i32x4.shl(t, 23), i32x4.splat(0x3f800000));
  return madd(scale, expm1Reduced(r), f32x4.sub(scale, splat(1)));
}

/**
 * Natural logarithm: x = 2ᵏ·(1 + f) with 1 + f in [√½, √2), s = f/(2 + f), then
 * log(1 + f) = 2·atanh(s) = f − s·(f − R(s²)) (as in FreeBSD's e_logf.c; R's coefficients are our own).
 * Error < 1 ULP, subnormals included. log(±0) = −Infinity, log(x < 0) = NaN.
 */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(1.17549435e-38));
  const bits = select4(tiny, f32x4.mul(x, splat(8388608)), x);
  const k = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(bits, i32x4.shl(k, 23)), splat(1));
  const exponent = f32x4.convert_i32x4_s(i32x4.sub(k, v128.and(tiny, i32x4.splat(23))));
  const s = f32x4.div(f, f32x4.add(f, splat(2)));
  const z = f32x4.mul(s, s);
  const q = madd(madd(splat(0.298723102), z, splat(0.399775207)), z, splat(0.66666776));
  const small = nmadd(s, nmadd(q, z, f), f32x4.mul(exponent, splat(LN2_LOW)));
  let result = madd(exponent, splat(LN2_HIGH), f32x4.add(f, small));
  // All ones is a NaN.
  result = v128.or(result, v128.not(f32x4.ge(x, splat(0))));
  result = select4(f32x4.eq(x, splat(0)), splat(-Infinity), result);
  return select4(f32x4.eq(x, splat(Infinity)), x, result);
}

/** log(1 + u) for 0 ≤ u ≤ 1, as log4 but without an exponent to take out. Error < 1.3 ULP. */
// @ts-ignore: decorator
@inline
export function log1pUnit4(u: v128): v128 {
  const s = f32x4.div(u, f32x4.add(u, splat(2)));
  const z = f32x4.mul(s, s);
  let q = madd(splat(0.24300933), z, splat(0.21427658));
  q = madd(q, z, splat(0.28616884));
  q = madd(q, z, splat(0.39998877));
  q = madd(q, z, splat(0.66666675));
  return nmadd(s, nmadd(q, z, u), u);
}

/** The magnitude of the first, the sign of the second. */
// @ts-ignore: decorator
@inline
export function copySign4(magnitude: v128, sign: v128): v128 {
  return select4(i32x4.splat(0x7fffffff), magnitude, sign);
}

/** tanh |x| = −e/(e + 2) with e = e^(−2|x|) − 1, which keeps full accuracy at 0 and at ±1. Error < 3 ULP. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const e = expm1NonPositive4(f32x4.mul(f32x4.abs(x), splat(-2)));
  return copySign4(f32x4.div(e, f32x4.add(e, splat(2))), x);
}

/** 1 / (1 + e⁻ˣ), with full relative accuracy down to x = −87, then 0. Error < 2.1 ULP. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(exp4(f32x4.neg(x)), splat(1)));
}

/** log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|). Error < 2.1 ULP. */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  return f32x4.add(atLeast(x, splat(0)), log1pUnit4(exp4(f32x4.neg(f32x4.abs(x)))));
}

/**
 * −a·p(a) ≈ log erfc(a) for a ≥ 0. p is a polynomial fit on [0, 4]; beyond, where erfc < 1.6e-8, p stays
 * at p(4), so that e to this power falls to 0. Error of erf 2e-8 relative, of erfc 2e-6 relative (a ≤ 4).
 */
// @ts-ignore: decorator
@inline
function logErfc4(a: v128): v128 {
  const c = atMost(a, splat(4));
  // Even and odd powers apart: two chains of half the length
  const c2 = f32x4.mul(c, c);
  let odd = madd(splat(7.08930324e-7), c2, splat(0.000129979246));
  let even = madd(splat(-1.46521717e-5), c2, splat(-0.000631118095));
  odd = madd(odd, c2, splat(0.00161944712));
  even = madd(even, c2, splat(-8.6608697e-5));
  odd = madd(odd, c2, splat(-0.0192003004));
  even = madd(even, c2, splat(0.102790823));
  odd = madd(odd, c2, splat(0.636618143));
  even = madd(even, c2, splat(1.12837919));
  const p = madd(odd, c, even);
  return f32x4.mul(f32x4.neg(a), p);
}

/** The error function: erf |x| = 1 − e^(log erfc |x|), accurate at 0 and at ±1. Error < 4 ULP. */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  return copySign4(expm1NonPositive4(logErfc4(f32x4.abs(x))), x);
}

/**
 * Φ(x) = ½·erfc(−x/√2), the normal distribution function. Error < 4 ULP for x ≥ −1 and 5e-6 relative
 * down to x = −5.6; below, it falls to 0 with an absolute error of 2e-9.
 */
// @ts-ignore: decorator
@inline
export function normalCdf4(x: v128): v128 {
  const lower = f32x4.mul(exp4(logErfc4(f32x4.mul(f32x4.abs(x), splat(0.70710678)))), splat(0.5));
  return select4(f32x4.lt(x, splat(0)), lower, f32x4.sub(splat(1), lower));
}
