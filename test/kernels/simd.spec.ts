import {
  atLeast,
  atMost,
  copySign4,
  erf4,
  exp4,
  expm1NonPositive4,
  loadTail,
  log1pUnit4,
  log4,
  madd,
  maxLanes,
  minLanes,
  normalCdf4,
  sigmoid4,
  softplus4,
  splat,
  storeTail,
  sumLanes,
  tanh4,
} from '../../assembly/simd';
import { erf, exp, expm1, log, log1p, normalCdf, sigmoid, softplus, tanh } from './reference';
import { checkGuards, fill, get, guarded, identical, ulpError } from './support';

/** Steps of this many bit patterns through the f32, so that a sweep of all of them looks at a million. */
const STRIDE: u32 = 4093;
const SMALLEST_NORMAL: f64 = 1.17549435e-38;

/**
 * The largest error in ULP over the f32 in [low, high], of all magnitudes. Results below the normal range
 * may be flushed to 0.
 */
function sweep(f: (x: v128) => v128, exact: (x: f64) => f64, low: f32, high: f32): f64 {
  let worst: f64 = 0;
  for (let bits: u64 = 0; bits < 0x1_0000_0000; bits += STRIDE) {
    const x = reinterpret<f32>(<u32>bits);
    if (!(x >= low && x <= high)) continue;
    const expected = exact(<f64>x);
    const actual = f32x4.extract_lane(f(splat(x)), 1);
    if (Math.abs(expected) < SMALLEST_NORMAL && Math.abs(<f64>actual - expected) <= SMALLEST_NORMAL) continue;
    const error = ulpError(actual, expected);
    if (error > worst) worst = error;
  }
  return worst;
}

/** As sweep, the largest relative error. */
function sweepRelative(f: (x: v128) => v128, exact: (x: f64) => f64, low: f32, high: f32): f64 {
  let worst: f64 = 0;
  for (let bits: u64 = 0; bits < 0x1_0000_0000; bits += STRIDE) {
    const x = reinterpret<f32>(<u32>bits);
    if (!(x >= low && x <= high)) continue;
    const expected = exact(<f64>x);
    worst = Math.max(worst, Math.abs((<f64>f32x4.extract_lane(f(splat(x)), 2) - expected) / expected));
  }
  return worst;
}

/** f(x) in lane 3, the other lanes holding something else. */
function at(f: (x: v128) => v128, x: f32): f32 {
  return f32x4.extract_lane(f(f32x4(5, NaN, -1, x)), 3);
}

const MAX: f32 = f32.MAX_VALUE;

