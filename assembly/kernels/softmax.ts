/**
 * Softmax, its logarithm, and the cross-entropy of logits, with their gradients; one row at a time.
 *
 * Every row's maximum is subtracted first, so no exp overflows and the greatest term is 1. Notation:
 * z = x − max x, S = Σ e^z, p = e^z / S = softmax(x), log p = z − log S.
 */
import { CrossEntropy, CrossEntropyGrad, Softmax, SoftmaxGrad } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { lanesBelow, loadPart, storePart } from '../partial';
import { exp4, loadTail, log4, storeTail, sumLanes } from '../simd';
import { sumRow } from './reduce';

/**
 * The maximum of a row of at least one, in all lanes. A NaN in the row may be overlooked: it makes S,
 * and with it the whole row, NaN anyhow.
 */
// @ts-ignore: decorator
@inline
function maxOf(x: usize, columns: i32): v128 {
  let m = v128.load32_splat(x);
  let left = columns;
  for (; left >= 4; left -= 4, x += 16) m = f32x4.pmax(m, v128.load(x));
  for (; left > 0; left--, x += 4) m = f32x4.pmax(m, v128.load32_splat(x));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  return f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
}

/** S = Σ e^(x − max). Element i goes to lane i % 8, below the last whole eight. */
// @ts-ignore: decorator
@inline
function sumOfExp(x: usize, columns: i32, max: v128): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let left = columns;
  for (; left >= 8; left -= 8, x += 32) {
    s0 = f32x4.add(s0, exp4(f32x4.sub(v128.load(x), max)));
    s1 = f32x4.add(s1, exp4(f32x4.sub(v128.load(x, 16), max)));
  }
  for (; left > 0; left -= 4, x += 16) {
    const e = exp4(f32x4.sub(loadPart(x, left), max));
    s0 = f32x4.add(s0, v128.and(e, lanesBelow(left)));
  }
  return sumLanes(f32x4.add(s0, s1));
}

/** The same S; the terms e^(x − max) stay in `out`. */
// @ts-ignore: decorator
@inline
function storeExp(x: usize, out: usize, columns: i32, max: v128): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let left = columns;
  for (; left >= 8; left -= 8, x += 32, out += 32) {
    const e0 = exp4(f32x4.sub(v128.load(x), max));
    const e1 = exp4(f32x4.sub(v128.load(x, 16), max));
    s0 = f32x4.add(s0, e0);
    s1 = f32x4.add(s1, e1);
    v128.store(out, e0);
    v128.store(out, e1, 16);
  }
  for (; left > 0; left -= 4, x += 16, out += 16) {
    const e = exp4(f32x4.sub(loadPart(x, left), max));
    s0 = f32x4.add(s0, v128.and(e, lanesBelow(left)));
    storePart(out, e, left);
  }
  return sumLanes(f32x4.add(s0, s1));
}

// @ts-ignore: decorator
@inline
function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

/** out = p, or log p. */
export function softmax(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, Softmax.rows);
  const columns = integer(ip, Softmax.columns);
  const begin = sliceStart(rows, 1, thread, threads);
  const end = sliceStart(rows, 1, thread + 1, threads);
  const stride = <usize>columns << 2;
  const log = integer(ip, Softmax.log) != 0;
  let x = address(ip, Softmax.x) + <usize>begin * stride;
  let out = address(ip, Softmax.out) + <usize>begin * stride;
  for (let row = begin; row < end; row++, x += stride, out += stride) {
    const max = maxOf(x, columns);
    let left = columns;
    let at: usize = 0;
    if (log) {
      const logSum = f32x4.splat(log1(sumOfExp(x, columns, max)));
      for (; left >= 4; left -= 4, at += 16) {
        v128.store(out + at, f32x4.sub(f32x4.sub(v128.load(x + at), max), logSum));
      }
      if (left > 0) {
        storeTail(out + at, f32x4.sub(f32x4.sub(loadTail(x + at, left), max), logSum), left);
      }
    } else {
      const share = f32x4.splat(1 / storeExp(x, out, columns, max));
      for (; left >= 4; left -= 4, at += 16) {
        v128.store(out + at, f32x4.mul(v128.load(out + at), share));
      }
      if (left > 0) storeTail(out + at, f32x4.mul(loadTail(out + at, left), share), left);
    }
  }
}

