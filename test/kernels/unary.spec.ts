import { applyFunction, slopeFunction } from '../../assembly/functions';
import { unary, unaryGrad } from '../../assembly/kernels/unary';
import { Fn, Opcode, Unary, UnaryGrad } from '../../assembly/opcodes';
import { splat } from '../../assembly/simd';
import { differenceFn, exactFn } from './reference';
import {
  checkGuards,
  copyOf,
  fillSpecials,
  get,
  guarded,
  identical,
  instruction,
  relativeError,
  runSlices,
  sameBits,
  seed,
  set,
  setAddress,
  setFloat,
  setInteger,
} from './support';

const LAST: i32 = Fn.Offset;
const ALPHA: f32 = 0.3;
const SIZES: StaticArray<i32> = [0, 1, 3, 4, 5, 7, 8, 9, 16, 17, 31, 67];

/** Whether the slope is written in terms of x; else in terms of fn(x). */
function savesInput(fn: i32): bool {
  switch (fn) {
    case Fn.Neg:
    case Fn.Abs:
    case Fn.Sign:
    case Fn.Square:
    case Fn.Log:
    case Fn.Erf:
    case Fn.Gelu:
    case Fn.GeluTanh:
    case Fn.Silu:
    case Fn.Mish:
    case Fn.Scale:
    case Fn.Offset:
      return true;
    default:
      return false;
  }
}

function apply(fn: i32, x: f32): f32 {
  return f32x4.extract_lane(applyFunction(fn, splat(x), ALPHA), 0);
}

function slope(fn: i32, x: f32): f32 {
  const saved = savesInput(fn) ? x : apply(fn, x);
  return f32x4.extract_lane(slopeFunction(fn, splat(saved), ALPHA), 0);
}

/** Only where the function is defined. */
function defined(fn: i32, x: f32): bool {
  if (fn == Fn.Sqrt || fn == Fn.Rsqrt || fn == Fn.Log) return x > 0.01;
  return fn != Fn.Reciprocal || Math.abs(x) > 0.01;
}

/** Not so near a kink that a difference would reach across it. */
function smooth(fn: i32, x: f32): bool {
  const margin: f32 = 0.003;
  if (fn == Fn.HardSigmoid) return abs(abs(x) - 3) > margin;
  if (fn == Fn.Relu6 && abs(x - 6) < margin) return false;
  return (
    abs(x) > margin || fn == Fn.Tanh || fn == Fn.Sigmoid || fn == Fn.Gelu || fn == Fn.Silu || fn == Fn.Mish
  );
}

/** The largest error of all functions, relative to max(|exact|, floor), on [−30, 30]. */
function worstValue(fn: i32, floor: f64): f64 {
  let worst: f64 = 0;
  for (let x: f32 = -30; x <= 30; x += 0.00371) {
    if (!defined(fn, x)) continue;
    worst = Math.max(worst, relativeError(apply(fn, x), exactFn(fn, x, ALPHA), floor));
  }
  return worst;
}

function worstSlope(fn: i32): f64 {
  let worst: f64 = 0;
  for (let x: f32 = -30; x <= 30; x += 0.00371) {
    if (!defined(fn, x) || !smooth(fn, x)) continue;
    worst = Math.max(worst, relativeError(slope(fn, x), differenceFn(fn, x, ALPHA), 1));
  }
  return worst;
}

describe('functions of one argument', () => {
  test('values agree with f64', () => {
    for (let fn = 0; fn <= LAST; fn++) {
      // gelu's tail below −5.6 is 1e-8 off
      expect(worstValue(fn, 1e-3)).toBeLessThan(fn == Fn.Gelu ? 2e-5 : 4e-6, 'fn ' + fn.toString());
      expect(worstValue(fn, 1)).toBeLessThan(3e-7, 'fn ' + fn.toString());
    }
  });

  test('slopes agree with f64 differences', () => {
    for (let fn = 0; fn <= LAST; fn++) expect(worstSlope(fn)).toBeLessThan(3e-6, 'fn ' + fn.toString());
  });

  test('slopes at kinks', () => {
    expect(slope(Fn.Relu, 0)).toBe(0);
    expect(slope(Fn.Relu6, 0)).toBe(0);
    expect(slope(Fn.Relu6, 6)).toBe(0);
    expect(slope(Fn.Abs, 0)).toBe(0);
    expect(slope(Fn.Sign, 0)).toBe(0);
    expect(slope(Fn.HardSigmoid, 3)).toBe(0);
    expect(slope(Fn.HardSigmoid, -3)).toBe(0);
    expect(slope(Fn.LeakyRelu, 0)).toBe(ALPHA);
    expect(slope(Fn.Elu, 0)).toBe(ALPHA);
  });

  test('limits', () => {
    let failures = 0;
    const large: StaticArray<f32> = [100, 1e4, 1e30, f32.MAX_VALUE, Infinity];
    for (let i = 0; i < large.length; i++) {
      const x = large[i];
      if (apply(Fn.Gelu, x) != x || apply(Fn.GeluTanh, x) != x || apply(Fn.Silu, x) != x) failures++;
      if (apply(Fn.Mish, x) != x || apply(Fn.Softplus, x) != x || apply(Fn.Elu, x) != x) failures++;
      if (apply(Fn.Gelu, -x) != 0 || apply(Fn.GeluTanh, -x) != 0) failures++;
      if (abs(apply(Fn.Silu, -x)) > 1e-36 || abs(apply(Fn.Mish, -x)) > 1e-36) failures++;
      if (apply(Fn.Softplus, -x) > 1e-37 || apply(Fn.Elu, -x) != -ALPHA) failures++;
      if (slope(Fn.Gelu, x) != 1 || slope(Fn.GeluTanh, x) != 1 || slope(Fn.Silu, x) != 1) failures++;
      if (slope(Fn.Mish, x) != 1 || slope(Fn.Softplus, x) != 1 || slope(Fn.Elu, x) != 1) failures++;
      if (slope(Fn.Gelu, -x) != 0 || slope(Fn.GeluTanh, -x) != 0) failures++;
      if (abs(slope(Fn.Silu, -x)) > 1e-36 || abs(slope(Fn.Mish, -x)) > 1e-36) failures++;
      if (slope(Fn.Softplus, -x) > 1e-37 || slope(Fn.Elu, -x) != 0) failures++;
      if (slope(Fn.Tanh, x) != 0 || slope(Fn.Sigmoid, x) != 0 || slope(Fn.Sigmoid, -x) > 1e-36) failures++;
      if (slope(Fn.Erf, x) != 0 || slope(Fn.Erf, -x) != 0) failures++;
      if (apply(Fn.Softsign, x) < 0.98 || apply(Fn.Softsign, x) > 1 || slope(Fn.Softsign, x) > 1e-3)
        failures++;
      if (apply(Fn.HardSigmoid, x) != 1 || apply(Fn.HardSigmoid, -x) != 0) failures++;
    }
    expect(failures).toBe(0);
  });

  test('NaN stays NaN', () => {
    let failures = 0;
    for (let fn = 0; fn <= LAST; fn++) if (!isNaN(apply(fn, NaN))) failures++;
    expect(failures).toBe(0);
  });
});

