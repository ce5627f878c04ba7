/**
 * Products that leave out the zeros of A: images, one-hot columns, what ReLU and dropout let through.
 *
 *     out[i, j…] = Σ value · panel[p, j…]     over the entries (p, value) ≠ 0 of row i of A
 *
 * Rows of A are squeezed to lists of their entries, a pass over k at a time; up to 48 columns of B are packed as a
 * panel that stays in the first-level cache while all lists pass by; a row's sums stay in registers. Terms come
 * in ascending k, as in tiles, and the ones left out are ±0 added to a sum that began at +0: the bits are
 * those of tiles (but for a sum of nothing but underflows, which fused multiply-add may leave at −0).
 * That holds while B is finite. Where a panel is not, 0·∞ and 0·NaN must be heard of, and the caller takes tiles.
 */
import { GRAIN, listEntries, listRows, SAMPLES, SKIP_PASS, STRIP } from '../../matmul-work';
import { Matmul } from '../../opcodes';
import { address } from '../../operands';
import { loadTail, madd } from '../../simd';
import { finishTile } from './epilogue';
import { copyTile, packFour } from './pack';

/** Bytes from row to row of a panel. */
const STEP: usize = STRIP * 4;

/**
 * Whether at most a `share` of A's numbers, by a look at some of its rows, are not 0. It is the data that decide,
 * so that all threads agree on who computes what.
 */
export function isSparse(a: usize, rows: i32, columns: i32, share: f32): bool {
  const looks = min(rows, SAMPLES);
  let found = 0;
  for (let i = 0; i < looks; i++) {
    const row = a + ((<usize>(i * rows / looks) * <usize>columns) << 2);
    let counts = i32x4.splat(0);
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const x = v128.load(row + (<usize>j << 2));
      counts = i32x4.sub(counts, f32x4.ne(x, f32x4.splat(0)));
    }
    found += i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1);
    found += i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
    for (; j < columns; j++) found += <i32>(load<f32>(row + (<usize>j << 2)) != 0);
  }
  return <f32>found <= share * <f32>looks * <f32>columns;
}

/**
 * The rows of out in every `threads`th group of GRAIN rows from the `thread`th on, so that threads have alike
 * shares wherever in A the zeros are. False, with those rows half done, if a number in B is not finite.
 */
export function sparseProduct(
  ip: usize, a: usize, aByColumns: bool, b: usize, bByColumns: bool, work: usize,
  m: i32, n: i32, k: i32, thread: i32, threads: i32,
): bool {
  const out = address(ip, Matmul.out);
  const spare = work;
  const zeros = spare + STEP;
  const panel = zeros + STEP;
  const most = <usize>min(k + 3 & ~3, SKIP_PASS);
  const block = panel + STEP * most;
  const patterns = block + GRAIN * 4 * most;
  const ends = patterns + 16 * 16;
  const lists = ends + (<usize>listRows(m) << 2);
  const gap = <usize>listEntries(m, k) << 2;
  const outStride = <usize>n << 2;
  const bStride = <usize>(bByColumns ? k : n) << 2;
  memory.fill(zeros, 0, STEP);
  fillPatterns(patterns);
  const passes = (k + SKIP_PASS - 1) / SKIP_PASS;
  const skip = GRAIN * threads;
  for (let pass = 0, p = 0; pass < passes; pass++) {
    const terms = (k - p) / (passes - pass);
    for (let top = thread * GRAIN, bottom = top; top < m; top = bottom) {
      let list = lists;
      let end = ends;
      const full = lists + gap - GRAIN * 4 * <usize>(terms + 4);
      for (; bottom < m && list <= full && end < lists; bottom += skip) {
        const rows = min(GRAIN, m - bottom);
        let x = a + (<usize>bottom * k + <usize>p << 2);
        let xStride = <usize>k << 2;
        if (aByColumns) {
          x = block;
          xStride = <usize>(terms + 3 & ~3) << 2;
          transpose(a + (<usize>p * m + <usize>bottom << 2), <usize>m << 2, rows, terms, x, xStride);
        }
        for (let i = 0; i < rows; i++, x += xStride, end += 4) {
          list = squeeze(x, terms, patterns, list, gap);
          store<u32>(end, <u32>list);
        }
      }
      for (let j = 0, columns = 0; j < n; j += columns) {
        const left = n - j;
        columns = left > 64 ? STRIP : left > STRIP ? 32 : left;
        const y = b + (bByColumns ? <usize>j * bStride + (<usize>p << 2) : <usize>p * bStride + (<usize>j << 2));
        const finite = bByColumns
          ? packColumns(y, bStride, columns, terms, panel)
          : packRows(y, bStride, columns, terms, panel);
        if (!finite) return false;
        const width = columns > 32 ? STRIP : columns > 16 ? 32 : 16;
        list = lists;
        end = ends;
        for (let group = top; group < bottom; group += skip) {
          const rows = min(GRAIN, m - group);
          let sums = out + <usize>group * outStride + (<usize>j << 2);
          for (let i = 0; i < rows; i++, sums += outStride, end += 4) {
            const next = <usize>load<u32>(end);
            if (columns == width) {
              combine(width, list, next, gap, panel, p > 0 ? sums : zeros, sums);
            } else {
              if (p > 0) copyTile(sums, 0, spare, 0, 1, columns);
              combine(width, list, next, gap, panel, p > 0 ? spare : zeros, spare);
              copyTile(spare, 0, sums, 0, 1, columns);
            }
            list = next;
          }
          if (pass == passes - 1) finishTile(ip, false, n, group, j, rows, columns);
        }
      }
    }
    p += terms;
  }
  return true;
}

