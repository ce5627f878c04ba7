/** Batches out of a data set that stays in memory, and one-hot labels. */
import { Gather, OneHot, Storage } from '../opcodes';
import { address, integer, sliceStart } from '../operands';

/** out[b] = f32 of row index[cursor + b] of the table. */
export function gather(ip: usize, thread: i32, threads: i32): void {
  const batch = integer(ip, Gather.batch);
  const begin = sliceStart(batch, 1, thread, threads);
  const end = sliceStart(batch, 1, thread + 1, threads);
  const size = integer(ip, Gather.size);
  const storage = integer(ip, Gather.storage);
  const table = <usize>load<u32>(address(ip, Gather.table));
  const cursor = <usize>load<u32>(address(ip, Gather.cursor));
  const first = cursor + begin;
  let index = <usize>load<u32>(address(ip, Gather.index)) + (first << 2);
  const stop = index + (<usize>(end - begin) << 2);
  let out = address(ip, Gather.out) + ((<usize>begin * size) << 2);

  if (storage == Storage.U8) {
    for (; index < stop; index += 4, out += <usize>size << 2) {
      copyU8(table + <usize>load<u32>(index) * size, out, size);
    }
  } else if (storage == Storage.I32) {
    for (; index < stop; index += 4, out += <usize>size << 2) {
      copyI32(table + ((<usize>load<u32>(index) * size) << 2), out, size);
    }
  } else if (size == 1) {
    for (; index < stop; index += 4, out += 4) {
      store<u32>(out, load<u32>(table + (<usize>load<u32>(index) << 2)));
    }
  } else if (size == 2) {
    for (; index < stop; index += 4, out += 8) {
      store<u64>(out, load<u64>(table + (<usize>load<u32>(index) << 3)));
    }
  } else {
    for (; index < stop; index += 4, out += <usize>size << 2) {
      copyF32(table + ((<usize>load<u32>(index) * size) << 2), out, size);
    }
  }
}

/** Inline rather than memory.copy, whose call costs more than a short row. */
// @ts-ignore: decorator
@inline
function copyF32(x: usize, out: usize, n: i32): void {
  for (; n >= 16; n -= 16, x += 64, out += 64) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    v128.store(out, x0);
    v128.store(out, x1, 16);
    v128.store(out, x2, 32);
    v128.store(out, x3, 48);
  }
  for (; n >= 4; n -= 4, x += 16, out += 16) v128.store(out, v128.load(x));
  for (; n > 0; n--, x += 4, out += 4) store<u32>(out, load<u32>(x));
}

// @ts-ignore: decorator
@inline
function copyI32(x: usize, out: usize, n: i32): void {
  for (; n >= 4; n -= 4, x += 16, out += 16) v128.store(out, f32x4.convert_i32x4_s(v128.load(x)));
  for (; n > 0; n--, x += 4, out += 4) store<f32>(out, <f32>load<i32>(x));
}

// @ts-ignore: decorator
@inline
function copyU8(x: usize, out: usize, n: i32): void {
  for (; n >= 16; n -= 16, x += 16, out += 64) {
    const bytes = v128.load(x);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(out, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)));
    v128.store(out, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), 16);
    v128.store(out, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), 32);
    v128.store(out, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), 48);
  }
  for (; n > 0; n--, x++, out += 4) store<f32>(out, <f32>load<u8>(x));
}

/** out[row, j] = labels[row] == j; a label outside 0…columns−1 gives a row of zeros. */
export function oneHot(ip: usize, thread: i32, threads: i32): void {
  const rows = integer(ip, OneHot.rows);
  const columns = integer(ip, OneHot.columns);
  const begin = sliceStart(rows, 1, thread, threads);
  const end = sliceStart(rows, 1, thread + 1, threads);
  const labels = address(ip, OneHot.labels);
  const stride = <usize>columns << 2;
  let out = address(ip, OneHot.out) + <usize>begin * stride;
  memory.fill(out, 0, <usize>(end - begin) * stride);
  for (let row = begin; row < end; row++, out += stride) {
    const label = load<f32>(labels + (<usize>row << 2));
    if (label >= 0 && label < <f32>columns) store<f32>(out + (<usize>(<i32>label) << 2), 1);
  }
}
