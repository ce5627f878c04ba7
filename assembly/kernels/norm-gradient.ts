/**
 * The gradients of normalization.
 *
 * Write x̂ = (x − mean) · r with r = 1 / sqrt(variance + epsilon), y = gamma · x̂ + beta, and let a
 * group be the N elements that share a mean (a column's rows, or a row's columns). Then
 *
 *     dgamma[j] = Σ_rows dy · x̂          dbeta[j] = Σ_rows dy
 *
 * For dx, let g = dL/dx̂ = dy · gamma. x reaches the loss through x̂ itself, mean and variance:
 *
 *     dL/dvariance = Σ g · (x − mean) · (−1/2) · r³         = −r²/2 · Σ g · x̂
 *     dL/dmean     = Σ g · (−r)  (variance's Σ(x − mean) is 0) = −r · Σ g
 *     dvariance/dx_i = 2 · (x_i − mean) / N,   dmean/dx_i = 1 / N
 *
 *     dx_i = g_i · r + dL/dvariance · 2 · (x_i − mean) / N + dL/dmean / N
 *          = r · (g_i − x̂_i · Σ(g · x̂) / N − Σ g / N)
 *
 * Per column gamma is the group's own constant, so it leaves the sums:
 *
 *     dx_i = gamma · r · (dy_i − x̂_i · dgamma / N − dbeta / N)
 */
import { NormalizeGradInput, NormalizeGradParams } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { loadPart, storePart } from '../partial';
import { loadTail, storeTail, sumLanes } from '../simd';
import { BAND } from './norm';

const GRAIN: i32 = 16;

/** dx; rows are the slices. */
export function normalizeGradInput(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, NormalizeGradInput.rows);
  const columns = integer(ip, NormalizeGradInput.columns);
  const begin = sliceStart(rows, 1, thread, threads);
  const end = sliceStart(rows, 1, thread + 1, threads);
  const stride = <usize>columns << 2;
  const mean = address(ip, NormalizeGradInput.mean);
  const variance = address(ip, NormalizeGradInput.variance);
  const gamma = address(ip, NormalizeGradInput.gamma);
  const epsilon = float(ip, NormalizeGradInput.epsilon);
  const first = <usize>begin * stride;
  const dy = address(ip, NormalizeGradInput.dy) + first;
  const x = address(ip, NormalizeGradInput.x) + first;
  const out = address(ip, NormalizeGradInput.out) + first;

  if (integer(ip, NormalizeGradInput.perRow)) {
    for (let row = begin; row < end; row++) {
      const offset = <usize>row << 2;
      const at = <usize>(row - begin) * stride;
      const m = load<f32>(mean + offset);
      const r: f32 = 1 / sqrt<f32>(load<f32>(variance + offset) + epsilon);
      rowGradient(dy + at, x + at, gamma, out + at, columns, m, r);
    }
    return;
  }

  const sums = address(ip, NormalizeGradInput.sums);
  for (let row = begin; row < end; row += BAND) {
    const at = <usize>(row - begin) * stride;
    const band = min(end - row, BAND);
    bandGradient(dy + at, x + at, mean, variance, gamma, sums, out + at, band, columns, 1 / <f32>rows, epsilon);
  }
}

/** Per column: dx of at most BAND rows, eight columns at a time; `oneOfN` is 1 / N. */
function bandGradient(
  dy: usize, x: usize, mean: usize, variance: usize, gamma: usize, dgamma: usize, out: usize,
  rows: i32, columns: i32, oneOfN: f32, epsilon: f32,
): void {
  const stride = <usize>columns << 2;
  const dbeta = dgamma + stride;
  const share = f32x4.splat(oneOfN);
  const eps = f32x4.splat(epsilon);
  let left = columns;
  for (let at: usize = 0; left > 0; ) {
    // dx = k · ((dy − b) − (x − m) · c) with k = gamma · r, b = dbeta / N, c = r · dgamma / N
    const m0 = loadPart(mean + at, left);
    const r0 = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(loadPart(variance + at, left), eps)));
    const k0 = gamma != 0 ? f32x4.mul(loadPart(gamma + at, left), r0) : r0;
    const b0 = f32x4.mul(loadPart(dbeta + at, left), share);
    const c0 = f32x4.mul(f32x4.mul(loadPart(dgamma + at, left), share), r0);
    let pdy = dy + at;
    let px = x + at;
    let to = out + at;
    if (left >= 8) {
      const m1 = v128.load(mean + at, 16);
      const r1 = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(v128.load(variance + at, 16), eps)));
      const k1 = gamma != 0 ? f32x4.mul(v128.load(gamma + at, 16), r1) : r1;
      const b1 = f32x4.mul(v128.load(dbeta + at, 16), share);
      const c1 = f32x4.mul(f32x4.mul(v128.load(dgamma + at, 16), share), r1);
      for (let row = 0; row < rows; row++, pdy += stride, px += stride, to += stride) {
        const e0 = f32x4.mul(f32x4.sub(v128.load(px), m0), c0);
        const e1 = f32x4.mul(f32x4.sub(v128.load(px, 16), m1), c1);
        const d0 = f32x4.sub(v128.load(pdy), b0);
        const d1 = f32x4.sub(v128.load(pdy, 16), b1);
        v128.store(to, f32x4.mul(f32x4.sub(d0, e0), k0));
        v128.store(to, f32x4.mul(f32x4.sub(d1, e1), k1), 16);
      }
      left -= 8;
      at += 32;
    } else {
      for (let row = 0; row < rows; row++, pdy += stride, px += stride, to += stride) {
        const e = f32x4.mul(f32x4.sub(loadPart(px, left), m0), c0);
        const d = f32x4.sub(loadPart(pdy, left), b0);
        storePart(to, f32x4.mul(f32x4.sub(d, e), k0), left);
      }
      left -= 4;
      at += 16;
    }
  }
}

