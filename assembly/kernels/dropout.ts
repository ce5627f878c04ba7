/** Inverted dropout with counter-based randomness. The mask is drawn once a step, and kept as bits. */
import { Dropout, DropoutMask } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { loadPart, storePart } from '../partial';
import { philoxAtLeast32 } from './random';

/** Elements whose random words are computed together: eight Philox blocks, a word of the mask. */
const GROUP: i32 = 32;
/** Elements a thread's slice is a multiple of: a cache line of the mask. */
const GRAIN: i32 = 16 * GROUP;

/** Bit i of out = word(i) ≥ rate·2³², word(i) as in random.ts (Srivastava et al., 2014). */
export function dropoutMask(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, DropoutMask.n);
  const begin = sliceStart(n, GRAIN, thread, threads);
  const end = sliceStart(n, GRAIN, thread + 1, threads);
  const rate = float(ip, DropoutMask.rate);
  let out = address(ip, DropoutMask.out) + (<usize>begin >> 3);
  const stop = out + (<usize>((end - begin + GROUP - 1) / GROUP) << 2);
  if (rate <= 0 || rate >= 1) {
    memory.fill(out, rate <= 0 ? 0xff : 0, stop - out);
    return;
  }
  const seed = load<u32>(address(ip, DropoutMask.seed));
  const step = load<u32>(address(ip, DropoutMask.step));
  const stream = <u32>integer(ip, DropoutMask.stream);
  // Below 2³² for every f32 below 1: the largest, 1 − 2⁻²⁴, gives 2³² − 2⁸.
  const threshold = i32x4.splat(<u32>nearest(<f64>rate * 4294967296));
  for (let block = <u32>begin >> 2; out < stop; out += 4, block += 8) {
    const keep = philoxAtLeast32(block, step, seed, stream, threshold);
    store<u32>(out, i8x16.bitmask(hasBits(keep, 0x0f)) | (i8x16.bitmask(hasBits(keep, 0xf0)) << 16));
  }
}

/** Byte masks: whether a byte has these bits. */
// @ts-ignore: decorator
@inline
function hasBits(bytes: v128, bits: u8): v128 {
  const wanted = i8x16.splat(bits);
  return i8x16.eq(v128.and(bytes, wanted), wanted);
}

/** out[i] = bit i of the mask ? x[i] / (1 − rate) : 0. Its own gradient: run on dy with the same mask. */
export function dropout(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, Dropout.n);
  const begin = sliceStart(n, GROUP, thread, threads);
  const end = sliceStart(n, GROUP, thread + 1, threads);
  const scale = f32x4.splat(1 / (1 - float(ip, Dropout.rate)));
  let x = address(ip, Dropout.x) + (<usize>begin << 2);
  let mask = address(ip, Dropout.mask) + (<usize>begin >> 3);
  let out = address(ip, Dropout.out) + (<usize>begin << 2);
  for (let left = end - begin; left > 0; left -= GROUP, mask += 4) {
    let bits = load<u32>(mask);
    let some = min(left, GROUP);
    for (; some >= 8; some -= 8, bits >>= 8, x += 32, out += 32) {
      const x0 = kept(f32x4.mul(v128.load(x), scale), bits);
      const x1 = kept(f32x4.mul(v128.load(x, 16), scale), bits >> 4);
      v128.store(out, x0);
      v128.store(out, x1, 16);
    }
    for (; some > 0; some -= 4, bits >>= 4, x += 16, out += 16) {
      storePart(out, kept(f32x4.mul(loadPart(x, some), scale), bits), some);
    }
  }
}

/** The lanes of x whose bit, the lowest for lane 0, is set; 0 in the others, even for NaN. */
// @ts-ignore: decorator
@inline
function kept(x: v128, bits: u32): v128 {
  const lanes = i32x4(1, 2, 4, 8);
  return v128.and(x, i32x4.eq(v128.and(i32x4.splat(bits), lanes), lanes));
}