describe('Unary', () => {
  test('every function and size: values, guards, in place, slices', () => {
    seed(1);
    let failures = 0;
    for (let fn = 0; fn <= LAST; fn++) {
      for (let s = 0; s < SIZES.length; s++) {
        const n = SIZES[s];
        const x = guarded(n);
        fillSpecials(x, n, -8, 8);
        const out = guarded(n);
        const ip = instruction(Opcode.Unary, 6);
        setAddress(ip, Unary.x, x);
        setAddress(ip, Unary.out, out);
        setInteger(ip, Unary.n, n);
        setInteger(ip, Unary.fn, fn);
        setFloat(ip, Unary.alpha, ALPHA);
        unary(ip, 0, 1);
        for (let i = 0; i < n; i++) if (!identical(get(out, i), apply(fn, get(x, i)))) failures++;
        if (!checkGuards(out, n) || !checkGuards(x, n)) failures++;
        for (let threads = 2; threads <= 3; threads++) {
          const again = guarded(n);
          setAddress(ip, Unary.out, again);
          runSlices(unary, ip, threads, true);
          if (!sameBits(out, again, n) || !checkGuards(again, n)) failures++;
        }
        setAddress(ip, Unary.out, x);
        unary(ip, 0, 1);
        if (!sameBits(out, x, n)) failures++;
      }
    }
    expect(failures).toBe(0);
  });
});

describe('UnaryGrad', () => {
  test('every function and size: values, guards, in place, slices', () => {
    seed(2);
    let failures = 0;
    for (let fn = 0; fn <= LAST; fn++) {
      for (let s = 0; s < SIZES.length; s++) {
        const n = SIZES[s];
        const saved = guarded(n);
        const dy = guarded(n);
        fillSpecials(saved, n, -8, 8);
        fillSpecials(dy, n, -8, 8);
        const out = guarded(n);
        const ip = instruction(Opcode.UnaryGrad, 7);
        setAddress(ip, UnaryGrad.dy, dy);
        setAddress(ip, UnaryGrad.saved, saved);
        setAddress(ip, UnaryGrad.out, out);
        setInteger(ip, UnaryGrad.n, n);
        setInteger(ip, UnaryGrad.fn, fn);
        setFloat(ip, UnaryGrad.alpha, ALPHA);
        unaryGrad(ip, 0, 1);
        for (let i = 0; i < n; i++) {
          const one = f32x4.extract_lane(slopeFunction(fn, splat(get(saved, i)), ALPHA), 0);
          if (!identical(get(out, i), get(dy, i) * one)) failures++;
        }
        if (!checkGuards(out, n)) failures++;
        for (let threads = 2; threads <= 3; threads++) {
          const again = guarded(n);
          setAddress(ip, UnaryGrad.out, again);
          runSlices(unaryGrad, ip, threads, true);
          if (!sameBits(out, again, n) || !checkGuards(again, n)) failures++;
        }
        const original = copyOf(dy, n);
        setAddress(ip, UnaryGrad.out, dy);
        unaryGrad(ip, 0, 1);
        if (!sameBits(out, dy, n)) failures++;
        setAddress(ip, UnaryGrad.dy, original);
        setAddress(ip, UnaryGrad.out, saved);
        unaryGrad(ip, 0, 1);
        if (!sameBits(out, saved, n)) failures++;
      }
    }
    expect(failures).toBe(0);
  });

  test('is dy times the slope', () => {
    const dy = guarded(1);
    const saved = guarded(1);
    set(dy, 0, 3);
    set(saved, 0, 0.5);
    const ip = instruction(Opcode.UnaryGrad, 7);
    setAddress(ip, UnaryGrad.dy, dy);
    setAddress(ip, UnaryGrad.saved, saved);
    setAddress(ip, UnaryGrad.out, dy);
    setInteger(ip, UnaryGrad.n, 1);
    setInteger(ip, UnaryGrad.fn, Fn.Tanh);
    unaryGrad(ip, 0, 1);
    expect(get(dy, 0)).toBe(2.25);
  });
});