/** One row's dx = r · (g − Σg/N − x̂ · Σ(g·x̂)/N), g = dy · gamma. */
function rowGradient(
  dy: usize,
  x: usize,
  gamma: usize,
  out: usize,
  columns: i32,
  mean: f32,
  r: f32,
): void {
  const m = f32x4.splat(mean);
  const rs = f32x4.splat(r);
  const one = f32x4.splat(1);
  let sumG = f32x4.splat(0);
  let sumGx = sumG;
  let left = columns;
  let at: usize = 0;
  for (; left >= 4; left -= 4, at += 16) {
    const g = f32x4.mul(v128.load(dy + at), gamma != 0 ? v128.load(gamma + at) : one);
    sumG = f32x4.add(sumG, g);
    sumGx = f32x4.add(sumGx, f32x4.mul(g, f32x4.sub(v128.load(x + at), m)));
  }
  if (left > 0) {
    // The missing lanes have dy = 0, so they add nothing to either sum.
    const g = f32x4.mul(loadTail(dy + at, left), gamma != 0 ? loadTail(gamma + at, left) : one);
    sumG = f32x4.add(sumG, g);
    sumGx = f32x4.add(sumGx, f32x4.mul(g, f32x4.sub(loadTail(x + at, left), m)));
  }
  const share: f32 = 1 / <f32>columns;
  const b = f32x4.splat(sumLanes(sumG) * share);
  const c = f32x4.splat(sumLanes(sumGx) * r * r * share);
  left = columns;
  at = 0;
  for (; left >= 4; left -= 4, at += 16) {
    const g = f32x4.mul(v128.load(dy + at), gamma != 0 ? v128.load(gamma + at) : one);
    const e = f32x4.mul(f32x4.sub(v128.load(x + at), m), c);
    v128.store(out + at, f32x4.mul(f32x4.sub(f32x4.sub(g, b), e), rs));
  }
  if (left > 0) {
    const g = f32x4.mul(loadTail(dy + at, left), gamma != 0 ? loadTail(gamma + at, left) : one);
    const e = f32x4.mul(f32x4.sub(loadTail(x + at, left), m), c);
    storeTail(out + at, f32x4.mul(f32x4.sub(f32x4.sub(g, b), e), rs), left);
  }
}

/** dgamma, dbeta; columns are the slices, each summed down its rows in order. */
export function normalizeGradParams(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, NormalizeGradParams.rows);
  const columns = integer(ip, NormalizeGradParams.columns);
  const begin = sliceStart(columns, GRAIN, thread, threads);
  const end = sliceStart(columns, GRAIN, thread + 1, threads);
  const stride = <usize>columns << 2;
  const mean = address(ip, NormalizeGradParams.mean);
  const variance = address(ip, NormalizeGradParams.variance);
  const epsilon = float(ip, NormalizeGradParams.epsilon);
  const dy = address(ip, NormalizeGradParams.dy);
  const x = address(ip, NormalizeGradParams.x);
  const out = address(ip, NormalizeGradParams.out);
  const perRow = integer(ip, NormalizeGradParams.perRow) != 0;
  for (let j = begin; j < end; ) {
    const at = <usize>j << 2;
    if (perRow) {
      j += rowParams(dy + at, x + at, mean, variance, out + at, rows, stride, epsilon, end - j);
    } else {
      j += columnParams(
        dy + at, x + at, mean + at, variance + at, out + at, rows, stride, epsilon, end - j,
      );
    }
  }
}