/**
 * y = softmax(x): dy_i/dx_j = y_i · ([i = j] − y_j), so dx_j = y_j · (dy_j − Σ_i dy_i · y_i).
 * y = log-softmax(x): dy_i/dx_j = [i = j] − e^(y_j), so dx_j = dy_j − e^(y_j) · Σ_i dy_i.
 */
export function softmaxGrad(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, SoftmaxGrad.rows);
  const columns = integer(ip, SoftmaxGrad.columns);
  const begin = sliceStart(rows, 1, thread, threads);
  const end = sliceStart(rows, 1, thread + 1, threads);
  const stride = <usize>columns << 2;
  const log = integer(ip, SoftmaxGrad.log) != 0;
  let dy = address(ip, SoftmaxGrad.dy) + <usize>begin * stride;
  let y = address(ip, SoftmaxGrad.y) + <usize>begin * stride;
  let out = address(ip, SoftmaxGrad.out) + <usize>begin * stride;
  for (let row = begin; row < end; row++, dy += stride, y += stride, out += stride) {
    // A tail's missing lanes have dy = 0, so they add nothing.
    let sum = f32x4.splat(0);
    let left = columns;
    let at: usize = 0;
    for (; left >= 4; left -= 4, at += 16) {
      const g = v128.load(dy + at);
      sum = f32x4.add(sum, log ? g : f32x4.mul(g, v128.load(y + at)));
    }
    if (left > 0) {
      const g = loadTail(dy + at, left);
      sum = f32x4.add(sum, log ? g : f32x4.mul(g, loadTail(y + at, left)));
    }
    const total = f32x4.splat(sumLanes(sum));
    left = columns;
    at = 0;
    for (; left >= 4; left -= 4, at += 16) {
      v128.store(out + at, softmaxSlope(v128.load(dy + at), v128.load(y + at), total, log));
    }
    if (left > 0) {
      const dx = softmaxSlope(loadTail(dy + at, left), loadTail(y + at, left), total, log);
      storeTail(out + at, dx, left);
    }
  }
}

// @ts-ignore: decorator
@inline
function softmaxSlope(dy: v128, y: v128, total: v128, log: bool): v128 {
  if (log) return f32x4.sub(dy, f32x4.mul(exp4(y), total));
  return f32x4.mul(y, f32x4.sub(dy, total));
}

/** The class at `label`, or −1 if it is not one of 0…columns−1 (NaN included). */
// @ts-ignore: decorator
@inline
function classOf(label: usize, columns: i32): i32 {
  const value = load<f32>(label);
  return value >= 0 && value < <f32>columns ? <i32>value : -1;
}

/**
 * With t' = (1 − smoothing)·t + smoothing/columns and T = Σ t' = (1 − smoothing)·Σ t + smoothing,
 *
 *     loss = −Σ t'·log p = −Σ t'·(z − log S) = T·log S − (1 − smoothing)·Σ t·z − smoothing/columns·Σ z
 *
 * For a class index Σ t = 1 and Σ t·z = z[label]. A class with t = 0 adds 0 even where its logit is
 * −∞. A label that is no class gives NaN for its row.
 */
export function crossEntropy(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, CrossEntropy.rows);
  const columns = integer(ip, CrossEntropy.columns);
  const begin = sliceStart(rows, 4, thread, threads);
  const end = sliceStart(rows, 4, thread + 1, threads);
  const stride = <usize>columns << 2;
  const sparse = integer(ip, CrossEntropy.sparse) != 0;
  const smoothing = float(ip, CrossEntropy.smoothing);
  const targetStride: usize = sparse ? 4 : stride;
  let x = address(ip, CrossEntropy.logits) + <usize>begin * stride;
  let t = address(ip, CrossEntropy.targets) + <usize>begin * targetStride;
  let out = address(ip, CrossEntropy.out) + (<usize>begin << 2);
  logSums(x, out, end - begin, columns);
  for (let row = begin; row < end; row++, x += stride, t += targetStride, out += 4) {
    const max = maxOf(x, columns);
    const logSum = load<f32>(out);
    let sumT: f32 = 1;
    let sumTz: f32;
    if (sparse) {
      const label = classOf(t, columns);
      sumTz = label < 0 ? NaN : load<f32>(x + (<usize>label << 2)) - f32x4.extract_lane(max, 0);
    } else {
      let st = f32x4.splat(0);
      let stz = st;
      let left = columns;
      for (let at: usize = 0; left > 0; left -= 4, at += 16) {
        const target = loadPart(t + at, left);
        const z = f32x4.sub(loadPart(x + at, left), max);
        const used = f32x4.ne(target, f32x4.splat(0));
        st = f32x4.add(st, target);
        stz = f32x4.add(stz, v128.and(f32x4.mul(target, z), used));
      }
      sumT = sumLanes(st);
      sumTz = sumLanes(stz);
    }
    let loss = (sumT * (1 - smoothing) + smoothing) * logSum - (1 - smoothing) * sumTz;
    if (smoothing != 0) loss -= (smoothing / <f32>columns) * sumOfDifferences(x, columns, max);
    store<f32>(out, loss);
  }
}

