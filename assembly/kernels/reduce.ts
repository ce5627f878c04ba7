/**
 * Sums, maxima and minima over one axis, the index of the maximum, and the cells that count.
 *
 * Every sum has one fixed order, whatever the thread count: down a column block by block of rows,
 * along a row lane by lane. The blocks also keep the rounding error of long sums small.
 */
import { Accumulate, Advance, ArgMax, Reduce, ReduceFn, Lap } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { loadPart, storePart } from '../partial';
import { maxLanes, minLanes, sumLanes } from '../simd';

/** Elements of a row that are summed in f32 lanes before the total moves on, in f64. */
const ROW_BLOCK: i32 = 1024;

/** Rows of a column that are summed before the total moves on. */
const COLUMN_BLOCK: i32 = 64;

/** out[o, j] = scale · fn over i of x[o, i, j]; the sum of nothing is 0, the maximum −∞. */
export function reduce(ip: usize, thread: i32, threads: i32): void {
  const x = address(ip, Reduce.x);
  const out = address(ip, Reduce.out);
  const fn = integer(ip, Reduce.fn);
  const count = integer(ip, Reduce.count);
  const inner = integer(ip, Reduce.inner);
  const scale = float(ip, Reduce.scale);
  const n = integer(ip, Reduce.outer) * inner;
  const begin = sliceStart(n, 4, thread, threads);
  const end = sliceStart(n, 4, thread + 1, threads);
  const stride = <usize>count << 2;
  if (inner == 1) {
    for (let o = begin; o < end; o++) {
      const row = x + <usize>o * stride;
      let value: f32;
      if (fn == ReduceFn.Sum) value = sumRow(row, count);
      else if (fn == ReduceFn.Max) value = maxRow(row, count);
      else value = minRow(row, count);
      store<f32>(out + (<usize>o << 2), value * scale);
    }
    return;
  }
  // The slice [begin, end) of outputs may begin and end inside a block of `inner` columns.
  for (let o = begin; o < end; ) {
    const outer = o / inner;
    const j = o - outer * inner;
    const columns = min(end - o, inner - j);
    const from = x + <usize>outer * stride * inner + (<usize>j << 2);
    const to = out + (<usize>o << 2);
    if (fn == ReduceFn.Sum) reduceColumns(ReduceFn.Sum, from, to, columns, count, inner, scale);
    else if (fn == ReduceFn.Max) reduceColumns(ReduceFn.Max, from, to, columns, count, inner, scale);
    else reduceColumns(ReduceFn.Min, from, to, columns, count, inner, scale);
    o += columns;
  }
}

/** fn of two partial results; `fn` is a constant wherever this is inlined. A NaN stays. */
// @ts-ignore: decorator
@inline
function combine(fn: i32, a: v128, b: v128): v128 {
  if (fn == ReduceFn.Sum) return f32x4.add(a, b);
  if (fn == ReduceFn.Max) return f32x4.max(a, b);
  return f32x4.min(a, b);
}

/** The result of reducing nothing, the value that `combine` leaves alone. */
// @ts-ignore: decorator
@inline
function neutral(fn: i32): v128 {
  if (fn == ReduceFn.Sum) return f32x4.splat(0);
  if (fn == ReduceFn.Max) return f32x4.splat(-Infinity);
  return f32x4.splat(Infinity);
}

/** `columns` ≥ 1 neighbouring columns of `count` rows that lie `inner` elements apart. */
// @ts-ignore: decorator
@inline
function reduceColumns(
  fn: i32,
  x: usize,
  out: usize,
  columns: i32,
  count: i32,
  inner: i32,
  scale: f32,
): void {
  const stride = <usize>inner << 2;
  const factor = f32x4.splat(scale);
  let left = columns;
  for (; left >= 16; left -= 16, x += 64, out += 64) {
    let t0 = neutral(fn);
    let t1 = t0;
    let t2 = t0;
    let t3 = t0;
    let p = x;
    for (let rows = count; rows > 0; rows -= COLUMN_BLOCK) {
      let a0 = neutral(fn);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      for (let i = min(rows, COLUMN_BLOCK); i > 0; i--, p += stride) {
        a0 = combine(fn, a0, v128.load(p));
        a1 = combine(fn, a1, v128.load(p, 16));
        a2 = combine(fn, a2, v128.load(p, 32));
        a3 = combine(fn, a3, v128.load(p, 48));
      }
      t0 = combine(fn, t0, a0);
      t1 = combine(fn, t1, a1);
      t2 = combine(fn, t2, a2);
      t3 = combine(fn, t3, a3);
    }
    v128.store(out, f32x4.mul(t0, factor));
    v128.store(out, f32x4.mul(t1, factor), 16);
    v128.store(out, f32x4.mul(t2, factor), 32);
    v128.store(out, f32x4.mul(t3, factor), 48);
  }
  for (; left > 0; left -= 4, x += 16, out += 16) {
    let t = neutral(fn);
    let p = x;
    for (let rows = count; rows > 0; rows -= COLUMN_BLOCK) {
      let a = neutral(fn);
      if (left >= 4) {
        for (let i = min(rows, COLUMN_BLOCK); i > 0; i--, p += stride) a = combine(fn, a, v128.load(p));
      } else {
        for (let i = min(rows, COLUMN_BLOCK); i > 0; i--, p += stride) a = combine(fn, a, loadPart(p, left));
      }
      t = combine(fn, t, a);
    }
    storePart(out, f32x4.mul(t, factor), left);
  }
}

