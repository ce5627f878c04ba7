/** Products without tiles: small ones, sums of a few terms, and row vectors times matrices. */
import { Epilogue, Matmul } from '../../opcodes';
import { address, float, integer } from '../../operands';
import { madd } from '../../simd';
import { biasOf, Common, commonOf, finished, finishedCommon, finishTile, leastOf, savedOf } from './epilogue';

/**
 * Columns from … to of out [m, n], with the epilogue. Element (i, p) of A lies at i·aRow + p·aStep,
 * element (p, j) of B at p·bStep + j·bColumn (bytes).
 */
// @ts-ignore: decorator
@inline
export function smallProduct(
  ip: usize, swapped: bool, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, bColumn: usize,
  m: i32, n: i32, k: i32, from: i32, to: i32,
): void {
  const out = address(ip, Matmul.out);
  const fn = integer(ip, Matmul.fn);
  const alpha = float(ip, Matmul.alpha);
  const bias = biasOf(ip);
  const saved = savedOf(ip);
  const none = integer(ip, Matmul.epilogue) == Epilogue.None;
  let row: usize = 0;
  for (let i = 0; i < m; i++, a += aRow, row += <usize>n << 2) {
    let j = from;
    for (; j + 4 <= to; j += 4) {
      let s = f32x4.splat(0);
      let y = b + <usize>j * bColumn;
      for (let p = 0, x = a; p < k; p++, x += aStep, y += bStep) {
        let v: v128;
        if (bColumn == 4) {
          v = v128.load(y);
        } else {
          v = v128.load32_zero(y);
          v = v128.load32_lane(y + bColumn, v, 1);
          v = v128.load32_lane(y + 2 * bColumn, v, 2);
          v = v128.load32_lane(y + 3 * bColumn, v, 3);
        }
        s = madd(v128.load32_splat(x), v, s);
      }
      const column = <usize>j << 2;
      if (!none) s = finished(4, s, fn, alpha, bias, saved, row, column, swapped);
      v128.store(out + row + column, s);
    }
    for (; j < to; j++) {
      let s = f32x4.splat(0);
      for (let p = 0, x = a, y = b + <usize>j * bColumn; p < k; p++, x += aStep, y += bStep) {
        s = madd(v128.load32_splat(x), v128.load32_splat(y), s);
      }
      const column = <usize>j << 2;
      if (!none) s = finished(1, s, fn, alpha, bias, saved, row, column, swapped);
      v128.store32_lane(out + row + column, s, 0);
    }
  }
}

/**
 * The sums of `columns` columns, a multiple of 16, of a row vector a (elements aStep bytes apart)
 * times B stored by rows. Four rows of B at a time stream by, while the sums stay in the first-level cache.
 */
export function rowVector(a: usize, aStep: usize, b: usize, bStep: usize, out: usize, k: i32, columns: i32): void {
  const bytes = <usize>columns << 2;
  memory.fill(out, 0, bytes);
  for (; k >= 4; k -= 4, a += 4 * aStep, b += 4 * bStep) {
    const x0 = v128.load32_splat(a);
    const x1 = v128.load32_splat(a + aStep);
    const x2 = v128.load32_splat(a + 2 * aStep);
    const x3 = v128.load32_splat(a + 3 * aStep);
    const b1 = b + bStep;
    const b2 = b1 + bStep;
    const b3 = b2 + bStep;
    for (let j: usize = 0; j < bytes; j += 32) {
      let s0 = madd(x0, v128.load(b + j), v128.load(out + j));
      let s1 = madd(x0, v128.load(b + j, 16), v128.load(out + j, 16));
      s0 = madd(x1, v128.load(b1 + j), s0);
      s1 = madd(x1, v128.load(b1 + j, 16), s1);
      s0 = madd(x2, v128.load(b2 + j), s0);
      s1 = madd(x2, v128.load(b2 + j, 16), s1);
      s0 = madd(x3, v128.load(b3 + j), s0);
      s1 = madd(x3, v128.load(b3 + j, 16), s1);
      v128.store(out + j, s0);
      v128.store(out + j, s1, 16);
    }
  }
  for (; k > 0; k--, a += aStep, b += bStep) {
    const x = v128.load32_splat(a);
    for (let j: usize = 0; j < bytes; j += 16) {
      v128.store(out + j, madd(x, v128.load(b + j), v128.load(out + j)));
    }
  }
}

/**
 * Sums of one to four terms, finished, in `columns` columns (a multiple of 8) of out [m, n] from column `from`.
 * Eight columns of B at a time: its rows are bStep bytes apart, the next eight columns follow after bNext.
 */
export function fewTerms(
  ip: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, bNext: usize,
  m: i32, n: i32, from: i32, columns: i32, k: i32,
): void {
  const common = commonOf(ip, false);
  if (common == Common.BiasRelu) {
    fewTermsThen(ip, Common.BiasRelu, a, aRow, aStep, b, bStep, bNext, m, n, from, columns, k);
  } else if (common == Common.ReluSlope) {
    fewTermsThen(ip, Common.ReluSlope, a, aRow, aStep, b, bStep, bNext, m, n, from, columns, k);
  } else {
    fewTermsThen(ip, Common.No, a, aRow, aStep, b, bStep, bNext, m, n, from, columns, k);
    finishTile(ip, false, n, 0, from, m, columns);
  }
}

// @ts-ignore: decorator
@inline
function fewTermsThen(
  ip: usize, common: i32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, bNext: usize,
  m: i32, n: i32, from: i32, columns: i32, k: i32,
): void {
  const zero = f32x4.splat(0);
  const least = leastOf(integer(ip, Matmul.fn));
  const outRow = <usize>n << 2;
  const bytes = <usize>columns << 2;
  let out = address(ip, Matmul.out) + (<usize>from << 2);
  let beside = (common == Common.BiasRelu ? biasOf(ip) : savedOf(ip)) + (<usize>from << 2);
  for (; m > 0; m--, a += aRow, out += outRow) {
    const x0 = v128.load32_splat(a);
    const x1 = k > 1 ? v128.load32_splat(a + aStep) : zero;
    const x2 = k > 2 ? v128.load32_splat(a + 2 * aStep) : zero;
    const x3 = k > 3 ? v128.load32_splat(a + 3 * aStep) : zero;
    let y = b;
    for (let c: usize = 0; c < bytes; c += 32, y += bNext) {
      let s0 = madd(x0, v128.load(y), zero);
      let s1 = madd(x0, v128.load(y, 16), zero);
      if (k > 1) {
        const y1 = y + bStep;
        s0 = madd(x1, v128.load(y1), s0);
        s1 = madd(x1, v128.load(y1, 16), s1);
        if (k > 2) {
          const y2 = y1 + bStep;
          s0 = madd(x2, v128.load(y2), s0);
          s1 = madd(x2, v128.load(y2, 16), s1);
          if (k > 3) {
            const y3 = y2 + bStep;
            s0 = madd(x3, v128.load(y3), s0);
            s1 = madd(x3, v128.load(y3, 16), s1);
          }
        }
      }
      if (common != Common.No) {
        s0 = finishedCommon(common, s0, v128.load(beside + c), least);
        s1 = finishedCommon(common, s1, v128.load(beside + c, 16), least);
      }
      v128.store(out + c, s0);
      v128.store(out + c, s1, 16);
    }
    if (common == Common.ReluSlope) beside += outRow;
  }
}
