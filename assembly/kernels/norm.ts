/**
 * Batch and layer normalization: moments, x̂, and the two gradients.
 *
 * Per column (batch norm) the statistics of a column run over the rows; per row (layer norm) those
 * of a row run over the columns. Column kernels hold 16 columns (a cache line) in registers and
 * walk down the rows, so that a column's constants are computed once.
 */
import { Moments, MovingAverage, Normalize } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { lanesBelow, loadPart, storePart } from '../partial';
import { loadTail, storeTail, sumLanes } from '../simd';

/** Columns of a thread's slice are a multiple of this: a cache line. */
const GRAIN: i32 = 16;
/**
 * Rows that are written at a time, where columns have constants: so few that lines half written are still in the
 * first-level cache for their other half, even if rows a power of two apart share its sets.
 */
export const BAND: i32 = 8;

/**
 * mean = Σ x / N, variance = Σ (x − mean)² / N.
 *
 * In two passes, and as differences to a first guess c (the first element): x − c is exact or
 * nearly so where the spread is small beside the mean, so a mean of 1000 costs no digits.
 *
 *     mean = c + Σ (x − c) / N
 *     variance = Σ d² / N − (Σ d / N)²,  d = x − mean; the second term takes out mean's rounding
 */
export function moments(ip: usize, thread: i32, threads: i32): void {
  const x = address(ip, Moments.x);
  const out = address(ip, Moments.out);
  const rows = integer(ip, Moments.rows);
  const columns = integer(ip, Moments.columns);
  const perRow = integer(ip, Moments.perRow) != 0;
  if (rows == 0 || columns == 0) return;
  const groups = perRow ? rows : columns;
  const grain = perRow ? 1 : GRAIN;
  const begin = sliceStart(groups, grain, thread, threads);
  const end = sliceStart(groups, grain, thread + 1, threads);
  const stride = <usize>columns << 2;
  const variances = out + (<usize>groups << 2);
  if (perRow) {
    for (let row = begin; row < end; row++) {
      const offset = <usize>row << 2;
      rowMoments(x + <usize>row * stride, columns, out + offset, variances + offset);
    }
    return;
  }
  let j = begin;
  for (; j + 8 <= end; j += 8) {
    const offset = <usize>j << 2;
    columnMoments8(x + offset, rows, stride, out + offset, variances + offset);
  }
  for (; j < end; j += 4) {
    const offset = <usize>j << 2;
    columnMoments4(x + offset, rows, stride, out + offset, variances + offset, end - j);
  }
}

/** Moments of eight neighbouring columns; two rows at a time, so that four sums are under way. */
function columnMoments8(x: usize, rows: i32, stride: usize, mean: usize, variance: usize): void {
  const n = f32x4.splat(<f32>rows);
  const c0 = v128.load(x);
  const c1 = v128.load(x, 16);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let t0 = s0;
  let t1 = s0;
  let p = x;
  let i = rows;
  for (; i >= 2; i -= 2, p += stride << 1) {
    s0 = f32x4.add(s0, f32x4.sub(v128.load(p), c0));
    s1 = f32x4.add(s1, f32x4.sub(v128.load(p, 16), c1));
    t0 = f32x4.add(t0, f32x4.sub(v128.load(p + stride), c0));
    t1 = f32x4.add(t1, f32x4.sub(v128.load(p + stride, 16), c1));
  }
  if (i > 0) {
    s0 = f32x4.add(s0, f32x4.sub(v128.load(p), c0));
    s1 = f32x4.add(s1, f32x4.sub(v128.load(p, 16), c1));
  }
  const m0 = f32x4.add(c0, f32x4.div(f32x4.add(s0, t0), n));
  const m1 = f32x4.add(c1, f32x4.div(f32x4.add(s1, t1), n));
  let q0 = f32x4.splat(0);
  let q1 = q0;
  s0 = q0;
  s1 = q0;
  p = x;
  for (i = rows; i > 0; i--, p += stride) {
    const d0 = f32x4.sub(v128.load(p), m0);
    const d1 = f32x4.sub(v128.load(p, 16), m1);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    q0 = f32x4.add(q0, f32x4.mul(d0, d0));
    q1 = f32x4.add(q1, f32x4.mul(d1, d1));
  }
  v128.store(mean, m0);
  v128.store(mean, m1, 16);
  v128.store(variance, varianceOf(s0, q0, n));
  v128.store(variance, varianceOf(s1, q1, n), 16);
}