/** Sums of eight columns (or the last one to four) with the columns' own moments; the columns done. */
// @ts-ignore: decorator
@inline
function columnParams(
  dy: usize,
  x: usize,
  mean: usize,
  variance: usize,
  out: usize,
  rows: i32,
  stride: usize,
  epsilon: f32,
  left: i32,
): i32 {
  const one = f32x4.splat(1);
  const eps = f32x4.splat(epsilon);
  let dgamma0 = f32x4.splat(0);
  let dbeta0 = dgamma0;
  // Σ dy · x̂ = r · Σ dy · (x − mean): r multiplies once, at the end.
  const r0 = f32x4.div(one, f32x4.sqrt(f32x4.add(loadPart(variance, left), eps)));
  const m0 = loadPart(mean, left);
  if (left >= 8) {
    const r1 = f32x4.div(one, f32x4.sqrt(f32x4.add(v128.load(variance, 16), eps)));
    const m1 = v128.load(mean, 16);
    let dgamma1 = dgamma0;
    let dbeta1 = dgamma0;
    for (let i = rows; i > 0; i--, dy += stride, x += stride) {
      const g0 = v128.load(dy);
      const g1 = v128.load(dy, 16);
      dbeta0 = f32x4.add(dbeta0, g0);
      dbeta1 = f32x4.add(dbeta1, g1);
      dgamma0 = f32x4.add(dgamma0, f32x4.mul(g0, f32x4.sub(v128.load(x), m0)));
      dgamma1 = f32x4.add(dgamma1, f32x4.mul(g1, f32x4.sub(v128.load(x, 16), m1)));
    }
    v128.store(out, f32x4.mul(dgamma0, r0));
    v128.store(out, f32x4.mul(dgamma1, r1), 16);
    const second = out + stride;
    v128.store(second, dbeta0);
    v128.store(second, dbeta1, 16);
    return 8;
  }
  for (let i = rows; i > 0; i--, dy += stride, x += stride) {
    const g = loadPart(dy, left);
    dbeta0 = f32x4.add(dbeta0, g);
    dgamma0 = f32x4.add(dgamma0, f32x4.mul(g, f32x4.sub(loadPart(x, left), m0)));
  }
  storePart(out, f32x4.mul(dgamma0, r0), left);
  storePart(out + stride, dbeta0, left);
  return 4;
}

/** The same with each row's moments. */
// @ts-ignore: decorator
@inline
function rowParams(
  dy: usize,
  x: usize,
  mean: usize,
  variance: usize,
  out: usize,
  rows: i32,
  stride: usize,
  epsilon: f32,
  left: i32,
): i32 {
  let dgamma0 = f32x4.splat(0);
  let dbeta0 = dgamma0;
  const second = out + stride;
  if (left >= 8) {
    let dgamma1 = dgamma0;
    let dbeta1 = dgamma0;
    for (let i = rows; i > 0; i--, dy += stride, x += stride, mean += 4, variance += 4) {
      const m = v128.load32_splat(mean);
      const r = f32x4.splat(1 / sqrt<f32>(load<f32>(variance) + epsilon));
      const g0 = v128.load(dy);
      const g1 = v128.load(dy, 16);
      dbeta0 = f32x4.add(dbeta0, g0);
      dbeta1 = f32x4.add(dbeta1, g1);
      const x0 = f32x4.mul(f32x4.sub(v128.load(x), m), r);
      const x1 = f32x4.mul(f32x4.sub(v128.load(x, 16), m), r);
      dgamma0 = f32x4.add(dgamma0, f32x4.mul(g0, x0));
      dgamma1 = f32x4.add(dgamma1, f32x4.mul(g1, x1));
    }
    v128.store(out, dgamma0);
    v128.store(out, dgamma1, 16);
    v128.store(second, dbeta0);
    v128.store(second, dbeta1, 16);
    return 8;
  }
  for (let i = rows; i > 0; i--, dy += stride, x += stride, mean += 4, variance += 4) {
    const m = v128.load32_splat(mean);
    const r = f32x4.splat(1 / sqrt<f32>(load<f32>(variance) + epsilon));
    const g = loadPart(dy, left);
    dbeta0 = f32x4.add(dbeta0, g);
    dgamma0 = f32x4.add(dgamma0, f32x4.mul(g, f32x4.mul(f32x4.sub(loadPart(x, left), m), r)));
  }
  storePart(out, dgamma0, left);
  storePart(second, dbeta0, left);
  return 4;
}
