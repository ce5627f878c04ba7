import { applyFunction, slopeFunction } from '../../assembly/functions';
import { matmul } from '../../assembly/kernels/matmul';
import { isSparse, sparseProduct } from '../../assembly/kernels/matmul/sparse';
import { workBytes } from '../../assembly/matmul-work';
import { Epilogue, Fn, Matmul, MatmulKind, Opcode } from '../../assembly/opcodes';
import {
  fill, fillSpecials, get, identical, instruction, random, randomInteger, sameBits, seed, set, setAddress, setFloat,
  setInteger,
} from './support';

/** Below, at and above the widths of tiles and vectors. */
const SIZES: StaticArray<i32> = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 33];
/** Several passes over k, several groups of panels, copied blocks of A, batches of dense layers. */
const LARGE: StaticArray<i32> = [
  32, 128, 784, 128, 10, 512, 7, 13, 600, 9, 1, 700, 1, 9, 700, 64, 65, 100, 3, 300, 10, 1024, 10, 20, 1024, 17, 300,
  1024, 1, 9, 1, 70, 257, 5, 8, 256, 66, 29, 300, 65, 12, 260, 70, 27, 2, 35, 11, 800, 40, 2, 500, 37, 100, 4,
];
/** [m, n, k] with epilogues: each of the ways that products are computed in, with something left over. */
const SHAPES: StaticArray<i32> = [1, 23, 7, 3, 5, 2, 12, 1, 20, 1, 2, 0, 6, 22, 300, 9, 21, 3, 19, 7, 30];
/** Sizes with which zeros are skipped: just so, rows, columns and terms left over, several passes, more entries and rows than lists hold. */
const SKIPPING: StaticArray<i32> = [
  16, 32, 16, 17, 33, 19, 23, 100, 300, 70, 50, 600, 64, 81, 257, 200, 48, 512, 650, 99, 18,
];
/** Rows and columns of the tiles that an engine may choose from. */
const TILES: StaticArray<i32> = [5, 8, 6, 8, 5, 16, 6, 16];
const WORDS = 16;
const THREADS = 4;
const ALPHA: f32 = 0.25;
const GAP: usize = 64;
const SENTINEL: u8 = 0xa5;

const slab = heap.alloc(1 << 24);
const ip = instruction(Opcode.Matmul, WORDS);
let end: usize = slab;

/** Room for the operand `field` in the slab, behind a gap of sentinels; random if `count` f32 are asked for. */
function place(field: i32, count: i32, bytes: i32 = 0): usize {
  memory.fill(end, SENTINEL, GAP);
  const start = end + GAP;
  fill(start, count);
  memory.fill(start + (<usize>count << 2), 0xff, bytes);
  end = start + (<usize>count << 2) + bytes;
  memory.fill(end, SENTINEL, GAP);
  setAddress(ip, field, start);
  return start;
}

/** A product with random operands, `shift` f32 off the alignment of 16. */
function product(kind: i32, m: i32, n: i32, k: i32, epilogue: i32, fn: i32, shift: i32): void {
  end = ((slab + 15) & ~15) + (<usize>shift << 2);
  place(Matmul.a, m * k);
  place(Matmul.b, k * n);
  place(Matmul.bias, n);
  place(Matmul.saved, m * n);
  place(Matmul.out, 0, (m * n) << 2);
  place(Matmul.work, 0, THREADS * <i32>workBytes(kind, m, n, k));
  setInteger(ip, Matmul.kind, kind);
  setInteger(ip, Matmul.m, m);
  setInteger(ip, Matmul.n, n);
  setInteger(ip, Matmul.k, k);
  setInteger(ip, Matmul.epilogue, epilogue);
  setInteger(ip, Matmul.fn, fn);
  setFloat(ip, Matmul.alpha, ALPHA);
  setTile(0);
}

function setTile(t: i32): void {
  setInteger(ip, Matmul.tileRows, TILES[t]);
  setInteger(ip, Matmul.tileColumns, TILES[t + 1]);
}

function operand(field: i32): usize {
  return load<u32>(ip + (<usize>field << 2));
}

/** Whether nothing but the operands was written (inputs are checked by the results). */
function gapsIntact(m: i32, n: i32): bool {
  const out = operand(Matmul.out);
  for (let i: usize = 1; i <= GAP; i++) {
    if (load<u8>(out - i) != SENTINEL || load<u8>(operand(Matmul.work) - i) != SENTINEL) return false;
    if (load<u8>(out + (<usize>(m * n) << 2) + i - 1) != SENTINEL || load<u8>(end + i - 1) != SENTINEL) return false;
  }
  return true;
}

/** How many of the sums differ from f64 ones by more than k roundings. */
function wrongSums(kind: i32, m: i32, n: i32, k: i32): i32 {
  const a = operand(Matmul.a);
  const b = operand(Matmul.b);
  let wrong = 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum: f64 = 0;
      let size: f64 = 0;
      for (let p = 0; p < k; p++) {
        const term =
          <f64>get(a, kind == MatmulKind.TN ? p * m + i : i * k + p) *
          <f64>get(b, kind == MatmulKind.NT ? j * k + p : p * n + j);
        sum += term;
        size += Math.abs(term);
      }
      const error = Math.abs(<f64>get(operand(Matmul.out), i * n + j) - sum);
      if (!(error <= <f64>(k + 1) * 0.00000006 * size)) wrong++;
    }
  }
  return wrong;
}

