/** What a matmul does to its sums: bias and activation, or the slope of the activation before it. */
import { applyFunction, slopeFunction } from '../../functions';
import { Epilogue, Fn, Matmul } from '../../opcodes';
import { address, float, integer } from '../../operands';
import { atLeast, loadTail, storeTail } from '../../simd';

/** The bias to add, or 0. */
// @ts-ignore: decorator
@inline
export function biasOf(ip: usize): usize {
  return integer(ip, Matmul.epilogue) == Epilogue.Activate ? address(ip, Matmul.bias) : 0;
}

/** What the slopes to multiply by are taken at, or 0. */
// @ts-ignore: decorator
@inline
export function savedOf(ip: usize): usize {
  return integer(ip, Matmul.epilogue) == Epilogue.Differentiate ? address(ip, Matmul.saved) : 0;
}

/**
 * The epilogue of the sums x, which begin at byte row + column of out; only the first `lanes` of them
 * count. When `swapped`, out is a column seen as a row, and all its elements share one bias.
 */
// @ts-ignore: decorator
@inline
export function finished(
  lanes: i32, x: v128, fn: i32, alpha: f32, bias: usize, saved: usize, row: usize, column: usize, swapped: bool,
): v128 {
  if (saved != 0) {
    const p = saved + row + column;
    const s = lanes == 4 ? v128.load(p) : loadTail(p, lanes);
    const positive = v128.and(f32x4.gt(s, f32x4.splat(0)), f32x4.splat(1));
    return f32x4.mul(x, fn == Fn.Relu ? positive : slopeFunction(fn, s, alpha));
  }
  if (bias != 0) {
    const p = bias + column;
    x = f32x4.add(x, swapped ? v128.load32_splat(bias) : lanes == 4 ? v128.load(p) : loadTail(p, lanes));
  }
  if (fn == Fn.Linear) return x;
  if (fn == Fn.Relu) return atLeast(x, f32x4.splat(0));
  return applyFunction(fn, x, alpha);
}

/** Finishes, in place, the sums in rows × columns of out [·, n] from row i, column j. */
export function finishTile(ip: usize, swapped: bool, n: i32, i: i32, j: i32, rows: i32, columns: i32): void {
  if (integer(ip, Matmul.epilogue) == Epilogue.None) return;
  const fn = integer(ip, Matmul.fn);
  const row = (<usize>i * n) << 2;
  const from = <usize>j << 2;
  const to = <usize>(j + columns) << 2;
  // The common cases as constants, so that they are chosen outside of the loop.
  const common = commonOf(ip, swapped);
  if (common == Common.BiasRelu) finishRows(ip, Common.BiasRelu, fn, false, n, row, rows, from, to);
  else if (common == Common.ReluSlope) finishRows(ip, Common.ReluSlope, fn, swapped, n, row, rows, from, to);
  else finishRows(ip, Common.No, fn, swapped, n, row, rows, from, to);
}

/** Epilogues with loops of their own. */
export const enum Common {
  No,
  /** Bias, then ReLU or nothing. */
  BiasRelu,
  /** The slope of ReLU. */
  ReluSlope,
}

/** Which of them the instruction has. */
export function commonOf(ip: usize, swapped: bool): i32 {
  const fn = integer(ip, Matmul.fn);
  if (savedOf(ip) != 0) return fn == Fn.Relu ? Common.ReluSlope : Common.No;
  const plain = fn == Fn.Relu || fn == Fn.Linear;
  return plain && biasOf(ip) != 0 && !swapped ? Common.BiasRelu : Common.No;
}

/** Where ReLU cuts off, or nowhere. */
// @ts-ignore: decorator
@inline
export function leastOf(fn: i32): v128 {
  return f32x4.splat(fn == Fn.Relu ? 0 : -Infinity);
}

// @ts-ignore: decorator
@inline
function finishRows(
  ip: usize, common: i32, fn: i32, swapped: bool, n: i32, row: usize, rows: i32, from: usize, to: usize,
): void {
  const alpha = float(ip, Matmul.alpha);
  const bias = biasOf(ip);
  const saved = savedOf(ip);
  const out = address(ip, Matmul.out);
  const least = leastOf(fn);
  for (; rows > 0; rows--, row += <usize>n << 2) {
    let column = from;
    // Two at a time only without calls: V8 14 breaks off when it joins neighbouring results of calls.
    for (; common != Common.No && column + 32 <= to; column += 32) {
      const p = out + row + column;
      const q = common == Common.BiasRelu ? bias + column : saved + row + column;
      const x = finishedCommon(common, v128.load(p), v128.load(q), least);
      const y = finishedCommon(common, v128.load(p, 16), v128.load(q, 16), least);
      v128.store(p, x);
      v128.store(p, y, 16);
    }
    for (; column + 16 <= to; column += 16) {
      const p = out + row + column;
      v128.store(p, finished(4, v128.load(p), fn, alpha, bias, saved, row, column, swapped));
    }
    if (column < to) {
      const p = out + row + column;
      const rest = <i32>(to - column) >> 2;
      storeTail(p, finished(rest, loadTail(p, rest), fn, alpha, bias, saved, row, column, swapped), rest);
    }
  }
}

/** The same as `finished`, of sums x and, beside them, what is added or decides on the slope. */
// @ts-ignore: decorator
@inline
export function finishedCommon(common: i32, x: v128, beside: v128, least: v128): v128 {
  if (common == Common.BiasRelu) return atLeast(f32x4.add(x, beside), least);
  return f32x4.mul(x, v128.and(f32x4.gt(beside, f32x4.splat(0)), f32x4.splat(1)));
}
