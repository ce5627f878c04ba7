/**
 * Binary and Select. A binary instruction walks rows of its contiguous output; within a row each operand
 * either advances (inner stride 1) or stays (0), so there are a loop for two vectors, one for a vector and
 * a scalar either way round, and a fill for two scalars. Elements never mix: any cut into rows, slices or
 * vectors gives the same bits.
 */
import { Binary, BinaryFn, Select } from '../opcodes';
import { address, integer, sliceStart } from '../operands';
import { pow4 } from '../pow';
import { atLeast, exp4, loadTail, log1pUnit4, select4, splat, storeTail } from '../simd';

/** Elements per unit of a thread's slice: a cache line, so that no two threads write to the same. */
// @ts-ignore: decorator
@inline
const GRAIN: i32 = 16;

/** fn(a, b) for every code of BinaryFn. maximum and minimum give NaN where either operand is NaN. */
// @ts-ignore: decorator
@inline
function applyBinary(fn: i32, a: v128, b: v128): v128 {
  switch (fn) {
    case BinaryFn.Add:
      return f32x4.add(a, b);
    case BinaryFn.Sub:
      return f32x4.sub(a, b);
    case BinaryFn.Mul:
      return f32x4.mul(a, b);
    case BinaryFn.Div:
      return f32x4.div(a, b);
    case BinaryFn.Maximum:
      return f32x4.max(a, b);
    case BinaryFn.Minimum:
      return f32x4.min(a, b);
    case BinaryFn.Pow:
      return pow4(a, b);
    case BinaryFn.Greater:
      return v128.and(f32x4.gt(a, b), splat(1));
    case BinaryFn.GreaterEqual:
      return v128.and(f32x4.ge(a, b), splat(1));
    case BinaryFn.Equal:
      return v128.and(f32x4.eq(a, b), splat(1));
    // BinaryFn.SigmoidCrossEntropy: no term is large where another is large too, so nothing cancels.
    default: {
      const linear = f32x4.sub(atLeast(a, splat(0)), f32x4.mul(a, b));
      return f32x4.add(linear, log1pUnit4(exp4(f32x4.neg(f32x4.abs(a)))));
    }
  }
}

/** fn(a, b), fn known at run time. */
function applyBinaryFunction(fn: i32, a: v128, b: v128): v128 {
  return applyBinary(fn, a, b);
}

/** The whole pairs of vectors of a row of count elements; aMoves and bMoves (0 or 1) are the inner strides. */
// @ts-ignore: decorator
@inline
function row(fn: i32, a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  const end = out + ((<usize>count & ~7) << 2);
  if (aMoves & bMoves) {
    for (; out < end; out += 32, a += 32, b += 32) {
      const first = applyBinary(fn, v128.load(a), v128.load(b));
      const second = applyBinary(fn, v128.load(a, 16), v128.load(b, 16));
      v128.store(out, first);
      v128.store(out, second, 16);
    }
  } else if (aMoves) {
    const scalar = v128.load32_splat(b);
    for (; out < end; out += 32, a += 32) {
      const first = applyBinary(fn, v128.load(a), scalar);
      const second = applyBinary(fn, v128.load(a, 16), scalar);
      v128.store(out, first);
      v128.store(out, second, 16);
    }
  } else {
    const scalar = v128.load32_splat(a);
    for (; out < end; out += 32, b += 32) {
      const first = applyBinary(fn, scalar, v128.load(b));
      const second = applyBinary(fn, scalar, v128.load(b, 16));
      v128.store(out, first);
      v128.store(out, second, 16);
    }
  }
}

// A function for each code: as arms of one switch the optimiser takes the rows for alike and merges them
// again, with the choice of fn inside the loop.

function addRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Add, a, b, out, count, aMoves, bMoves);
}

function subRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Sub, a, b, out, count, aMoves, bMoves);
}

function mulRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Mul, a, b, out, count, aMoves, bMoves);
}

function divRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Div, a, b, out, count, aMoves, bMoves);
}

function maximumRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Maximum, a, b, out, count, aMoves, bMoves);
}

function minimumRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Minimum, a, b, out, count, aMoves, bMoves);
}

function powRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  // One vector at a time: V8 14 breaks off when it joins neighbouring results of calls to one of 256 bits.
  const aStep: usize = aMoves << 4;
  const bStep: usize = bMoves << 4;
  for (const end = out + ((<usize>count & ~7) << 2); out < end; out += 16, a += aStep, b += bStep) {
    const x = aMoves ? v128.load(a) : v128.load32_splat(a);
    const y = bMoves ? v128.load(b) : v128.load32_splat(b);
    v128.store(out, pow4(x, y));
  }
}

function greaterRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Greater, a, b, out, count, aMoves, bMoves);
}

function greaterEqualRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.GreaterEqual, a, b, out, count, aMoves, bMoves);
}

function equalRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.Equal, a, b, out, count, aMoves, bMoves);
}

function sigmoidCrossEntropyRow(a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  row(BinaryFn.SigmoidCrossEntropy, a, b, out, count, aMoves, bMoves);
}

