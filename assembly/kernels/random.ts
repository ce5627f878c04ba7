/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A block of four words is a pure function of key and counter, so any thread
 * computes any element's numbers without state.
 *
 * One round of a block (c0, c1, c2, c3) with round key (k0, k1), × being 32×32 → 64 bits:
 *
 *     c0' = high(M1 × c2) ^ c1 ^ k0     c1' = low(M1 × c2)
 *     c2' = high(M0 × c0) ^ c3 ^ k1     c3' = low(M0 × c0)
 *
 * and the key moves on by (W0, W1). Here the key is (seed, stream), the counter (block, step, 0, 0),
 * and element i takes word i % 4 of block i / 4.
 */

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;
const ROUNDS: i32 = 10;

/** The stream that `shuffle` draws from; layers count theirs up from 0. */
const SHUFFLE_STREAM: u32 = 0xffffffff;

/** One block: the four words as lanes 0…3. */
export function philoxBlock(c0: u32, c1: u32, c2: u32, c3: u32, k0: u32, k1: u32): v128 {
  for (let round = 0; round < ROUNDS; round++) {
    const p0 = <u64>M0 * <u64>c0;
    const p1 = <u64>M1 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += W0;
    k1 += W1;
  }
  let words = i32x4.splat(c0);
  words = i32x4.replace_lane(words, 1, c1);
  words = i32x4.replace_lane(words, 2, c2);
  return i32x4.replace_lane(words, 3, c3);
}

/**
 * Thirty-two elements at a time: the eight blocks from `block` on, lane b of c being block
 * block + b, lane b of d block + 4 + b. (A round's steps wait for each other; two groups of four
 * blocks side by side take 1.3 times as long as one.)
 *
 * Byte i of the result has its low half set where word i (in element order) is ≥ threshold, its
 * high half where word 16 + i is.
 */
// @ts-ignore: decorator
@inline
export function philoxAtLeast32(block: u32, step: u32, seed: u32, stream: u32, threshold: v128): v128 {
  const m0 = i32x4.splat(M0);
  const m1 = i32x4.splat(M1);
  let c0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let c1 = i32x4.splat(step);
  let c2 = i32x4.splat(0);
  let c3 = c2;
  let d0 = i32x4.add(i32x4.splat(block), i32x4(4, 5, 6, 7));
  let d1 = c1;
  let d2 = c2;
  let d3 = c2;
  let k0 = i32x4.splat(seed);
  let k1 = i32x4.splat(stream);
  for (let round = 0; round < ROUNDS; round++) {
    // The 64-bit products of lanes 0, 1 and of lanes 2, 3: low and high words alternate.
    const p0 = i64x2.extmul_low_i32x4_u(c0, m0);
    const q0 = i64x2.extmul_high_i32x4_u(c0, m0);
    const p1 = i64x2.extmul_low_i32x4_u(c2, m1);
    const q1 = i64x2.extmul_high_i32x4_u(c2, m1);
    const r0 = i64x2.extmul_low_i32x4_u(d0, m0);
    const s0 = i64x2.extmul_high_i32x4_u(d0, m0);
    const r1 = i64x2.extmul_low_i32x4_u(d2, m1);
    const s1 = i64x2.extmul_high_i32x4_u(d2, m1);
    c0 = v128.xor(v128.xor(c1, k0), highWords(p1, q1));
    c1 = lowWords(p1, q1);
    c2 = v128.xor(v128.xor(c3, k1), highWords(p0, q0));
    c3 = lowWords(p0, q0);
    d0 = v128.xor(v128.xor(d1, k0), highWords(r1, s1));
    d1 = lowWords(r1, s1);
    d2 = v128.xor(v128.xor(d3, k1), highWords(r0, s0));
    d3 = lowWords(r0, s0);
    k0 = i32x4.add(k0, i32x4.splat(W0));
    k1 = i32x4.add(k1, i32x4.splat(W1));
  }
  return v128.bitselect(
    atLeastByElement(c0, c1, c2, c3, threshold),
    atLeastByElement(d0, d1, d2, d3, threshold),
    i8x16.splat(0x0f),
  );
}

// @ts-ignore: decorator
@inline
function lowWords(p: v128, q: v128): v128 {
  return v128.shuffle<i32>(p, q, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function highWords(p: v128, q: v128): v128 {
  return v128.shuffle<i32>(p, q, 1, 3, 5, 7);
}

/** Sixteen byte masks in element order, from words that stand one block a lane. */
// @ts-ignore: decorator
@inline
function atLeastByElement(w0: v128, w1: v128, w2: v128, w3: v128, threshold: v128): v128 {
  // Narrowing the masks 0 / −1 keeps them; the bytes then stand by word, the shuffle puts them by block.
  const words01 = i16x8.narrow_i32x4_s(i32x4.ge_u(w0, threshold), i32x4.ge_u(w1, threshold));
  const words23 = i16x8.narrow_i32x4_s(i32x4.ge_u(w2, threshold), i32x4.ge_u(w3, threshold));
  const bytes = i8x16.narrow_i16x8_s(words01, words23);
  return v128.shuffle<i8>(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

/** Writes n raw words, those that element 0…n−1 of a dropout with this stream and step would see. */
export function philox(out: usize, n: i32, seed: u32, stream: u32, step: u32): void {
  let block: u32 = 0;
  for (; n >= 4; n -= 4, out += 16) v128.store(out, philoxBlock(block++, step, 0, 0, seed, stream));
  if (n > 0) {
    let words = philoxBlock(block, step, 0, 0, seed, stream);
    for (; n > 0; n--, out += 4) {
      store<u32>(out, i32x4.extract_lane(words, 0));
      words = v128.shuffle<i32>(words, words, 1, 2, 3, 0);
    }
  }
}

/** Writes n values uniform in (from, to), by words 0…n−1 of step 0; in f64, as JavaScript computes them. */
export function uniform(out: usize, n: i32, seed: u32, stream: u32, from: f64, to: f64): void {
  philox(out, n, seed, stream, 0);
  const width = to - from;
  for (const end = out + (<usize>n << 2); out < end; out += 4) {
    const unit = (<f64>load<u32>(out) + 0.5) / 4294967296;
    store<f32>(out, <f32>(from + width * unit));
  }
}

/**
 * Fills the u32 list `index` with 0…n−1 in random order: Fisher-Yates from the end, the bounded
 * integers by multiply-high with rejection (Lemire, "Fast random integer generation in an
 * interval", 2019), which makes every order equally likely.
 */
export function shuffle(index: usize, n: i32, seed: u32, epoch: u32): void {
  for (let i = 0; i < n; i++) store<u32>(index + (<usize>i << 2), i);
  let words = i32x4.splat(0);
  let block: u32 = 0;
  let left = 0;
  for (let i = n - 1; i > 0; i--) {
    const bound = <u32>(i + 1);
    let product: u64;
    // 2^32 % bound of the products fall short; only a low word below `bound` can be one of them.
    let reject: u32 = 0;
    do {
      if (left == 0) {
        words = philoxBlock(block++, epoch, 0, 0, seed, SHUFFLE_STREAM);
        left = 4;
      }
      product = <u64>(<u32>i32x4.extract_lane(words, 0)) * <u64>bound;
      words = v128.shuffle<i32>(words, words, 1, 2, 3, 0);
      left--;
      if (<u32>product < bound) reject = (0 - bound) % bound;
    } while (<u32>product < reject);
    const here = index + (<usize>i << 2);
    const there = index + (<usize>(product >> 32) << 2);
    const kept = load<u32>(here);
    store<u32>(here, load<u32>(there));
    store<u32>(there, kept);
  }
}
