/** x to the power y, in f64 inside, for real y and any sign of x. */
import { select4 } from './simd';

// @ts-ignore: decorator
@inline
function madd2(a: v128, b: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(a, b), f64x2.splat(c));
}

/**
 * log₂ of two positive f64 (normal: every f32 is, as f64), relative error 1e-12. As log4 of simd.ts, with
 * the series 2·atanh(s) = 2·(s + s³/3 + s⁵/5 + …) taken to s¹⁷ instead of a fit.
 */
// @ts-ignore: decorator
@inline
function log2Double(x: v128): v128 {
  // 0x3fe6a09e667f3bcd is √½
  const k = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const f = f64x2.sub(i64x2.sub(x, i64x2.shl(k, 52)), f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  let q = madd2(f64x2.splat(1.0 / 17), z, 1.0 / 15);
  q = madd2(q, z, 1.0 / 13);
  q = madd2(q, z, 1.0 / 11);
  q = madd2(q, z, 1.0 / 9);
  q = madd2(q, z, 1.0 / 7);
  q = madd2(q, z, 1.0 / 5);
  q = madd2(q, z, 1.0 / 3);
  q = madd2(q, z, 1);
  const exponent = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(k, k, 0, 2, 0, 2));
  return f64x2.add(exponent, f64x2.mul(f64x2.mul(s, q), f64x2.splat(2.8853900817779268))); // 2/ln 2
}

/** 2 to the power t for |t| ≤ 200: the series of e^(r·ln 2), |r| ≤ ½, to the 10th power; relative error 1e-12. */
// @ts-ignore: decorator
@inline
function exp2Double(t: v128): v128 {
  const shifted = f64x2.add(t, f64x2.splat(6755399441055744)); // 1.5·2⁵²: rounds to an integer
  const r = f64x2.mul(
    f64x2.sub(t, f64x2.sub(shifted, f64x2.splat(6755399441055744))),
    f64x2.splat(0.6931471805599453),
  );
  let q = madd2(f64x2.splat(1.0 / 3628800), r, 1.0 / 362880);
  q = madd2(q, r, 1.0 / 40320);
  q = madd2(q, r, 1.0 / 5040);
  q = madd2(q, r, 1.0 / 720);
  q = madd2(q, r, 1.0 / 120);
  q = madd2(q, r, 1.0 / 24);
  q = madd2(q, r, 1.0 / 6);
  q = madd2(q, r, 0.5);
  q = madd2(q, r, 1);
  q = madd2(q, r, 1);
  return i64x2.add(q, i64x2.shl(shifted, 52));
}

/** |x|^y of two lanes, given as f64. 0 and Infinity have logarithms ∓Infinity; 1^y = 1 for any y, x⁰ = 1 for any x. */
// @ts-ignore: decorator
@inline
function powDouble(x: v128, y: v128): v128 {
  const infinity = f64x2.splat(Infinity);
  let log = log2Double(x);
  log = select4(f64x2.eq(x, f64x2.splat(0)), f64x2.splat(-Infinity), log);
  log = select4(f64x2.eq(x, infinity), infinity, log);
  log = v128.or(log, f64x2.ne(x, x));
  const t = f64x2.mul(log, y);
  const bounded = f64x2.pmin(f64x2.pmax(t, f64x2.splat(-200)), f64x2.splat(200));
  const power = v128.or(exp2Double(bounded), f64x2.ne(t, t));
  const one = v128.or(f64x2.eq(y, f64x2.splat(0)), f64x2.eq(x, f64x2.splat(1)));
  return select4(one, f64x2.splat(1), power);
}

/**
 * x^y with IEEE's special cases: x⁰ = 1 and 1^y = 1 even for NaN; a negative x has a power only for integer y,
 * negative for odd y; 0 to a negative power is Infinity. Error < 0.51 ULP, gradual underflow.
 */
export function pow4(x: v128, y: v128): v128 {
  const absolute = f32x4.abs(x);
  const low = powDouble(f64x2.promote_low_f32x4(absolute), f64x2.promote_low_f32x4(y));
  const high = powDouble(
    f64x2.promote_low_f32x4(v128.shuffle<i32>(absolute, absolute, 2, 3, 2, 3)),
    f64x2.promote_low_f32x4(v128.shuffle<i32>(y, y, 2, 3, 2, 3)),
  );
  const power = v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);

  const half = f32x4.mul(y, f32x4.splat(0.5));
  const integer = f32x4.eq(f32x4.floor(y), y);
  const odd = v128.and(integer, f32x4.ne(f32x4.floor(half), half));
  const signed = v128.xor(power, v128.and(odd, v128.and(x, i32x4.splat(0x80000000))));
  // A finite x < 0 with y no integer (or NaN) is NaN: all ones.
  const finite = v128.and(f32x4.lt(x, f32x4.splat(0)), f32x4.gt(x, f32x4.splat(-Infinity)));
  const undefinedPower = v128.andnot(finite, integer);
  return v128.or(signed, undefinedPower);
}