/** The last elements of a row, at most 7: a vector and a padded one. */
function rowRest(fn: i32, a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  if (count & 4) {
    const x = aMoves ? v128.load(a) : v128.load32_splat(a);
    const y = bMoves ? v128.load(b) : v128.load32_splat(b);
    v128.store(out, applyBinaryFunction(fn, x, y));
    a += (<usize>aMoves) << 4;
    b += (<usize>bMoves) << 4;
    out += 16;
  }
  const rest = count & 3;
  if (rest) {
    const x = aMoves ? loadTail(a, rest) : v128.load32_splat(a);
    const y = bMoves ? loadTail(b, rest) : v128.load32_splat(b);
    storeTail(out, applyBinaryFunction(fn, x, y), rest);
  }
}

/** A row of one value. */
function fillRow(fn: i32, a: usize, b: usize, out: usize, count: i32): void {
  const value = applyBinaryFunction(fn, v128.load32_splat(a), v128.load32_splat(b));
  const end = out + ((<usize>count & ~3) << 2);
  for (; out < end; out += 16) v128.store(out, value);
  if (count & 3) storeTail(out, value, count & 3);
}

/** One row of count elements. */
function anyRow(fn: i32, a: usize, b: usize, out: usize, count: i32, aMoves: i32, bMoves: i32): void {
  if (!(aMoves | bMoves)) {
    fillRow(fn, a, b, out, count);
    return;
  }
  switch (fn) {
    case BinaryFn.Add:
      addRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Sub:
      subRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Mul:
      mulRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Div:
      divRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Maximum:
      maximumRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Minimum:
      minimumRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Pow:
      powRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Greater:
      greaterRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.GreaterEqual:
      greaterEqualRow(a, b, out, count, aMoves, bMoves);
      break;
    case BinaryFn.Equal:
      equalRow(a, b, out, count, aMoves, bMoves);
      break;
    default:
      sigmoidCrossEntropyRow(a, b, out, count, aMoves, bMoves);
  }
  if (count & 7) {
    const done = (<usize>count & ~7) << 2;
    rowRest(fn, a + (aMoves ? done : 0), b + (bMoves ? done : 0), out + done, count & 7, aMoves, bMoves);
  }
}

/** out[i0,i1,i2,i3] = fn(a[…], b[…]); slices are runs of output elements and may begin within a row. */
export function binary(ip: usize, thread: i32, threads: i32): void {
  const fn = integer(ip, Binary.fn);
  const d1 = integer(ip, Binary.d1);
  const d2 = integer(ip, Binary.d2);
  const d3 = integer(ip, Binary.d3);
  const total = integer(ip, Binary.d0) * d1 * d2 * d3;
  let at = sliceStart(total, GRAIN, thread, threads);
  const end = sliceStart(total, GRAIN, thread + 1, threads);
  if (at >= end) return;

  const a0 = integer(ip, Binary.a0);
  const a1 = integer(ip, Binary.a1);
  const a2 = integer(ip, Binary.a2);
  const a3 = integer(ip, Binary.a3);
  const b0 = integer(ip, Binary.b0);
  const b1 = integer(ip, Binary.b1);
  const b2 = integer(ip, Binary.b2);
  const b3 = integer(ip, Binary.b3);
  const a = address(ip, Binary.a);
  const b = address(ip, Binary.b);
  const out = address(ip, Binary.out);

  let i3 = 0;
  let i2 = 0;
  let i1 = 0;
  let i0 = 0;
  if (at) {
    const rows = at / d3;
    i3 = at - rows * d3;
    i2 = rows % d2;
    i1 = (rows / d2) % d1;
    i0 = rows / d2 / d1;
  }
  while (at < end) {
    const count = min(d3 - i3, end - at);
    const aAt = i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3;
    const bAt = i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3;
    anyRow(fn, a + ((<usize>aAt) << 2), b + ((<usize>bAt) << 2), out + ((<usize>at) << 2), count, a3, b3);
    at += count;
    i3 = 0;
    if (++i2 == d2) {
      i2 = 0;
      if (++i1 == d1) {
        i1 = 0;
        i0++;
      }
    }
  }
}

/** out[i] = condition[i] ≠ 0 ? a[i] : b[i] (a NaN condition is not 0) */
export function select(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, Select.n);
  const begin = sliceStart(n, GRAIN, thread, threads);
  const end = sliceStart(n, GRAIN, thread + 1, threads);
  const condition = address(ip, Select.condition);
  const a = address(ip, Select.a);
  const b = address(ip, Select.b);
  const out = address(ip, Select.out);
  const vectors = (<usize>(begin + ((end - begin) & ~3))) << 2;
  let at = (<usize>begin) << 2;
  for (; at < vectors; at += 16) {
    const mask = f32x4.ne(v128.load(condition + at), splat(0));
    v128.store(out + at, select4(mask, v128.load(a + at), v128.load(b + at)));
  }
  const rest = (end - begin) & 3;
  if (rest) {
    const mask = f32x4.ne(loadTail(condition + at, rest), splat(0));
    storeTail(out + at, select4(mask, loadTail(a + at, rest), loadTail(b + at, rest)), rest);
  }
}