/** Σ x[i]: within a block element i goes to lane i % 16, the blocks' sums are added in f64. */
export function sumRow(x: usize, n: i32): f32 {
  if (n <= ROW_BLOCK) return sumBlock(x, n);
  return <f32>sumLong(x, n);
}

function sumLong(x: usize, n: i32): f64 {
  let total: f64 = 0;
  for (; n > 0; n -= ROW_BLOCK, x += <usize>ROW_BLOCK << 2) {
    total += <f64>sumBlock(x, min(n, ROW_BLOCK));
  }
  return total;
}

function sumBlock(x: usize, n: i32): f32 {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (; n >= 16; n -= 16, x += 64) {
    a0 = f32x4.add(a0, v128.load(x));
    a1 = f32x4.add(a1, v128.load(x, 16));
    a2 = f32x4.add(a2, v128.load(x, 32));
    a3 = f32x4.add(a3, v128.load(x, 48));
  }
  for (; n >= 4; n -= 4, x += 16) a0 = f32x4.add(a0, v128.load(x));
  if (n > 0) a1 = f32x4.add(a1, loadPart(x, n));
  return sumLanes(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)));
}

/** The maximum of a row, NaN if it holds one, −∞ if it is empty. */
function maxRow(x: usize, n: i32): f32 {
  if (n < 4) {
    let m: f32 = -Infinity;
    for (; n > 0; n--, x += 4) m = max<f32>(m, load<f32>(x));
    return m;
  }
  // f32x4.max takes several instructions, pmax one: it forgets NaN, so they are counted apart.
  // The last vector overlaps the one before it: a maximum does not mind seeing an element twice.
  let m = v128.load(x + (<usize>(n - 4) << 2));
  let isNaN = f32x4.ne(m, m);
  for (; n >= 4; n -= 4, x += 16) {
    const v = v128.load(x);
    m = f32x4.pmax(m, v);
    isNaN = v128.or(isNaN, f32x4.ne(v, v));
  }
  return maxLanes(v128.or(m, isNaN));
}

/** The minimum of a row, NaN if it holds one, +∞ if it is empty. */
function minRow(x: usize, n: i32): f32 {
  if (n < 4) {
    let m: f32 = Infinity;
    for (; n > 0; n--, x += 4) m = min<f32>(m, load<f32>(x));
    return m;
  }
  let a = v128.load(x + (<usize>(n - 4) << 2));
  for (; n >= 4; n -= 4, x += 16) a = f32x4.min(a, v128.load(x));
  return minLanes(a);
}

/** out[row] = index of the first maximum; like numpy's argmax, the first NaN counts as the maximum. */
export function argMax(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, ArgMax.rows);
  const columns = integer(ip, ArgMax.columns);
  const begin = sliceStart(rows, 4, thread, threads);
  const end = sliceStart(rows, 4, thread + 1, threads);
  const stride = <usize>columns << 2;
  let x = address(ip, ArgMax.x) + <usize>begin * stride;
  let out = address(ip, ArgMax.out) + (<usize>begin << 2);
  for (let row = begin; row < end; row++, x += stride, out += 4) {
    store<f32>(out, <f32>firstOf(x, columns, maxRow(x, columns)));
  }
}

/** The first index whose element is `value`, or is NaN if `value` is. 0 if there is none. */
// @ts-ignore: decorator
@inline
function firstOf(x: usize, n: i32, value: f32): i32 {
  const isNaN = value != value;
  const target = f32x4.splat(value);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + (<usize>i << 2));
    const found = i32x4.bitmask(isNaN ? f32x4.ne(v, v) : f32x4.eq(v, target));
    if (found != 0) return i + ctz(found);
  }
  for (; i < n; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    if (isNaN ? v != v : v == value) return i;
  }
  return 0;
}

/** total += scale · Σ x[i], the cell in f64. One cell, so one thread. */
export function accumulate(ip: usize, thread: i32, threads: i32): void {
  if (thread != 0) return;
  const total = address(ip, Accumulate.total);
  const sum = sumLong(address(ip, Accumulate.x), integer(ip, Accumulate.n));
  store<f64>(total, load<f64>(total) + <f64>float(ip, Accumulate.scale) * sum);
}

/** counter += amount. One cell, so one thread. */
export function advance(ip: usize, thread: i32, threads: i32): void {
  if (thread != 0) return;
  const counter = address(ip, Advance.counter);
  store<u32>(counter, load<u32>(counter) + <u32>integer(ip, Advance.amount));
}

/** Counts a step; at the end of a lap the totals become a row of the log. A few cells, so one thread. */
export function lap(ip: usize, thread: i32, threads: i32): void {
  if (thread != 0) return;
  const cells = address(ip, Lap.lap);
  const step = load<u32>(cells) + 1;
  if (step != load<u32>(cells, 4)) {
    store<u32>(cells, step);
    return;
  }
  const totals = address(ip, Lap.totals);
  const bytes = <usize>integer(ip, Lap.n) << 3;
  const row = load<u32>(cells, 8);
  memory.copy(address(ip, Lap.log) + <usize>row * bytes, totals, bytes);
  memory.fill(totals, 0, bytes);
  store<u32>(cells, 0);
  store<u32>(cells, row + 1, 8);
}