/** out = log S of each row, four rows' logarithms at a time. */
function logSums(x: usize, out: usize, rows: i32, columns: i32): void {
  for (let row: usize = 0; row < <usize>rows; row++, x += <usize>columns << 2) {
    store<f32>(out + (row << 2), sumOfExp(x, columns, maxOf(x, columns)));
  }
  for (let left = rows; left > 0; left -= 4, out += 16) storePart(out, log4(loadPart(out, left)), left);
}

/** Σ (x − max) */
function sumOfDifferences(x: usize, columns: i32, max: v128): f32 {
  let sum = f32x4.splat(0);
  for (let left = columns; left > 0; left -= 4, x += 16) {
    const z = f32x4.sub(loadPart(x, left), max);
    sum = f32x4.add(sum, v128.and(z, lanesBelow(left)));
  }
  return sumLanes(sum);
}

/**
 * From loss = T·log S − Σ t'·z and d log S / dx_j = p_j (the maximum's own share cancels, Σ t' = T):
 *
 *     dx_j = dloss · (T·p_j − t'_j),   t' = (1 − smoothing)·t + smoothing/columns
 */
export function crossEntropyGrad(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, CrossEntropyGrad.rows);
  const columns = integer(ip, CrossEntropyGrad.columns);
  const begin = sliceStart(rows, 1, thread, threads);
  const end = sliceStart(rows, 1, thread + 1, threads);
  const stride = <usize>columns << 2;
  const sparse = integer(ip, CrossEntropyGrad.sparse) != 0;
  const smoothing = float(ip, CrossEntropyGrad.smoothing);
  const targetStride: usize = sparse ? 4 : stride;
  let x = address(ip, CrossEntropyGrad.logits) + <usize>begin * stride;
  let t = address(ip, CrossEntropyGrad.targets) + <usize>begin * targetStride;
  let dloss = address(ip, CrossEntropyGrad.dloss) + (<usize>begin << 2);
  let out = address(ip, CrossEntropyGrad.out) + <usize>begin * stride;
  for (
    let row = begin;
    row < end;
    row++, x += stride, t += targetStride, dloss += 4, out += stride
  ) {
    const label = sparse ? classOf(t, columns) : 0;
    const d: f32 = label < 0 ? NaN : load<f32>(dloss);
    const share: f32 = 1 / storeExp(x, out, columns, maxOf(x, columns));
    let left = columns;
    let at: usize = 0;
    const offset = f32x4.splat(d * (smoothing / <f32>columns));
    if (sparse) {
      // T = 1: dx = e^z · d/S − d·smoothing/columns, and the label's d·(1 − smoothing) comes off afterwards.
      const factor = f32x4.splat(d * share);
      for (; left >= 4; left -= 4, at += 16) {
        v128.store(out + at, f32x4.sub(f32x4.mul(v128.load(out + at), factor), offset));
      }
      if (left > 0) {
        storeTail(out + at, f32x4.sub(f32x4.mul(loadTail(out + at, left), factor), offset), left);
      }
      if (label >= 0) {
        const cell = out + (<usize>label << 2);
        store<f32>(cell, load<f32>(cell) - d * (1 - smoothing));
      }
    } else {
      const total = sumRow(t, columns) * (1 - smoothing) + smoothing;
      const factor = f32x4.splat(d * (share * total));
      const weight = f32x4.splat(d * (1 - smoothing));
      for (; left >= 4; left -= 4, at += 16) {
        const target = f32x4.add(f32x4.mul(v128.load(t + at), weight), offset);
        v128.store(out + at, f32x4.sub(f32x4.mul(v128.load(out + at), factor), target));
      }
      if (left > 0) {
        const target = f32x4.add(f32x4.mul(loadTail(t + at, left), weight), offset);
        storeTail(out + at, f32x4.sub(f32x4.mul(loadTail(out + at, left), factor), target), left);
      }
    }
  }
}