/** Whether every tile and number of threads, the threads in any order, writes the bits that are in out now. */
function sameForAll(m: i32, n: i32): bool {
  const out = operand(Matmul.out);
  const one = end + GAP;
  memory.copy(one, out, <usize>(m * n) << 2);
  for (let t = 0; t < TILES.length; t += 2) {
    setTile(t);
    for (let threads = 1; threads <= THREADS; threads++) {
      memory.fill(out, 0xff, <usize>(m * n) << 2);
      for (let thread = threads - 1; thread >= 0; thread--) matmul(ip, thread, threads);
      if (!sameBits(out, one, m * n)) return false;
    }
  }
  setTile(0);
  return true;
}

/** Makes all but about a share of A zeros, of either sign; of a negative share, all but one number. */
function thin(count: i32, share: f64): void {
  const a = operand(Matmul.a);
  const kept = randomInteger(count);
  for (let i = 0; i < count; i++) {
    if (share < 0 ? i != kept : random() >= share) set(a, i, i & 1 ? 0 : -0.0);
  }
}

/** Writes the product of few rows at a time, with which no zeros are skipped, behind the operands; its address. */
function tiled(kind: i32, m: i32, n: i32, k: i32): usize {
  const rows = end + GAP;
  const out = rows + (<usize>(m * k) << 2);
  const a = operand(Matmul.a);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) set(rows, i * k + p, get(a, kind == MatmulKind.TN ? p * m + i : i * k + p));
  }
  const few = instruction(Opcode.Matmul, WORDS);
  memory.copy(few, ip, WORDS << 2);
  if (kind == MatmulKind.TN) setInteger(few, Matmul.kind, MatmulKind.NN);
  for (let i = 0; i < m; i += 8) {
    setAddress(few, Matmul.a, rows + (<usize>(i * k) << 2));
    setAddress(few, Matmul.out, out + (<usize>(i * n) << 2));
    setInteger(few, Matmul.m, min(8, m - i));
    matmul(few, 0, 1);
  }
  return out;
}

function failures(kind: i32, m: i32, n: i32, k: i32): i32 {
  product(kind, m, n, k, Epilogue.None, Fn.Linear, (m + n + k) & 3);
  matmul(ip, 0, 1);
  const wrong = wrongSums(kind, m, n, k);
  return wrong + (sameForAll(m, n) && gapsIntact(m, n) ? 0 : 1);
}

/** How many elements differ from the epilogue taken, one by one, of the sums without it. */
function wrongEpilogues(kind: i32, m: i32, n: i32, k: i32, epilogue: i32, fn: i32, withBias: bool, share: f64 = 1): i32 {
  product(kind, m, n, k, epilogue, fn, k & 3);
  if (share < 1) thin(m * k, share);
  const bias = operand(Matmul.bias);
  if (!withBias) setAddress(ip, Matmul.bias, 0);
  setInteger(ip, Matmul.epilogue, Epilogue.None);
  matmul(ip, 0, 1);
  const out = operand(Matmul.out);
  const sums = end + GAP + (<usize>(m * n) << 2);
  memory.copy(sums, out, <usize>(m * n) << 2);
  setInteger(ip, Matmul.epilogue, epilogue);
  matmul(ip, 0, 1);
  let wrong = 0;
  for (let i = 0; i < m * n; i++) {
    let x = f32x4.splat(get(sums, i));
    if (epilogue == Epilogue.Activate) {
      if (withBias) x = f32x4.add(x, f32x4.splat(get(bias, i % n)));
      x = applyFunction(fn, x, ALPHA);
    } else {
      x = f32x4.mul(x, slopeFunction(fn, f32x4.splat(get(operand(Matmul.saved), i)), ALPHA));
    }
    if (!identical(get(out, i), f32x4.extract_lane(x, 0))) wrong++;
  }
  return wrong + (sameForAll(m, n) && gapsIntact(m, n) ? 0 : 1);
}

