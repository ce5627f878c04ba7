/**
 * The micro-kernels: one tile of up to 5 × 8 sums held in registers while k runs.
 *
 *     c[rows, 8 or 4]  (+)=  a[rows, k] · panel[k, 8]
 *
 * Plain SIMD has the registers for 10 accumulators, two vectors of B and a splat of A. A is read
 * where it lies, either by rows (element (i, p) at i·stride + p·4) or, transposed, by columns
 * (element (i, p) at i·4 + p·stride). Each sum takes its terms in ascending k, so that tiles of
 * every size give the same bits.
 */
import { madd } from '../../simd';

/** One body for all tiles: `rows`, `wide` and `byColumns` are constants where it is inlined. */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32, wide: bool, byColumns: bool,
  a: usize, stride: usize, panel: usize, c: usize, cStride: usize, k: i32, resume: bool,
): void {
  const c1 = c + cStride;
  const c2 = c1 + cStride;
  const c3 = c2 + cStride;
  const c4 = c3 + cStride;
  let s00 = f32x4.splat(0), s01 = s00;
  let s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00;
  let s30 = s00, s31 = s00;
  let s40 = s00, s41 = s00;
  if (resume) {
    s00 = v128.load(c);
    if (wide) s01 = v128.load(c, 16);
    if (rows > 1) {
      s10 = v128.load(c1);
      if (wide) s11 = v128.load(c1, 16);
    }
    if (rows > 2) {
      s20 = v128.load(c2);
      if (wide) s21 = v128.load(c2, 16);
    }
    if (rows > 3) {
      s30 = v128.load(c3);
      if (wide) s31 = v128.load(c3, 16);
    }
    if (rows > 4) {
      s40 = v128.load(c4);
      if (wide) s41 = v128.load(c4, 16);
    }
  }
  let a1 = a + stride;
  let a2 = a1 + stride;
  let a3 = a2 + stride;
  let a4 = a3 + stride;
  const end = panel + (<usize>k << 5);
  for (; panel < end; panel += 32) {
    const b0 = v128.load(panel);
    const b1 = wide ? v128.load(panel, 16) : b0;
    const x0 = v128.load32_splat(a);
    s00 = madd(x0, b0, s00);
    if (wide) s01 = madd(x0, b1, s01);
    if (rows > 1) {
      const x1 = byColumns ? v128.load32_splat(a, 4) : v128.load32_splat(a1);
      s10 = madd(x1, b0, s10);
      if (wide) s11 = madd(x1, b1, s11);
    }
    if (rows > 2) {
      const x2 = byColumns ? v128.load32_splat(a, 8) : v128.load32_splat(a2);
      s20 = madd(x2, b0, s20);
      if (wide) s21 = madd(x2, b1, s21);
    }
    if (rows > 3) {
      const x3 = byColumns ? v128.load32_splat(a, 12) : v128.load32_splat(a3);
      s30 = madd(x3, b0, s30);
      if (wide) s31 = madd(x3, b1, s31);
    }
    if (rows > 4) {
      const x4 = byColumns ? v128.load32_splat(a, 16) : v128.load32_splat(a4);
      s40 = madd(x4, b0, s40);
      if (wide) s41 = madd(x4, b1, s41);
    }
    if (byColumns) {
      a += stride;
    } else {
      a += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
    }
  }
  v128.store(c, s00);
  if (wide) v128.store(c, s01, 16);
  if (rows > 1) {
    v128.store(c1, s10);
    if (wide) v128.store(c1, s11, 16);
  }
  if (rows > 2) {
    v128.store(c2, s20);
    if (wide) v128.store(c2, s21, 16);
  }
  if (rows > 3) {
    v128.store(c3, s30);
    if (wide) v128.store(c3, s31, 16);
  }
  if (rows > 4) {
    v128.store(c4, s40);
    if (wide) v128.store(c4, s41, 16);
  }
}

// @ts-ignore: decorator
@inline
function tileOfRows(
  wide: bool, byColumns: bool, rows: i32,
  a: usize, stride: usize, panel: usize, c: usize, cStride: usize, k: i32, resume: bool,
): void {
  switch (rows) {
    case 5: tile(5, wide, byColumns, a, stride, panel, c, cStride, k, resume); break;
    case 4: tile(4, wide, byColumns, a, stride, panel, c, cStride, k, resume); break;
    case 3: tile(3, wide, byColumns, a, stride, panel, c, cStride, k, resume); break;
    case 2: tile(2, wide, byColumns, a, stride, panel, c, cStride, k, resume); break;
    case 1: tile(1, wide, byColumns, a, stride, panel, c, cStride, k, resume); break;
  }
}

/** The tile of `rows` × `width` sums; `width` is 8, or 4 for the first half of a panel. */
export function sumTile(
  rows: i32, width: i32, byColumns: bool,
  a: usize, stride: usize, panel: usize, c: usize, cStride: usize, k: i32, resume: bool,
): void {
  if (byColumns) {
    if (width == 8) tileOfRows(true, true, rows, a, stride, panel, c, cStride, k, resume);
    else tileOfRows(false, true, rows, a, stride, panel, c, cStride, k, resume);
  } else {
    if (width == 8) tileOfRows(true, false, rows, a, stride, panel, c, cStride, k, resume);
    else tileOfRows(false, false, rows, a, stride, panel, c, cStride, k, resume);
  }
}
