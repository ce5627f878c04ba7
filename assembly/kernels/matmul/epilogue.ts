/** What a matmul does to its sums: bias and activation, or the slope of the activation before it. */
import { applyFunction, slopeFunction } from '../../functions';
import { Epilogue, Fn, Matmul } from '../../opcodes';
import { address, float, integer } from '../../operands';
import { atLeast } from '../../simd';

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
 * The epilogue of the sums x, which begin at byte row + column of out. `lanes` is 4, or 1 for the last
 * columns (then all lanes are alike). When `swapped`, out is a column seen as a row, and all its
 * elements share one bias.
 */
// @ts-ignore: decorator
@inline
export function finished(
  lanes: i32, x: v128, fn: i32, alpha: f32, bias: usize, saved: usize, row: usize, column: usize, swapped: bool,
): v128 {
  if (saved != 0) {
    const p = saved + row + column;
    const s = lanes == 4 ? v128.load(p) : v128.load32_splat(p);
    const positive = v128.and(f32x4.gt(s, f32x4.splat(0)), f32x4.splat(1));
    return f32x4.mul(x, fn == Fn.Relu ? positive : slopeFunction(fn, s, alpha));
  }
  if (bias != 0) {
    const p = swapped ? bias : bias + column;
    x = f32x4.add(x, swapped || lanes == 1 ? v128.load32_splat(p) : v128.load(p));
  }
  if (fn == Fn.Linear) return x;
  if (fn == Fn.Relu) return atLeast(x, f32x4.splat(0));
  return applyFunction(fn, x, alpha);
}

/** Finishes, in place, the sums in rows × columns of out [·, n] from row i, column j. */
export function finishTile(ip: usize, swapped: bool, n: i32, i: i32, j: i32, rows: i32, columns: i32): void {
  if (integer(ip, Matmul.epilogue) == Epilogue.None) return;
  const fn = integer(ip, Matmul.fn);
  const alpha = float(ip, Matmul.alpha);
  const bias = biasOf(ip);
  const saved = savedOf(ip);
  const out = address(ip, Matmul.out);
  const to = <usize>(j + columns) << 2;
  for (const last = i + rows; i < last; i++) {
    const row = (<usize>i * n) << 2;
    let column = <usize>j << 2;
    for (; column + 16 <= to; column += 16) {
      const p = out + row + column;
      v128.store(p, finished(4, v128.load(p), fn, alpha, bias, saved, row, column, swapped));
    }
    for (; column < to; column += 4) {
      const p = out + row + column;
      v128.store32_lane(p, finished(1, v128.load32_splat(p), fn, alpha, bias, saved, row, column, swapped), 0);
    }
  }
}
