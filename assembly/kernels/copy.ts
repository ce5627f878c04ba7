/**
 * StridedCopy: transposes, slices, broadcasts, permutations. Rows that are contiguous or constant are
 * copied or filled; where instead the second-innermost axis is contiguous (a transpose of the last two axes)
 * 4×4 blocks are turned in registers; all else goes element by element.
 */
import { StridedCopy } from '../opcodes';
import { address, integer, sliceStart } from '../operands';
import { storeTail } from '../simd';

/** Elements per unit of a thread's slice: a cache line, so that no two threads write to the same. */
// @ts-ignore: decorator
@inline
const GRAIN: i32 = 16;

/** count elements from x, stride elements apart, to out. */
function copyRow(x: usize, out: usize, count: i32, stride: i32): void {
  if (stride == 1) {
    memory.copy(out, x, (<usize>count) << 2);
    return;
  }
  const end = out + ((<usize>count) << 2);
  const vectors = out + ((<usize>count & ~3) << 2);
  if (stride == 0) {
    const value = v128.load32_splat(x);
    for (; out < vectors; out += 16) v128.store(out, value);
    if (count & 3) storeTail(out, value, count & 3);
    return;
  }
  const step = (<usize>stride) << 2;
  for (; out < vectors; out += 16, x += step << 2) {
    const first = load<u32>(x);
    const second = load<u32>(x + step);
    const third = load<u32>(x + (step << 1));
    const fourth = load<u32>(x + (step << 1) + step);
    store<u32>(out, first);
    store<u32>(out, second, 4);
    store<u32>(out, third, 8);
    store<u32>(out, fourth, 12);
  }
  for (; out < end; out += 4, x += step) store<u32>(out, load<u32>(x));
}

/**
 * Output rows [row, row + 4) of a transposed plane: out[i, j] = x[j·stride + i], j < columns, x and out being
 * at the first of the four rows.
 */
function transposeFour(x: usize, out: usize, columns: i32, stride: i32): void {
  const step = (<usize>stride) << 2;
  const width = (<usize>columns) << 2;
  const third = out + (width << 1);
  const vectors = width & ~15;
  let at: usize = 0;
  for (; at < vectors; at += 16, x += step << 2) {
    const a = v128.load(x);
    const b = v128.load(x + step);
    const c = v128.load(x + (step << 1));
    const d = v128.load(x + (step << 1) + step);
    const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(out + at, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
    v128.store(out + width + at, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7));
    v128.store(third + at, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5));
    v128.store(third + width + at, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7));
  }
  for (; at < width; at += 4, x += step) {
    const column = v128.load(x);
    v128.store_lane<f32>(out + at, column, 0);
    v128.store_lane<f32>(out + width + at, column, 1);
    v128.store_lane<f32>(third + at, column, 2);
    v128.store_lane<f32>(third + width + at, column, 3);
  }
}

/** Planes [d2, d3] turned, cut among threads by groups of four output rows. */
function transposePlanes(ip: usize, thread: i32, threads: i32): void {
  const d1 = integer(ip, StridedCopy.d1);
  const d2 = integer(ip, StridedCopy.d2);
  const d3 = integer(ip, StridedCopy.d3);
  const s0 = integer(ip, StridedCopy.s0);
  const s1 = integer(ip, StridedCopy.s1);
  const s3 = integer(ip, StridedCopy.s3);
  const x = address(ip, StridedCopy.x);
  const out = address(ip, StridedCopy.out);
  const groups = (d2 + 3) >> 2;
  const total = integer(ip, StridedCopy.d0) * d1 * groups;
  const end = sliceStart(total, 1, thread + 1, threads);
  for (let group = sliceStart(total, 1, thread, threads); group < end; group++) {
    const plane = group / groups;
    const row = (group - plane * groups) << 2;
    const from = x + ((<usize>((plane / d1) * s0 + (plane % d1) * s1 + row)) << 2);
    const to = out + ((<usize>((plane * d2 + row) * d3)) << 2);
    const rows = d2 - row;
    if (rows >= 4) transposeFour(from, to, d3, s3);
    else for (let i = 0; i < rows; i++) copyRow(from + (i << 2), to + ((<usize>(i * d3)) << 2), d3, s3);
  }
}

/** out[i0,i1,i2,i3] = x[i0·s0 + i1·s1 + i2·s2 + i3·s3] */
export function stridedCopy(ip: usize, thread: i32, threads: i32): void {
  const d1 = integer(ip, StridedCopy.d1);
  const d2 = integer(ip, StridedCopy.d2);
  const d3 = integer(ip, StridedCopy.d3);
  const s2 = integer(ip, StridedCopy.s2);
  const s3 = integer(ip, StridedCopy.s3);
  if (s2 == 1 && s3 > 1 && d2 >= 4) {
    transposePlanes(ip, thread, threads);
    return;
  }
  const total = integer(ip, StridedCopy.d0) * d1 * d2 * d3;
  let at = sliceStart(total, GRAIN, thread, threads);
  const end = sliceStart(total, GRAIN, thread + 1, threads);
  if (at >= end) return;

  const s0 = integer(ip, StridedCopy.s0);
  const s1 = integer(ip, StridedCopy.s1);
  const x = address(ip, StridedCopy.x);
  const out = address(ip, StridedCopy.out);
  let i3 = 0;
  let i2 = 0;
  let i1 = 0;
  let i0 = 0;
  if (at) {
    const rows = at / d3;
    i3 = at - rows * d3;
    i2 = rows % d2;
    i1 = (rows / d2) % d1;
    i0 = rows / d2 / d1;
  }
  while (at < end) {
    const count = min(d3 - i3, end - at);
    const from = i0 * s0 + i1 * s1 + i2 * s2 + i3 * s3;
    copyRow(x + ((<usize>from) << 2), out + ((<usize>at) << 2), count, s3);
    at += count;
    i3 = 0;
    if (++i2 == d2) {
      i2 = 0;
      if (++i1 == d1) {
        i1 = 0;
        i0++;
      }
    }
  }
}