describe('functions', () => {
  test('exp', () => {
    expect(sweep(exp4, exp, -Infinity, Infinity)).toBeLessThan(1.2);
    expect(at(exp4, 0)).toBe(1);
    expect(at(exp4, -0.0)).toBe(1);
    expect(at(exp4, 1e-30)).toBe(1);
    expect(isFinite(at(exp4, 88.72283))).toBe(true);
    expect(at(exp4, 88.72284)).toBe(Infinity);
    expect(at(exp4, Infinity)).toBe(Infinity);
    expect(at(exp4, MAX)).toBe(Infinity);
    expect(at(exp4, -88)).toBe(0);
    expect(at(exp4, -MAX)).toBe(0);
    expect(at(exp4, -Infinity)).toBe(0);
    expect(isNaN(at(exp4, NaN))).toBe(true);
    // a NaN whose payload has low bits
    expect(isNaN(at(exp4, reinterpret<f32>(0x7fc00001)))).toBe(true);
    expect(isNaN(at(exp4, reinterpret<f32>(0xffffffff)))).toBe(true);
  });

  test('expm1 for x ≤ 0', () => {
    expect(sweep(expm1NonPositive4, expm1, -Infinity, 0)).toBeLessThan(1.2);
    expect(at(expm1NonPositive4, -Infinity)).toBe(-1);
    expect(at(expm1NonPositive4, 0)).toBe(0);
    expect(isNaN(at(expm1NonPositive4, NaN))).toBe(true);
  });

  test('log', () => {
    expect(sweep(log4, log, 0, Infinity)).toBeLessThan(1);
    expect(at(log4, 1)).toBe(0);
    expect(at(log4, 0)).toBe(-Infinity);
    expect(at(log4, -0.0)).toBe(-Infinity);
    expect(at(log4, Infinity)).toBe(Infinity);
    expect(isNaN(at(log4, -1))).toBe(true);
    expect(isNaN(at(log4, -1e-45))).toBe(true);
    expect(isNaN(at(log4, -Infinity))).toBe(true);
    expect(isNaN(at(log4, NaN))).toBe(true);
  });

  test('log1p on [0, 1]', () => {
    expect(sweep(log1pUnit4, log1p, 0, 1)).toBeLessThan(1.3);
  });

  test('tanh', () => {
    expect(sweep(tanh4, tanh, -Infinity, Infinity)).toBeLessThan(2.6);
    expect(at(tanh4, Infinity)).toBe(1);
    expect(at(tanh4, -Infinity)).toBe(-1);
    expect(at(tanh4, 20)).toBe(1);
    expect(identical(at(tanh4, 0), 0)).toBe(true);
    expect(identical(at(tanh4, -0.0), -0.0)).toBe(true);
    expect(at(tanh4, 1e-45)).toBe(1e-45);
    expect(isNaN(at(tanh4, NaN))).toBe(true);
  });

  test('sigmoid', () => {
    expect(sweep(sigmoid4, sigmoid, -86, Infinity)).toBeLessThan(2.1);
    expect(at(sigmoid4, 0)).toBe(0.5);
    expect(at(sigmoid4, 100)).toBe(1);
    expect(at(sigmoid4, -100)).toBe(0);
    expect(at(sigmoid4, Infinity)).toBe(1);
    expect(at(sigmoid4, -Infinity)).toBe(0);
    expect(isNaN(at(sigmoid4, NaN))).toBe(true);
  });

  test('softplus', () => {
    expect(sweep(softplus4, softplus, -Infinity, Infinity)).toBeLessThan(2.1);
    expect(at(softplus4, 100)).toBe(100);
    expect(at(softplus4, Infinity)).toBe(Infinity);
    expect(at(softplus4, -Infinity)).toBe(0);
    expect(isNaN(at(softplus4, NaN))).toBe(true);
  });

  test('erf', () => {
    expect(sweep(erf4, erf, -Infinity, Infinity)).toBeLessThan(4);
    expect(at(erf4, Infinity)).toBe(1);
    expect(at(erf4, -Infinity)).toBe(-1);
    expect(identical(at(erf4, -0.0), -0.0)).toBe(true);
    expect(isNaN(at(erf4, NaN))).toBe(true);
  });

  test('the normal distribution function', () => {
    expect(sweep(normalCdf4, normalCdf, -1, Infinity)).toBeLessThan(4);
    expect(sweepRelative(normalCdf4, normalCdf, -5.6, -1)).toBeLessThan(5e-6);
    expect(at(normalCdf4, 0)).toBe(0.5);
    expect(at(normalCdf4, -30)).toBe(0);
    expect(at(normalCdf4, Infinity)).toBe(1);
    expect(at(normalCdf4, -Infinity)).toBe(0);
  });

  test('erf of the reference against tabulated values', () => {
    expect(Math.abs(erf(0.5) - 0.5204998778130465)).toBeLessThan(1e-14);
    expect(Math.abs(erf(2.5) - 0.999593047982555)).toBeLessThan(1e-13);
    expect(Math.abs(normalCdf(-5) / 2.866515718791939e-7 - 1)).toBeLessThan(1e-12);
  });
});

describe('lanes', () => {
  test('every lane is computed alike', () => {
    const p = guarded(7);
    fill(p, 7, -10, 10);
    let failures = 0;
    for (let i = 0; i < 4; i++) {
      const x = v128.load(p + (i << 2));
      const y = tanh4(x);
      for (let j = 0; j < 4; j++) storeTail(p, tanh4(x), 1);
      if (!identical(f32x4.extract_lane(y, 0), get(p, 0))) failures++;
      if (!identical(f32x4.extract_lane(tanh4(v128.shuffle<f32>(x, x, 3, 2, 1, 0)), 3), get(p, 0)))
        failures++;
    }
    expect(failures).toBe(0);
  });

  test('tails read and write no more than they are told', () => {
    for (let count = 1; count <= 3; count++) {
      const p = guarded(count);
      const q = guarded(count);
      fill(p, count);
      const x = loadTail(p, count);
      storeTail(q, x, count);
      let failures = 0;
      for (let i = 0; i < count; i++) if (get(p, i) != get(q, i)) failures++;
      store<f32>(p, 0);
      if (f32x4.extract_lane(x, 3) != 0) failures++;
      if (count < 3 && f32x4.extract_lane(x, 2) != 0) failures++;
      if (count < 2 && f32x4.extract_lane(x, 1) != 0) failures++;
      expect(failures).toBe(0);
      expect(checkGuards(q, count)).toBe(true);
    }
  });

  test('sums have one order; maxima and bounds keep NaN', () => {
    const x = f32x4(16777216, 1, -16777216, 2);
    expect(sumLanes(x)).toBe(3);
    expect(maxLanes(f32x4(1, 4, 3, 2))).toBe(4);
    expect(minLanes(f32x4(3, 4, 1, 2))).toBe(1);
    expect(isNaN(maxLanes(f32x4(1, 4, NaN, 2)))).toBe(true);
    expect(isNaN(minLanes(f32x4(1, 4, 2, NaN)))).toBe(true);
    expect(isNaN(f32x4.extract_lane(atMost(splat(NaN), splat(1)), 0))).toBe(true);
    expect(isNaN(f32x4.extract_lane(atLeast(splat(NaN), splat(1)), 0))).toBe(true);
    expect(f32x4.extract_lane(madd(splat(2), splat(3), splat(4)), 0)).toBe(10);
    expect(f32x4.extract_lane(copySign4(splat(3), splat(-0.0)), 0)).toBe(-3);
  });
});