/** For each pattern of lanes that are not 0, the bytes that move those lanes, in order, to the front. */
function fillPatterns(patterns: usize): void {
  for (let mask = 0; mask < 16; mask++, patterns += 16) {
    let to = patterns;
    for (let lane = 0; lane < 4; lane++) {
      if (mask >> lane & 1) {
        store<u32>(to, 0x03020100 + 0x04040404 * lane);
        to += 4;
      }
    }
  }
}

/**
 * Appends what is not 0 in a row to the values, and p · STEP to the offsets, `gap` bytes on; and a zero if their
 * number is odd, since loops may take two at a time. Without branches, as patterns of zeros are hard to foretell. May write three
 * entries more than the row has terms. Returns the end of the values.
 */
function squeeze(x: usize, terms: i32, patterns: usize, list: usize, gap: usize): usize {
  const begin = list;
  const zero = f32x4.splat(0);
  const step = i32x4.splat(4 * <i32>STEP);
  let offsets = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(<i32>STEP));
  for (; terms > 0; terms -= 4, x += 16) {
    const values = terms >= 4 ? v128.load(x) : loadTail(x, terms);
    const mask = i32x4.bitmask(f32x4.ne(values, zero));
    const pattern = v128.load(patterns + (<usize>mask << 4));
    v128.store(list, i8x16.swizzle(values, pattern));
    v128.store(list + gap, i8x16.swizzle(offsets, pattern));
    offsets = i32x4.add(offsets, step);
    list += <usize>popcnt(mask) << 2;
  }
  if (list - begin & 4) {
    store<u32>(list, 0);
    store<u32>(list + gap, 0);
    list += 4;
  }
  return list;
}

/** `rows` columns of A, `terms` long, as rows `toStride` bytes apart. */
function transpose(a: usize, stride: usize, rows: i32, terms: i32, to: usize, toStride: usize): void {
  for (let p = 0; p < terms; p += 4, a += 4 * stride, to += 16) packFour(a, stride, min(4, terms - p), rows, to, toStride);
}

/** Columns of B stored by rows; what is missing of the last vector is 0. Returns whether all are finite. */
function packRows(b: usize, stride: usize, columns: i32, terms: i32, panel: usize): bool {
  const fours = <usize>(columns & ~15) << 2;
  const whole = <usize>(columns & ~3) << 2;
  const rest = columns & 3;
  let bits = f32x4.splat(0);
  for (; terms > 0; terms--, b += stride, panel += STEP) {
    let j: usize = 0;
    for (; j < fours; j += 64) {
      const x0 = v128.load(b + j);
      const x1 = v128.load(b + j, 16);
      const x2 = v128.load(b + j, 32);
      const x3 = v128.load(b + j, 48);
      v128.store(panel + j, x0);
      v128.store(panel + j, x1, 16);
      v128.store(panel + j, x2, 32);
      v128.store(panel + j, x3, 48);
      bits = v128.or(v128.or(bits, v128.or(nulled(x0), nulled(x1))), v128.or(nulled(x2), nulled(x3)));
    }
    for (; j < whole; j += 16) {
      const x = v128.load(b + j);
      v128.store(panel + j, x);
      bits = v128.or(bits, nulled(x));
    }
    if (rest) {
      const x = loadTail(b + whole, rest);
      v128.store(panel + whole, x);
      bits = v128.or(bits, nulled(x));
    }
  }
  return isNull(bits);
}

/** The same of columns of B stored by columns; what is missing of the last vector repeats the last column. */
function packColumns(b: usize, stride: usize, columns: i32, terms: i32, panel: usize): bool {
  let bits = f32x4.splat(0);
  for (; columns > 0; columns -= 4, b += 4 * stride, panel += 16) {
    packFour(b, stride, min(4, columns), terms, panel, STEP);
    for (let y = panel, end = panel + STEP * <usize>terms; y < end; y += STEP) {
      bits = v128.or(bits, nulled(v128.load(y)));
    }
  }
  return isNull(bits);
}