/** The same sums in the same order for four columns, or the last one to three. */
function columnMoments4(
  x: usize,
  rows: i32,
  stride: usize,
  mean: usize,
  variance: usize,
  columns: i32,
): void {
  const n = f32x4.splat(<f32>rows);
  const c = loadPart(x, columns);
  let s = f32x4.splat(0);
  let t = s;
  let p = x;
  let i = rows;
  for (; i >= 2; i -= 2, p += stride << 1) {
    s = f32x4.add(s, f32x4.sub(loadPart(p, columns), c));
    t = f32x4.add(t, f32x4.sub(loadPart(p + stride, columns), c));
  }
  if (i > 0) s = f32x4.add(s, f32x4.sub(loadPart(p, columns), c));
  const m = f32x4.add(c, f32x4.div(f32x4.add(s, t), n));
  let q = f32x4.splat(0);
  s = q;
  p = x;
  for (i = rows; i > 0; i--, p += stride) {
    const d = f32x4.sub(loadPart(p, columns), m);
    s = f32x4.add(s, d);
    q = f32x4.add(q, f32x4.mul(d, d));
  }
  storePart(mean, m, columns);
  storePart(variance, varianceOf(s, q, n), columns);
}

/** Σd²/N − (Σd/N)², which rounding may push below 0. */
// @ts-ignore: decorator
@inline
function varianceOf(sum: v128, squares: v128, n: v128): v128 {
  const rest = f32x4.div(sum, n);
  return f32x4.max(f32x4.sub(f32x4.div(squares, n), f32x4.mul(rest, rest)), f32x4.splat(0));
}

/** Moments of one row. A tail's missing lanes must not count, so they are masked after subtracting. */
function rowMoments(x: usize, columns: i32, mean: usize, variance: usize): void {
  const n = <f32>columns;
  const c = v128.load32_splat(x);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let p = x;
  let left = columns;
  for (; left >= 8; left -= 8, p += 32) {
    s0 = f32x4.add(s0, f32x4.sub(v128.load(p), c));
    s1 = f32x4.add(s1, f32x4.sub(v128.load(p, 16), c));
  }
  for (; left > 0; left -= 4, p += 16) {
    s0 = f32x4.add(s0, v128.and(f32x4.sub(loadPart(p, left), c), lanesBelow(left)));
  }
  const m = load<f32>(x) + sumLanes(f32x4.add(s0, s1)) / n;
  const center = f32x4.splat(m);
  let q0 = f32x4.splat(0);
  let q1 = q0;
  s0 = q0;
  s1 = q0;
  p = x;
  left = columns;
  for (; left >= 8; left -= 8, p += 32) {
    const d0 = f32x4.sub(v128.load(p), center);
    const d1 = f32x4.sub(v128.load(p, 16), center);
    s0 = f32x4.add(s0, d0);
    s1 = f32x4.add(s1, d1);
    q0 = f32x4.add(q0, f32x4.mul(d0, d0));
    q1 = f32x4.add(q1, f32x4.mul(d1, d1));
  }
  for (; left > 0; left -= 4, p += 16) {
    const d = v128.and(f32x4.sub(loadPart(p, left), center), lanesBelow(left));
    s0 = f32x4.add(s0, d);
    q0 = f32x4.add(q0, f32x4.mul(d, d));
  }
  const rest = sumLanes(f32x4.add(s0, s1)) / n;
  store<f32>(mean, m);
  store<f32>(variance, max<f32>(sumLanes(f32x4.add(q0, q1)) / n - rest * rest, 0));
}

/** 1 / sqrt(variance + epsilon) */
// @ts-ignore: decorator
@inline
function rsqrt4(variance: v128, epsilon: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, epsilon)));
}

