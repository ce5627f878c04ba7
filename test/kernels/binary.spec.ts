import { binary, select } from '../../assembly/kernels/binary';
import { Binary, BinaryFn, Opcode, Select } from '../../assembly/opcodes';
import { pow4 } from '../../assembly/pow';
import { splat } from '../../assembly/simd';
import {
  checkGuards,
  copyOf,
  fill,
  fillSpecials,
  get,
  guarded,
  identical,
  instruction,
  relativeError,
  runSlices,
  sameBits,
  seed,
  SPECIALS,
  setAddress,
  setInteger,
  ulpError,
} from './support';

const LAST: i32 = BinaryFn.SigmoidCrossEntropy;
const SIZES: StaticArray<i32> = [0, 1, 3, 4, 5, 7, 8, 9, 16, 17, 31, 67];

/** fn(a, b) in f64. */
function exact(fn: i32, a: f64, b: f64): f64 {
  switch (fn) {
    case BinaryFn.Add:
      return a + b;
    case BinaryFn.Sub:
      return a - b;
    case BinaryFn.Mul:
      return a * b;
    case BinaryFn.Div:
      return a / b;
    case BinaryFn.Maximum:
      return Math.max(a, b);
    case BinaryFn.Minimum:
      return Math.min(a, b);
    case BinaryFn.Pow:
      return Math.pow(a, b);
    case BinaryFn.Greater:
      return a > b ? 1 : 0;
    case BinaryFn.GreaterEqual:
      return a >= b ? 1 : 0;
    case BinaryFn.Equal:
      return a == b ? 1 : 0;
    default:
      return Math.max(a, 0) - a * b + Math.log1p(Math.exp(-Math.abs(a)));
  }
}

/** d0…d3, then a's strides, then b's. */
function encode(fn: i32, a: usize, b: usize, out: usize, layout: StaticArray<i32>): usize {
  const ip = instruction(Opcode.Binary, 17);
  setAddress(ip, Binary.a, a);
  setAddress(ip, Binary.b, b);
  setAddress(ip, Binary.out, out);
  setInteger(ip, Binary.fn, fn);
  for (let i = 0; i < 12; i++) setInteger(ip, Binary.d0 + i, layout[i]);
  return ip;
}

/** The largest index a layout reaches in the operand whose strides begin at `from`, plus one. */
function extent(layout: StaticArray<i32>, from: i32): i32 {
  let last = 0;
  for (let i = 0; i < 4; i++) last += (layout[i] - 1) * layout[from + i];
  return last + 1;
}

/** Runs one layout, counts what is wrong: values, guards, slices. */
function check(fn: i32, layout: StaticArray<i32>): i32 {
  const n = layout[0] * layout[1] * layout[2] * layout[3];
  const sizeA = n ? extent(layout, 4) : 0;
  const sizeB = n ? extent(layout, 8) : 0;
  const a = guarded(sizeA);
  const b = guarded(sizeB);
  const out = guarded(n);
  fill(a, sizeA, 0.2, 3);
  fill(b, sizeB, -2, 3);
  const ip = encode(fn, a, b, out, layout);
  binary(ip, 0, 1);
  let failures = 0;
  let at = 0;
  for (let i0 = 0; i0 < layout[0]; i0++) {
    for (let i1 = 0; i1 < layout[1]; i1++) {
      for (let i2 = 0; i2 < layout[2]; i2++) {
        for (let i3 = 0; i3 < layout[3]; i3++) {
          const x = get(a, i0 * layout[4] + i1 * layout[5] + i2 * layout[6] + i3 * layout[7]);
          const y = get(b, i0 * layout[8] + i1 * layout[9] + i2 * layout[10] + i3 * layout[11]);
          if (relativeError(get(out, at++), exact(fn, x, y)) > 4e-7) failures++;
        }
      }
    }
  }
  if (!checkGuards(out, n)) failures++;
  for (let threads = 2; threads <= 3; threads++) {
    const again = guarded(n);
    setAddress(ip, Binary.out, again);
    runSlices(binary, ip, threads, true);
    if (!sameBits(out, again, n) || !checkGuards(again, n)) failures++;
  }
  return failures;
}

function pow(x: f32, y: f32): f32 {
  return f32x4.extract_lane(pow4(splat(x), splat(y)), 3);
}

/** IEEE's power: JavaScript's but for 1 to the power NaN or ±Infinity (and −1 to ±Infinity). */
function exactPow(x: f64, y: f64): f64 {
  return x == 1 || (x == -1 && Math.abs(y) == Infinity) ? 1 : Math.pow(x, y);
}

