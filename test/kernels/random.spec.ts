import { dropout, dropoutMask } from '../../assembly/kernels/dropout';
import { philox, philoxBlock, shuffle, uniform } from '../../assembly/kernels/random';
import { Dropout, DropoutMask, Opcode } from '../../assembly/opcodes';
import {
  checkGuards,
  checkGuardsBytes,
  copyOf,
  fillWith,
  get,
  guarded,
  guardedBytes,
  identical,
  instruction,
  randomBuffer,
  runSlices,
  sameBits,
  seed,
  set,
  setAddress,
  setFloat,
  setInteger,
} from './support';

function isBlock(block: v128, w0: u32, w1: u32, w2: u32, w3: u32): bool {
  return !v128.any_true(v128.xor(block, i32x4(w0, w1, w2, w3)));
}

describe('philox', () => {
  test('gives the known answers of Random123', () => {
    expect(isBlock(philoxBlock(0, 0, 0, 0, 0, 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)).toBe(true);
    const ones: u32 = 0xffffffff;
    expect(
      isBlock(philoxBlock(ones, ones, ones, ones, ones, ones), 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd),
    ).toBe(true);
    expect(
      isBlock(
        philoxBlock(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0),
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1,
      ),
    ).toBe(true);
  });

  test('writes the first n words of its counters', () => {
    let failures = 0;
    const all = guardedBytes(400);
    philox(all, 100, 7, 8, 9);
    for (let i = 0; i < 25; i++) {
      if (v128.any_true(v128.xor(v128.load(all + (i << 4)), philoxBlock(i, 9, 0, 0, 7, 8)))) failures++;
    }
    for (let n = 0; n < 20; n++) {
      const some = guardedBytes(n << 2);
      philox(some, n, 7, 8, 9);
      if (memory.compare(some, all, n << 2) != 0) failures++;
      if (!checkGuardsBytes(some, n << 2)) failures++;
    }
    expect(failures).toBe(0);
  });
});

describe('uniform', () => {
  test('is what the words say, between its limits', () => {
    let failures = 0;
    for (let n = 0; n < 40; n++) {
      const words = guardedBytes(n << 2);
      const values = guarded(n);
      philox(words, n, 7, 8, 0);
      uniform(values, n, 7, 8, -0.5, 1.5);
      for (let i = 0; i < n; i++) {
        const unit = (<f64>load<u32>(words + (<usize>i << 2)) + 0.5) / 4294967296;
        if (get(values, i) != <f32>(2 * unit - 0.5)) failures++;
      }
      if (!checkGuards(values, n)) failures++;
    }
    expect(failures).toBe(0);
  });
});

/** An instruction to drop by a mask of its own, which is drawn here by `threads` threads. */
function drop(
  x: usize, out: usize, n: i32, rate: f32, key: u32, step: u32, stream: u32, threads: i32 = 1,
): usize {
  const cells = guardedBytes(8);
  store<u32>(cells, key);
  store<u32>(cells + 4, step);
  const bytes = ((n + 31) >> 5) << 2;
  const mask = guardedBytes(bytes);
  const ip = instruction(Opcode.DropoutMask, 7);
  setAddress(ip, DropoutMask.out, mask);
  setInteger(ip, DropoutMask.n, n);
  setFloat(ip, DropoutMask.rate, rate);
  setAddress(ip, DropoutMask.seed, cells);
  setAddress(ip, DropoutMask.step, cells + 4);
  setInteger(ip, DropoutMask.stream, stream);
  runSlices(dropoutMask, ip, threads);
  if (!checkGuardsBytes(mask, bytes)) throw new Error('a mask overruns its words');
  const apply = instruction(Opcode.Dropout, 6);
  setAddress(apply, Dropout.x, x);
  setAddress(apply, Dropout.mask, mask);
  setAddress(apply, Dropout.out, out);
  setInteger(apply, Dropout.n, n);
  setFloat(apply, Dropout.rate, rate);
  return apply;
}

/** A mask of n ones dropped at `rate`. */
function mask(n: i32, rate: f32, key: u32, step: u32, stream: u32): usize {
  const x = guarded(n);
  fillWith(x, n, 1);
  dropout(drop(x, x, n, rate, key, step, stream), 0, 1);
  return x;
}

/** The share of elements below n where both masks keep. */
function bothKept(p: usize, q: usize, n: i32): f64 {
  let both = 0;
  for (let i = 0; i < n; i++) if (get(p, i) != 0 && get(q, i) != 0) both++;
  return <f64>both / <f64>n;
}

describe('dropout', () => {
  test('keeps element i iff word i ≥ rate·2³², scaled; alike for any thread count; in place', () => {
    seed(1);
    const sizes: StaticArray<i32> = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 100, 129, 1600];
    const rates: StaticArray<f32> = [0.1, 0.5, 0.75, 0.99];
    let failures = 0;
    for (let s = 0; s < sizes.length; s++) {
      for (let r = 0; r < rates.length; r++) {
        const n = sizes[s];
        const rate = rates[r];
        const x = randomBuffer(n, 1, 2);
        const words = guardedBytes(n << 2);
        philox(words, n, 0xdeadbeef, 77, 0xfffffffe);
        const out = guarded(n);
        for (let threads = 1; threads <= 3; threads++) {
          fillWith(out, n, NaN);
          runSlices(dropout, drop(x, out, n, rate, 0xdeadbeef, 0xfffffffe, 77, threads), threads);
          for (let i = 0; i < n; i++) {
            const kept = <f64>load<u32>(words + (i << 2)) >= Math.round(<f64>rate * 4294967296);
            const right: f32 = kept ? get(x, i) * (1 / (1 - rate)) : 0;
            if (!identical(get(out, i), right)) failures++;
          }
        }
        const inPlace = copyOf(x, n);
        runSlices(dropout, drop(inPlace, inPlace, n, rate, 0xdeadbeef, 0xfffffffe, 77), 2);
        if (!sameBits(inPlace, out, n)) failures++;
        if (!checkGuards(out, n) || !checkGuards(inPlace, n)) failures++;
      }
    }
    expect(failures).toBe(0);
  });

  test('rate 0 copies and rate 1 gives zeros, even of NaN and infinities', () => {
    const n = 37;
    const x = randomBuffer(n);
    set(x, 3, NaN);
    set(x, 36, Infinity);
    const out = guarded(n);
    runSlices(dropout, drop(x, out, n, 0, 1, 2, 3), 3);
    expect(sameBits(x, out, n)).toBe(true);
    fillWith(out, n, NaN);
    runSlices(dropout, drop(x, out, n, 1, 1, 2, 3), 3);
    let failures = 0;
    for (let i = 0; i < n; i++) if (!identical(get(out, i), 0)) failures++;
    expect(failures).toBe(0);
    expect(checkGuards(out, n)).toBe(true);
  });

  test('a dropped NaN is 0', () => {
    const n = 400;
    const x = guarded(n);
    fillWith(x, n, NaN);
    dropout(drop(x, x, n, 0.5, 1, 2, 3), 0, 1);
    let zeros = 0;
    for (let i = 0; i < n; i++) if (get(x, i) == 0) zeros++;
    expect(zeros).toBeGreaterThan(150);
    expect(zeros).toBeLessThan(250);
  });

  test('every lane keeps its share and the mean stays', () => {
    const n = 160000;
    const rate: f32 = 0.2;
    const m = mask(n, rate, 3, 5, 1);
    // per lane 10000 draws: σ of the kept share is 0.004
    let worst: f64 = 0;
    let sum: f64 = 0;
    for (let lane = 0; lane < 16; lane++) {
      let kept: f64 = 0;
      for (let i = lane; i < n; i += 16) {
        if (get(m, i) != 0) kept++;
        sum += <f64>get(m, i);
      }
      worst = Math.max(worst, Math.abs(kept / 10000 - 0.8));
    }
    expect(worst).toBeLessThan(0.016);
    expect(Math.abs(sum / n - 1)).toBeLessThan(0.005);
  });

  test('neighbours, steps, streams and seeds are independent, and the same ones repeat', () => {
    const n = 40000;
    const m = mask(n, 0.5, 3, 5, 1);
    expect(sameBits(m, mask(n, 0.5, 3, 5, 1), n)).toBe(true);
    // independent halves are both kept a quarter of the time, σ = 0.0022
    let worst: f64 = 0;
    worst = Math.max(worst, Math.abs(bothKept(m, mask(n, 0.5, 4, 5, 1), n) - 0.25));
    worst = Math.max(worst, Math.abs(bothKept(m, mask(n, 0.5, 3, 6, 1), n) - 0.25));
    worst = Math.max(worst, Math.abs(bothKept(m, mask(n, 0.5, 3, 5, 2), n) - 0.25));
    for (let lag = 1; lag <= 16; lag++) {
      worst = Math.max(worst, Math.abs(bothKept(m, m + (lag << 2), n - lag) - 0.25));
    }
    expect(worst).toBeLessThan(0.01);
  });
});

