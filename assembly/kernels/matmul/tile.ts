/**
 * The micro-kernels: one tile of up to 6 × 16 sums held in registers while k runs.
 *
 *     c[rows, 16, 8 or 4] = start[rows, …] + a[rows, k] · panel[k, 16 or 8]
 *
 * Which size is best depends on the registers (src/runtime/tile.ts finds out): with 16 of 128 bits plain
 * SIMD has room for 5 × 8 (10 sums, two vectors of B, a splat of A, a product), relaxed multiply-add for
 * 6 × 8, and engines that join neighbouring vectors to 256 bits for twice as many columns. A is read where
 * it lies, either by rows (element (i, p) at i·stride + p·4) or, transposed, by columns (element (i, p) at
 * i·4 + p·stride); rows of the panel are `step` bytes apart. Each sum takes its terms in ascending k, so
 * that tiles of every size give the same bits.
 */
import { madd } from '../../simd';

/**
 * One body for all tiles: `rows`, `vectors` (4, 2 or 1, of four columns each) and `byColumns` are constants
 * where it is inlined. Neighbouring sums are loaded, added to and stored alike, for engines that join them.
 */
// @ts-ignore: decorator
@inline
function tile(
  rows: i32, vectors: i32, byColumns: bool,
  a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  let s00 = v128.load(start);
  let s01 = vectors > 1 ? v128.load(start, 16) : s00;
  let s02 = vectors > 2 ? v128.load(start, 32) : s00;
  let s03 = vectors > 2 ? v128.load(start, 48) : s00;
  start += startStride;
  let s10 = rows > 1 ? v128.load(start) : s00;
  let s11 = rows > 1 && vectors > 1 ? v128.load(start, 16) : s00;
  let s12 = rows > 1 && vectors > 2 ? v128.load(start, 32) : s00;
  let s13 = rows > 1 && vectors > 2 ? v128.load(start, 48) : s00;
  start += startStride;
  let s20 = rows > 2 ? v128.load(start) : s00;
  let s21 = rows > 2 && vectors > 1 ? v128.load(start, 16) : s00;
  let s22 = rows > 2 && vectors > 2 ? v128.load(start, 32) : s00;
  let s23 = rows > 2 && vectors > 2 ? v128.load(start, 48) : s00;
  start += startStride;
  let s30 = rows > 3 ? v128.load(start) : s00;
  let s31 = rows > 3 && vectors > 1 ? v128.load(start, 16) : s00;
  let s32 = rows > 3 && vectors > 2 ? v128.load(start, 32) : s00;
  let s33 = rows > 3 && vectors > 2 ? v128.load(start, 48) : s00;
  start += startStride;
  let s40 = rows > 4 ? v128.load(start) : s00;
  let s41 = rows > 4 && vectors > 1 ? v128.load(start, 16) : s00;
  let s42 = rows > 4 && vectors > 2 ? v128.load(start, 32) : s00;
  let s43 = rows > 4 && vectors > 2 ? v128.load(start, 48) : s00;
  start += startStride;
  let s50 = rows > 5 ? v128.load(start) : s00;
  let s51 = rows > 5 && vectors > 1 ? v128.load(start, 16) : s00;
  let s52 = rows > 5 && vectors > 2 ? v128.load(start, 32) : s00;
  let s53 = rows > 5 && vectors > 2 ? v128.load(start, 48) : s00;
  let a1 = a + stride;
  let a2 = a1 + stride;
  let a3 = a2 + stride;
  let a4 = a3 + stride;
  let a5 = a4 + stride;
  for (const end = panel + <usize>k * step; panel < end; panel += step) {
    const b0 = v128.load(panel);
    const b1 = vectors > 1 ? v128.load(panel, 16) : b0;
    const b2 = vectors > 2 ? v128.load(panel, 32) : b0;
    const b3 = vectors > 2 ? v128.load(panel, 48) : b0;
    const x0 = v128.load32_splat(a);
    s00 = madd(x0, b0, s00);
    if (vectors > 1) s01 = madd(x0, b1, s01);
    if (vectors > 2) s02 = madd(x0, b2, s02);
    if (vectors > 2) s03 = madd(x0, b3, s03);
    if (rows > 1) {
      const x1 = byColumns ? v128.load32_splat(a, 4) : v128.load32_splat(a1);
      s10 = madd(x1, b0, s10);
      if (vectors > 1) s11 = madd(x1, b1, s11);
      if (vectors > 2) s12 = madd(x1, b2, s12);
      if (vectors > 2) s13 = madd(x1, b3, s13);
    }
    if (rows > 2) {
      const x2 = byColumns ? v128.load32_splat(a, 8) : v128.load32_splat(a2);
      s20 = madd(x2, b0, s20);
      if (vectors > 1) s21 = madd(x2, b1, s21);
      if (vectors > 2) s22 = madd(x2, b2, s22);
      if (vectors > 2) s23 = madd(x2, b3, s23);
    }
    if (rows > 3) {
      const x3 = byColumns ? v128.load32_splat(a, 12) : v128.load32_splat(a3);
      s30 = madd(x3, b0, s30);
      if (vectors > 1) s31 = madd(x3, b1, s31);
      if (vectors > 2) s32 = madd(x3, b2, s32);
      if (vectors > 2) s33 = madd(x3, b3, s33);
    }
    if (rows > 4) {
      const x4 = byColumns ? v128.load32_splat(a, 16) : v128.load32_splat(a4);
      s40 = madd(x4, b0, s40);
      if (vectors > 1) s41 = madd(x4, b1, s41);
      if (vectors > 2) s42 = madd(x4, b2, s42);
      if (vectors > 2) s43 = madd(x4, b3, s43);
    }
    if (rows > 5) {
      const x5 = byColumns ? v128.load32_splat(a, 20) : v128.load32_splat(a5);
      s50 = madd(x5, b0, s50);
      if (vectors > 1) s51 = madd(x5, b1, s51);
      if (vectors > 2) s52 = madd(x5, b2, s52);
      if (vectors > 2) s53 = madd(x5, b3, s53);
    }
    if (byColumns) {
      a += stride;
    } else {
      a += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
    }
  }
  v128.store(c, s00);
  if (vectors > 1) v128.store(c, s01, 16);
  if (vectors > 2) v128.store(c, s02, 32);
  if (vectors > 2) v128.store(c, s03, 48);
  if (rows > 1) {
    c += cStride;
    v128.store(c, s10);
    if (vectors > 1) v128.store(c, s11, 16);
    if (vectors > 2) v128.store(c, s12, 32);
    if (vectors > 2) v128.store(c, s13, 48);
  }
  if (rows > 2) {
    c += cStride;
    v128.store(c, s20);
    if (vectors > 1) v128.store(c, s21, 16);
    if (vectors > 2) v128.store(c, s22, 32);
    if (vectors > 2) v128.store(c, s23, 48);
  }
  if (rows > 3) {
    c += cStride;
    v128.store(c, s30);
    if (vectors > 1) v128.store(c, s31, 16);
    if (vectors > 2) v128.store(c, s32, 32);
    if (vectors > 2) v128.store(c, s33, 48);
  }
  if (rows > 4) {
    c += cStride;
    v128.store(c, s40);
    if (vectors > 1) v128.store(c, s41, 16);
    if (vectors > 2) v128.store(c, s42, 32);
    if (vectors > 2) v128.store(c, s43, 48);
  }
  if (rows > 5) {
    c += cStride;
    v128.store(c, s50);
    if (vectors > 1) v128.store(c, s51, 16);
    if (vectors > 2) v128.store(c, s52, 32);
    if (vectors > 2) v128.store(c, s53, 48);
  }
}

