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
  const [a1, a0, b1, b0] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const lower = a0 * b1 + (middle % 0x10000);
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(lower / 0x10000)) >>> 0;
}

export type Words = [number, number, number, number];

export function philox([c0, c1, c2, c3]: Readonly<Words>, key0: number, key1: number): Words {
  for (let round = 0; round < 10; round++) {
    const [h0, l0] = [high(M0, c0), Math.imul(M0, c0)];
    const [h1, l1] = [high(M1, c2), Math.imul(M1, c2)];
    [c0, c1, c2, c3] = [(h1 ^ c1 ^ key0) >>> 0, l1 >>> 0, (h0 ^ c3 ^ key1) >>> 0, l0 >>> 0];
    key0 = (key0 + W0) >>> 0;
    key1 = (key1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** An endless stream of u32 words: word i is word i % 4 of the block with counter (i / 4, step, 0, 0). */
export function* words(seed: number, stream: number, step = 0): Generator<number, never> {
  for (let block = 0; ; block++) yield* philox([block, step, 0, 0], seed >>> 0, stream >>> 0);
}
