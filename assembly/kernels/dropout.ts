/** Inverted dropout with counter-based randomness: the mask is recomputed, never stored. */
import { Dropout } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { loadPart, storePart } from '../partial';
import { philoxAtLeast32 } from './random';

/** Elements whose random words are computed together: eight Philox blocks. */
const GROUP: i32 = 32;

/**
 * out[i] = word(i) ≥ rate·2³² ? x[i] / (1 − rate) : 0, word(i) as in random.ts (Srivastava et al.,
 * 2014, inverted). Its own gradient: run on dy with the same stream and step.
 */
export function dropout(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, Dropout.n);
  const begin = sliceStart(n, GROUP, thread, threads);
  const end = sliceStart(n, GROUP, thread + 1, threads);
  const rate = float(ip, Dropout.rate);
  let x = address(ip, Dropout.x) + (<usize>begin << 2);
  let out = address(ip, Dropout.out) + (<usize>begin << 2);
  let left = end - begin;

  if (rate <= 0) {
    memory.copy(out, x, <usize>left << 2);
    return;
  }
  if (rate >= 1) {
    memory.fill(out, 0, <usize>left << 2);
    return;
  }

  const seed = load<u32>(address(ip, Dropout.seed));
  const step = load<u32>(address(ip, Dropout.step));
  const stream = <u32>integer(ip, Dropout.stream);
  // Below 2³² for every f32 below 1: the largest, 1 − 2⁻²⁴, gives 2³² − 2⁸.
  const threshold = i32x4.splat(<u32>nearest(<f64>rate * 4294967296));
  const scale = f32x4.splat(1 / (1 - rate));
  let block = <u32>begin >> 2;
  for (; left >= GROUP; left -= GROUP, x += 128, out += 128, block += 8) {
    const keep = philoxAtLeast32(block, step, seed, stream, threshold);
    drop16(x, out, scale, hasBits(keep, 0x0f));
    drop16(x + 64, out + 64, scale, hasBits(keep, 0xf0));
  }
  if (left > 0) {
    const keep = philoxAtLeast32(block, step, seed, stream, threshold);
    let masks = hasBits(keep, 0x0f);
    if (left >= 16) {
      drop16(x, out, scale, masks);
      masks = hasBits(keep, 0xf0);
      left -= 16;
      x += 64;
      out += 64;
    }
    for (; left > 0; left -= 4, x += 16, out += 16) {
      const mask = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(masks));
      storePart(out, v128.and(f32x4.mul(loadPart(x, left), scale), mask), left);
      masks = v128.shuffle<i32>(masks, masks, 1, 2, 3, 0);
    }
  }
}

/** Byte masks: whether a byte has these bits. */
// @ts-ignore: decorator
@inline
function hasBits(bytes: v128, bits: u8): v128 {
  const wanted = i8x16.splat(bits);
  return i8x16.eq(v128.and(bytes, wanted), wanted);
}

/** Sixteen elements with their byte masks. */
// @ts-ignore: decorator
@inline
function drop16(x: usize, out: usize, scale: v128, masks: v128): void {
  const low = i16x8.extend_low_i8x16_s(masks);
  const high = i16x8.extend_high_i8x16_s(masks);
  const x0 = f32x4.mul(v128.load(x), scale);
  const x1 = f32x4.mul(v128.load(x, 16), scale);
  const x2 = f32x4.mul(v128.load(x, 32), scale);
  const x3 = f32x4.mul(v128.load(x, 48), scale);
  v128.store(out, v128.and(x0, i32x4.extend_low_i16x8_s(low)));
  v128.store(out, v128.and(x1, i32x4.extend_high_i16x8_s(low)), 16);
  v128.store(out, v128.and(x2, i32x4.extend_low_i16x8_s(high)), 32);
  v128.store(out, v128.and(x3, i32x4.extend_high_i16x8_s(high)), 48);
}