/** out = (x − mean) · (gamma / sqrt(variance + epsilon)) + beta; rows are the slices. */
export function normalize(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, Normalize.rows);
  const columns = integer(ip, Normalize.columns);
  const begin = sliceStart(rows, 1, thread, threads);
  const end = sliceStart(rows, 1, thread + 1, threads);
  const stride = <usize>columns << 2;
  const mean = address(ip, Normalize.mean);
  const variance = address(ip, Normalize.variance);
  const gamma = address(ip, Normalize.gamma);
  const beta = address(ip, Normalize.beta);
  const epsilon = f32x4.splat(float(ip, Normalize.epsilon));
  let x = address(ip, Normalize.x) + <usize>begin * stride;
  let out = address(ip, Normalize.out) + <usize>begin * stride;
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);

  if (integer(ip, Normalize.perRow)) {
    for (let row = begin; row < end; row++, x += stride, out += stride) {
      const m = v128.load32_splat(mean + (<usize>row << 2));
      const r = rsqrt4(v128.load32_splat(variance + (<usize>row << 2)), epsilon);
      let left = columns;
      let at: usize = 0;
      for (; left >= 4; left -= 4, at += 16) {
        const scale = gamma != 0 ? f32x4.mul(v128.load(gamma + at), r) : r;
        const shift = beta != 0 ? v128.load(beta + at) : zero;
        const d = f32x4.sub(v128.load(x + at), m);
        v128.store(out + at, f32x4.add(f32x4.mul(d, scale), shift));
      }
      if (left > 0) {
        const scale = gamma != 0 ? f32x4.mul(loadTail(gamma + at, left), r) : r;
        const shift = beta != 0 ? loadTail(beta + at, left) : zero;
        const d = f32x4.sub(loadTail(x + at, left), m);
        storeTail(out + at, f32x4.add(f32x4.mul(d, scale), shift), left);
      }
    }
    return;
  }

  for (let rest = end - begin; rest > 0; rest -= BAND, x += BAND * stride, out += BAND * stride) {
    normalizeBand(x, out, mean, variance, gamma, beta, epsilon, min(rest, BAND), columns, stride);
  }
}

/** Per column: at most BAND rows, eight columns at a time. */
function normalizeBand(
  x: usize, out: usize, mean: usize, variance: usize, gamma: usize, beta: usize, epsilon: v128,
  rows: i32, columns: i32, stride: usize,
): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  let left = columns;
  let at: usize = 0;
  for (; left >= 8; left -= 8, at += 32) {
    const m0 = v128.load(mean + at);
    const m1 = v128.load(mean + at, 16);
    const r0 = rsqrt4(v128.load(variance + at), epsilon);
    const r1 = rsqrt4(v128.load(variance + at, 16), epsilon);
    const scale0 = gamma != 0 ? f32x4.mul(v128.load(gamma + at), r0) : r0;
    const scale1 = gamma != 0 ? f32x4.mul(v128.load(gamma + at, 16), r1) : r1;
    const shift0 = beta != 0 ? v128.load(beta + at) : zero;
    const shift1 = beta != 0 ? v128.load(beta + at, 16) : zero;
    let p = x + at;
    let to = out + at;
    for (let row = 0; row < rows; row++, p += stride, to += stride) {
      const d0 = f32x4.sub(v128.load(p), m0);
      const d1 = f32x4.sub(v128.load(p, 16), m1);
      v128.store(to, f32x4.add(f32x4.mul(d0, scale0), shift0));
      v128.store(to, f32x4.add(f32x4.mul(d1, scale1), shift1), 16);
    }
  }
  for (; left > 0; left -= 4, at += 16) {
    const m = loadPart(mean + at, left);
    const r = rsqrt4(loadPart(variance + at, left), epsilon);
    const scale = f32x4.mul(gamma != 0 ? loadPart(gamma + at, left) : one, r);
    const shift = beta != 0 ? loadPart(beta + at, left) : zero;
    let p = x + at;
    let to = out + at;
    for (let row = 0; row < rows; row++, p += stride, to += stride) {
      const d = f32x4.sub(loadPart(p, left), m);
      storePart(to, f32x4.add(f32x4.mul(d, scale), shift), left);
    }
  }
}

/** average = average · momentum + value · (1 − momentum) */
export function movingAverage(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, MovingAverage.n);
  const begin = sliceStart(n, GRAIN, thread, threads);
  const end = sliceStart(n, GRAIN, thread + 1, threads);
  const momentum = float(ip, MovingAverage.momentum);
  const keep = f32x4.splat(momentum);
  const take = f32x4.splat(1 - momentum);
  let average = address(ip, MovingAverage.average) + (<usize>begin << 2);
  let value = address(ip, MovingAverage.value) + (<usize>begin << 2);
  for (let left = end - begin; left > 0; left -= 4, average += 16, value += 16) {
    const kept = f32x4.mul(loadPart(average, left), keep);
    storePart(average, f32x4.add(kept, f32x4.mul(loadPart(value, left), take)), left);
  }
}