describe('shuffle', () => {
  test('gives permutations, the same for the same seed and epoch only', () => {
    let failures = 0;
    for (let n = 0; n < 70; n++) {
      const index = guardedBytes(n << 2);
      shuffle(index, n, 1, 2);
      const seen = guardedBytes(n);
      memory.fill(seen, 0, n);
      for (let i = 0; i < n; i++) {
        const value = load<u32>(index + (i << 2));
        if (value >= <u32>n || load<u8>(seen + value) != 0) failures++;
        else store<u8>(seen + value, 1);
      }
      if (!checkGuardsBytes(index, n << 2)) failures++;
    }
    expect(failures).toBe(0);
    const a = guardedBytes(400);
    const b = guardedBytes(400);
    shuffle(a, 100, 1, 2);
    shuffle(b, 100, 1, 2);
    expect(memory.compare(a, b, 400)).toBe(0);
    shuffle(b, 100, 1, 3);
    expect(memory.compare(a, b, 400)).not.toBe(0);
    shuffle(b, 100, 2, 2);
    expect(memory.compare(a, b, 400)).not.toBe(0);
  });

  test('every order of four is equally likely', () => {
    const counts = guardedBytes(1024);
    memory.fill(counts, 0, 1024);
    const index = guardedBytes(16);
    const draws = 48000;
    for (let epoch = 0; epoch < draws; epoch++) {
      shuffle(index, 4, 9, epoch);
      const order =
        load<u32>(index) | (load<u32>(index + 4) << 2) | (load<u32>(index + 8) << 4) | (load<u32>(index + 12) << 6);
      store<u32>(counts + (order << 2), load<u32>(counts + (order << 2)) + 1);
    }
    let orders = 0;
    let worst: f64 = 0;
    for (let i = 0; i < 256; i++) {
      const count = load<u32>(counts + (i << 2));
      if (count == 0) continue;
      orders++;
      worst = Math.max(worst, Math.abs(<f64>count - 2000));
    }
    expect(orders).toBe(24);
    // σ = √(48000·(1/24)·(23/24)) = 44
    expect(worst).toBeLessThan(200);
  });
});