describe('matmul', () => {
  test('sums of every small shape and kind, for any tile and number of threads', () => {
    seed(1);
    let wrong = 0;
    for (let kind = 0; kind <= MatmulKind.NT; kind++) {
      for (let i = 0; i < SIZES.length; i++) {
        for (let j = 0; j < SIZES.length; j++) {
          for (let p = 0; p < SIZES.length; p++) wrong += failures(kind, SIZES[i], SIZES[j], SIZES[p]);
        }
      }
    }
    expect(wrong).toBe(0);
  });

  test('sums of large shapes', () => {
    seed(2);
    let wrong = 0;
    for (let kind = 0; kind <= MatmulKind.NT; kind++) {
      for (let s = 0; s < LARGE.length; s += 3) wrong += failures(kind, LARGE[s], LARGE[s + 1], LARGE[s + 2]);
    }
    expect(wrong).toBe(0);
  });

  test('epilogues have the bits of bias, function and slope applied to the sums', () => {
    seed(3);
    let wrong = 0;
    for (let fn = 0; fn <= Fn.Offset; fn++) {
      for (let kind = 0; kind <= MatmulKind.NT; kind++) {
        for (let s = 0; s < SHAPES.length; s += 3) {
          const m = SHAPES[s];
          const n = SHAPES[s + 1];
          const k = SHAPES[s + 2];
          wrong += wrongEpilogues(kind, m, n, k, Epilogue.Activate, fn, true);
          wrong += wrongEpilogues(kind, m, n, k, Epilogue.Activate, fn, false);
          wrong += wrongEpilogues(kind, m, n, k, Epilogue.Differentiate, fn, false);
        }
      }
    }
    expect(wrong).toBe(0);
  });

  test('an element is the same in a product of any shape', () => {
    // The tile, the panel and the path an element falls into depend on the shape; its bits must not.
    seed(4);
    const k = 300;
    product(MatmulKind.NN, 7, 21, k, Epilogue.None, Fn.Linear, 0);
    matmul(ip, 0, 1);
    let wrong = 0;
    for (let i = 0; i < 7; i++) {
      const a = operand(Matmul.a) + (<usize>(i * k) << 2);
      const row = end + GAP;
      const single = instruction(Opcode.Matmul, WORDS);
      memory.copy(single, ip, WORDS << 2);
      setAddress(single, Matmul.a, a);
      setAddress(single, Matmul.out, row);
      setInteger(single, Matmul.m, 1);
      matmul(single, 0, 1);
      if (!sameBits(row, operand(Matmul.out) + (<usize>(i * 21) << 2), 21)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test('skipping zeros gives the bits of tiles, for any tile and number of threads', () => {
    seed(5);
    let wrong = 0;
    for (let kind = 0; kind <= MatmulKind.NT; kind++) {
      for (let s = 0; s < SKIPPING.length; s += 3) {
        const m = SKIPPING[s];
        const n = SKIPPING[s + 1];
        const k = SKIPPING[s + 2];
        for (let percent = -10; percent <= 50; percent += 20) {
          product(kind, m, n, k, Epilogue.None, Fn.Linear, (m + n + k) & 3);
          thin(m * k, <f64>percent / 100);
          matmul(ip, 0, 1);
          wrong += wrongSums(kind, m, n, k);
          if (!sameBits(operand(Matmul.out), tiled(kind, m, n, k), m * n)) wrong++;
          if (!sameForAll(m, n) || !gapsIntact(m, n)) wrong++;
        }
      }
    }
    expect(wrong).toBe(0);
  });

  test('skipping zeros, what is not finite in B is met by every zero, and what is not in A by B', () => {
    seed(6);
    let wrong = 0;
    for (let kind = 0; kind <= MatmulKind.NT; kind++) {
      for (let where = 0; where < 4; where++) {
        const m = 37;
        const n = 83;
        const k = 290;
        product(kind, m, n, k, Epilogue.None, Fn.Linear, 1);
        if (where == 3) fillSpecials(operand(Matmul.a), m * k);
        thin(m * k, 0.4);
        const at = where == 0 ? 0 : where == 1 ? n * k - 1 : randomInteger(n * k);
        if (where < 3) set(operand(Matmul.b), at, where == 0 ? NaN : where == 1 ? Infinity : -Infinity);
        matmul(ip, 0, 1);
        if (!sameBits(operand(Matmul.out), tiled(kind, m, n, k), m * n)) wrong++;
        if (!sameForAll(m, n) || !gapsIntact(m, n)) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  test('skipping zeros, epilogues have the bits of bias, function and slope applied to the sums', () => {
    seed(7);
    let wrong = 0;
    for (let kind = 0; kind <= MatmulKind.NT; kind++) {
      for (let fn = 0; fn <= Fn.Relu; fn++) {
        wrong += wrongEpilogues(kind, 21, 85, 300, Epilogue.Activate, fn, true, 0.3);
        wrong += wrongEpilogues(kind, 21, 85, 300, Epilogue.Differentiate, fn, false, 0.3);
      }
    }
    expect(wrong).toBe(0);
  });

  test('it is the data that decide whether zeros are skipped', () => {
    seed(8);
    product(MatmulKind.NN, 40, 50, 70, Epilogue.None, Fn.Linear, 0);
    const a = operand(Matmul.a);
    const work = operand(Matmul.work);
    const b = operand(Matmul.b);
    expect(isSparse(a, 40, 70, 0.6)).toBe(false);
    thin(40 * 70, 0.5);
    expect(isSparse(a, 40, 70, 0.6)).toBe(true);
    expect(isSparse(a, 40, 70, 0.3)).toBe(false);
    expect(sparseProduct(ip, a, false, b, false, work, 40, 50, 70, 0, 1)).toBe(true);
    set(b, 69 * 50 + 49, NaN);
    expect(sparseProduct(ip, a, false, b, false, work, 40, 50, 70, 1, 2)).toBe(false);
  });
});
