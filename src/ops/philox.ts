/**
 * Philox4x32-10 (Salmon et al., SC 2011): random words as a pure function of a counter and a key,
 * so that any element of any step can be drawn alone, in any order, on any thread.
 */
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high word of a 32 × 32-bit product. */
function high(a: number, b: number): number {
  const a1 = a >>> 16;
  const a0 = a & 0xffff;
  const b1 = b >>> 16;
  const b0 = b & 0xffff;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const lower = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(lower / 0x10000)) >>> 0;
}

/** Writes the block of a counter (c0, c1, c2, c3) and a key to `out`. */
export function philox(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key0: number,
  key1: number,
): void {
  for (let round = 0; round < 10; round++) {
    const h0 = high(M0, c0);
    const l0 = Math.imul(M0, c0);
    const h1 = high(M1, c2);
    c0 = (h1 ^ c1 ^ key0) >>> 0;
    c1 = Math.imul(M1, c2) >>> 0;
    c2 = (h0 ^ c3 ^ key1) >>> 0;
    c3 = l0 >>> 0;
    key0 = (key0 + W0) >>> 0;
    key1 = (key1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * An endless stream of u32 words, from word `at` on: word i is word i % 4 of the block with counter (i / 4, step, 0, 0).
 * `known` holds as many of them as are known already.
 */
export function words(
  seed: number,
  stream: number,
  { step = 0, known = new Uint32Array(), at = 0 } = {},
): Iterator<number, never> {
  const block = new Uint32Array(4);
  let begun = false;
  // Not a generator, and always the same object: weights are drawn by the hundred thousand while somebody waits.
  const result = { value: 0, done: false as const };
  return {
    next() {
      if (at < known.length) {
        result.value = known[at++];
        return result;
      }
      if ((at & 3) === 0 || !begun) philox(block, at >>> 2, step, 0, 0, seed >>> 0, stream >>> 0);
      begun = true;
      result.value = block[at++ & 3];
      return result;
    },
  };
}