/** ±0 of what is finite, else NaN. */
// @ts-ignore: decorator
@inline
function nulled(x: v128): v128 {
  return f32x4.mul(x, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function isNull(bits: v128): bool {
  return i32x4.all_true(f32x4.eq(bits, f32x4.splat(0)));
}

/** c[width] = start[width] + the rows of the panel that a list names, each times its value. */
// @ts-ignore: decorator
@inline
function combine(width: i32, list: usize, end: usize, gap: usize, panel: usize, start: usize, c: usize): void {
  if (width == 48) combine48(list, end, gap, panel, start, c);
  else if (width == 32) combine32(list, end, gap, panel, start, c);
  else combine16(list, end, gap, panel, start, c);
}

/** 12 sums, an entry at a time: with the value and a product they fill 16 registers of 128 bits. */
function combine48(list: usize, end: usize, gap: usize, panel: usize, start: usize, c: usize): void {
  let s0 = v128.load(start);
  let s1 = v128.load(start, 16);
  let s2 = v128.load(start, 32);
  let s3 = v128.load(start, 48);
  let s4 = v128.load(start, 64);
  let s5 = v128.load(start, 80);
  let s6 = v128.load(start, 96);
  let s7 = v128.load(start, 112);
  let s8 = v128.load(start, 128);
  let s9 = v128.load(start, 144);
  let s10 = v128.load(start, 160);
  let s11 = v128.load(start, 176);
  for (; list < end; list += 4) {
    const x = v128.load32_splat(list);
    const y = panel + load<u32>(list + gap);
    s0 = madd(x, v128.load(y), s0);
    s1 = madd(x, v128.load(y, 16), s1);
    s2 = madd(x, v128.load(y, 32), s2);
    s3 = madd(x, v128.load(y, 48), s3);
    s4 = madd(x, v128.load(y, 64), s4);
    s5 = madd(x, v128.load(y, 80), s5);
    s6 = madd(x, v128.load(y, 96), s6);
    s7 = madd(x, v128.load(y, 112), s7);
    s8 = madd(x, v128.load(y, 128), s8);
    s9 = madd(x, v128.load(y, 144), s9);
    s10 = madd(x, v128.load(y, 160), s10);
    s11 = madd(x, v128.load(y, 176), s11);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
  v128.store(c, s8, 128);
  v128.store(c, s9, 144);
  v128.store(c, s10, 160);
  v128.store(c, s11, 176);
}

/** 8 sums, two entries at a time: V8 repeats the body of a shorter loop, and then runs out of registers. */
function combine32(list: usize, end: usize, gap: usize, panel: usize, start: usize, c: usize): void {
  let s0 = v128.load(start);
  let s1 = v128.load(start, 16);
  let s2 = v128.load(start, 32);
  let s3 = v128.load(start, 48);
  let s4 = v128.load(start, 64);
  let s5 = v128.load(start, 80);
  let s6 = v128.load(start, 96);
  let s7 = v128.load(start, 112);
  for (; list < end; list += 8) {
    const x = v128.load32_splat(list);
    const y = panel + load<u32>(list + gap);
    s0 = madd(x, v128.load(y), s0);
    s1 = madd(x, v128.load(y, 16), s1);
    s2 = madd(x, v128.load(y, 32), s2);
    s3 = madd(x, v128.load(y, 48), s3);
    s4 = madd(x, v128.load(y, 64), s4);
    s5 = madd(x, v128.load(y, 80), s5);
    s6 = madd(x, v128.load(y, 96), s6);
    s7 = madd(x, v128.load(y, 112), s7);
    const z = v128.load32_splat(list, 4);
    const w = panel + load<u32>(list + gap, 4);
    s0 = madd(z, v128.load(w), s0);
    s1 = madd(z, v128.load(w, 16), s1);
    s2 = madd(z, v128.load(w, 32), s2);
    s3 = madd(z, v128.load(w, 48), s3);
    s4 = madd(z, v128.load(w, 64), s4);
    s5 = madd(z, v128.load(w, 80), s5);
    s6 = madd(z, v128.load(w, 96), s6);
    s7 = madd(z, v128.load(w, 112), s7);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}

function combine16(list: usize, end: usize, gap: usize, panel: usize, start: usize, c: usize): void {
  let s0 = v128.load(start);
  let s1 = v128.load(start, 16);
  let s2 = v128.load(start, 32);
  let s3 = v128.load(start, 48);
  for (; list < end; list += 8) {
    const x = v128.load32_splat(list);
    const y = panel + load<u32>(list + gap);
    s0 = madd(x, v128.load(y), s0);
    s1 = madd(x, v128.load(y, 16), s1);
    s2 = madd(x, v128.load(y, 32), s2);
    s3 = madd(x, v128.load(y, 48), s3);
    const z = v128.load32_splat(list, 4);
    const w = panel + load<u32>(list + gap, 4);
    s0 = madd(z, v128.load(w), s0);
    s1 = madd(z, v128.load(w, 16), s1);
    s2 = madd(z, v128.load(w, 32), s2);
    s3 = madd(z, v128.load(w, 48), s3);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}