// @ts-ignore: decorator
@inline
function tileOfRows(
  vectors: i32, byColumns: bool, rows: i32,
  a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  switch (rows) {
    case 6: tile(6, vectors, byColumns, a, stride, panel, step, start, startStride, c, cStride, k); break;
    case 5: tile(5, vectors, byColumns, a, stride, panel, step, start, startStride, c, cStride, k); break;
    case 4: tile(4, vectors, byColumns, a, stride, panel, step, start, startStride, c, cStride, k); break;
    case 3: tile(3, vectors, byColumns, a, stride, panel, step, start, startStride, c, cStride, k); break;
    case 2: tile(2, vectors, byColumns, a, stride, panel, step, start, startStride, c, cStride, k); break;
    case 1: tile(1, vectors, byColumns, a, stride, panel, step, start, startStride, c, cStride, k); break;
  }
}

// Functions of their own, so that an engine can optimize the ones in use without the others.
function rows16(
  rows: i32, a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  tileOfRows(4, false, rows, a, stride, panel, step, start, startStride, c, cStride, k);
}
function rows8(
  rows: i32, a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  tileOfRows(2, false, rows, a, stride, panel, step, start, startStride, c, cStride, k);
}
function rows4(
  rows: i32, a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  tileOfRows(1, false, rows, a, stride, panel, step, start, startStride, c, cStride, k);
}
function columns16(
  rows: i32, a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  tileOfRows(4, true, rows, a, stride, panel, step, start, startStride, c, cStride, k);
}
function columns8(
  rows: i32, a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  tileOfRows(2, true, rows, a, stride, panel, step, start, startStride, c, cStride, k);
}
function columns4(
  rows: i32, a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  tileOfRows(1, true, rows, a, stride, panel, step, start, startStride, c, cStride, k);
}

/** The tile of `rows` × `width` sums; `width` is 16, 8, or 4 for the first half of a panel of 8. */
// @ts-ignore: decorator
@inline
export function sumTile(
  rows: i32, width: i32, byColumns: bool,
  a: usize, stride: usize, panel: usize, step: usize, start: usize, startStride: usize,
  c: usize, cStride: usize, k: i32,
): void {
  if (byColumns) {
    if (width == 16) columns16(rows, a, stride, panel, step, start, startStride, c, cStride, k);
    else if (width == 8) columns8(rows, a, stride, panel, step, start, startStride, c, cStride, k);
    else columns4(rows, a, stride, panel, step, start, startStride, c, cStride, k);
  } else {
    if (width == 16) rows16(rows, a, stride, panel, step, start, startStride, c, cStride, k);
    else if (width == 8) rows8(rows, a, stride, panel, step, start, startStride, c, cStride, k);
    else rows4(rows, a, stride, panel, step, start, startStride, c, cStride, k);
  }
}