describe('Binary', () => {
  test('every function, inner strides and row length', () => {
    seed(3);
    for (let fn = 0; fn <= LAST; fn++) {
      let failures = 0;
      for (let s = 0; s < SIZES.length; s++) {
        const n = SIZES[s];
        for (let a3 = 0; a3 <= 1; a3++) {
          for (let b3 = 0; b3 <= 1; b3++) {
            failures += check(fn, [1, 1, 1, n, 0, 0, 0, a3, 0, 0, 0, b3]);
            failures += check(fn, [1, 1, 5, n, 0, 0, a3 ? n : 1, a3, 0, 0, b3 ? n : 1, b3]);
          }
        }
      }
      expect(failures).toBe(0, 'fn ' + fn.toString());
    }
  });

  test('broadcasts of every axis', () => {
    seed(4);
    let failures = 0;
    for (let mask = 0; mask < 256; mask++) {
      // Bit i set: axis i of a (or b, four bits on) is broadcast.
      const layout: StaticArray<i32> = [2, 3, 4, 9, 0, 0, 0, 0, 0, 0, 0, 0];
      for (let operand = 0; operand < 2; operand++) {
        let stride = 1;
        for (let axis = 3; axis >= 0; axis--) {
          if ((mask >> (operand * 4 + axis)) & 1) continue;
          layout[4 + operand * 4 + axis] = stride;
          stride *= layout[axis];
        }
      }
      failures += check(BinaryFn.Sub, layout);
    }
    expect(failures).toBe(0);
  });

  test('in place on either operand', () => {
    seed(5);
    let failures = 0;
    for (let s = 0; s < SIZES.length; s++) {
      const n = SIZES[s];
      const a = guarded(n);
      const b = guarded(n);
      fillSpecials(a, n);
      fillSpecials(b, n);
      const out = guarded(n);
      const layout: StaticArray<i32> = [1, 1, 1, n, 0, 0, 0, 1, 0, 0, 0, 1];
      binary(encode(BinaryFn.Div, a, b, out, layout), 0, 1);
      const a2 = copyOf(a, n);
      binary(encode(BinaryFn.Div, a2, b, a2, layout), 0, 1);
      binary(encode(BinaryFn.Div, a, b, b, layout), 0, 1);
      if (!sameBits(out, a2, n) || !sameBits(out, b, n)) failures++;
    }
    expect(failures).toBe(0);
  });

  test('maximum and minimum keep NaN', () => {
    const a = guarded(2);
    const b = guarded(2);
    store<f32>(a, NaN);
    store<f32>(a, 1, 4);
    store<f32>(b, 1);
    store<f32>(b, NaN, 4);
    const out = guarded(2);
    binary(encode(BinaryFn.Maximum, a, b, out, [1, 1, 1, 2, 0, 0, 0, 1, 0, 0, 0, 1]), 0, 1);
    expect(isNaN(get(out, 0)) && isNaN(get(out, 1))).toBe(true);
    binary(encode(BinaryFn.Minimum, a, b, out, [1, 1, 1, 2, 0, 0, 0, 1, 0, 0, 0, 1]), 0, 1);
    expect(isNaN(get(out, 0)) && isNaN(get(out, 1))).toBe(true);
  });
});

describe('pow', () => {
  test('is nearly correctly rounded', () => {
    seed(6);
    const p = guarded(2);
    let worst: f64 = 0;
    for (let i = 0; i < 200000; i++) {
      fill(p, 1, -12, 12);
      fill(p + 4, 1, -12, 12);
      const x = <f32>Math.exp(get(p, 0));
      const error = ulpError(pow(x, get(p, 1)), Math.pow(x, get(p, 1)));
      if (error > worst) worst = error;
    }
    expect(worst).toBeLessThan(0.51);
  });

  test('special cases', () => {
    let failures = 0;
    const more: StaticArray<f32> = [4, 5, -4, -5, 1.5, -1.5, 16777216, 16777215, 8388607.5];
    const count = SPECIALS.length + more.length;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        const x = i < SPECIALS.length ? SPECIALS[i] : more[i - SPECIALS.length];
        const y = j < SPECIALS.length ? SPECIALS[j] : more[j - SPECIALS.length];
        const expected = exactPow(x, y);
        const actual = pow(x, y);
        if (identical(actual, <f32>expected)) continue;
        if (!(ulpError(actual, expected) < 0.51)) failures++;
      }
    }
    expect(failures).toBe(0);
  });
});

describe('Select', () => {
  test('every size: values, guards, in place, slices', () => {
    seed(7);
    let failures = 0;
    for (let s = 0; s < SIZES.length; s++) {
      const n = SIZES[s];
      const condition = guarded(n);
      const a = guarded(n);
      const b = guarded(n);
      const out = guarded(n);
      fillSpecials(condition, n);
      fillSpecials(a, n);
      fillSpecials(b, n);
      const ip = instruction(Opcode.Select, 6);
      setAddress(ip, Select.condition, condition);
      setAddress(ip, Select.a, a);
      setAddress(ip, Select.b, b);
      setAddress(ip, Select.out, out);
      setInteger(ip, Select.n, n);
      select(ip, 0, 1);
      for (let i = 0; i < n; i++) {
        const expected = get(condition, i) != 0 ? get(a, i) : get(b, i);
        if (!identical(get(out, i), expected)) failures++;
      }
      if (!checkGuards(out, n)) failures++;
      for (let threads = 2; threads <= 3; threads++) {
        const again = guarded(n);
        setAddress(ip, Select.out, again);
        runSlices(select, ip, threads, true);
        if (!sameBits(out, again, n) || !checkGuards(again, n)) failures++;
      }
      setAddress(ip, Select.out, condition);
      select(ip, 0, 1);
      if (!sameBits(out, condition, n)) failures++;
    }
    expect(failures).toBe(0);
  });
});
