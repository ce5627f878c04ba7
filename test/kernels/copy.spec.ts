import { stridedCopy } from '../../assembly/kernels/copy';
import { Opcode, StridedCopy } from '../../assembly/opcodes';
import {
  checkGuards,
  fill,
  get,
  guarded,
  identical,
  instruction,
  runSlices,
  sameBits,
  seed,
  setAddress,
  setInteger,
} from './support';

/** Runs a copy with dimensions d and strides s from a source of `size` elements, from element `start` on. */
function check(d: StaticArray<i32>, s: StaticArray<i32>, size: i32, start: i32 = 0): i32 {
  const n = d[0] * d[1] * d[2] * d[3];
  const x = guarded(size);
  fill(x, size);
  const out = guarded(n);
  const ip = instruction(Opcode.StridedCopy, 11);
  setAddress(ip, StridedCopy.x, x + (start << 2));
  setAddress(ip, StridedCopy.out, out);
  for (let i = 0; i < 4; i++) {
    setInteger(ip, StridedCopy.d0 + i, d[i]);
    setInteger(ip, StridedCopy.s0 + i, s[i]);
  }
  stridedCopy(ip, 0, 1);
  let failures = 0;
  let at = 0;
  for (let i0 = 0; i0 < d[0]; i0++) {
    for (let i1 = 0; i1 < d[1]; i1++) {
      for (let i2 = 0; i2 < d[2]; i2++) {
        for (let i3 = 0; i3 < d[3]; i3++) {
          const expected = get(x, start + i0 * s[0] + i1 * s[1] + i2 * s[2] + i3 * s[3]);
          if (!identical(get(out, at++), expected)) failures++;
        }
      }
    }
  }
  if (!checkGuards(out, n)) failures++;
  for (let threads = 2; threads <= 3; threads++) {
    const again = guarded(n);
    setAddress(ip, StridedCopy.out, again);
    runSlices(stridedCopy, ip, threads, true);
    if (!sameBits(out, again, n) || !checkGuards(again, n)) failures++;
  }
  return failures;
}

const SIZES: StaticArray<i32> = [0, 1, 3, 4, 5, 7, 8, 9, 16, 17, 31, 67];

describe('StridedCopy', () => {
  test('rows: contiguous, constant, spaced, backwards', () => {
    seed(8);
    let failures = 0;
    for (let i = 0; i < SIZES.length; i++) {
      const n = SIZES[i];
      failures += check([1, 1, 1, n], [0, 0, 0, 1], n);
      failures += check([1, 1, 3, n], [0, 0, n + 2, 1], 3 * n + 6);
      failures += check([1, 1, 1, n], [0, 0, 0, 0], 1);
      failures += check([2, 1, 3, n], [3, 0, 1, 0], 6);
      failures += check([1, 1, 1, n], [0, 0, 0, 3], 3 * n + 1);
      if (n > 0) failures += check([1, 1, 2, n], [0, 0, n, -1], 2 * n, n - 1);
    }
    expect(failures).toBe(0);
  });

  test('transposes of every shape', () => {
    seed(9);
    let failures = 0;
    for (let i = 0; i < SIZES.length; i++) {
      for (let j = 0; j < SIZES.length; j++) {
        const rows = SIZES[i];
        const columns = SIZES[j];
        failures += check([1, 1, rows, columns], [0, 0, 1, rows], rows * columns);
        // out of a wider matrix
        failures += check([1, 1, rows, columns], [0, 0, 1, rows + 3], (rows + 3) * columns);
      }
    }
    failures += check([2, 3, 9, 6], [162, 54, 1, 9], 324);
    expect(failures).toBe(0);
  });

  test('every permutation of four axes', () => {
    seed(10);
    const d: StaticArray<i32> = [2, 5, 7, 9];
    const s: StaticArray<i32> = [315, 63, 9, 1];
    let failures = 0;
    let permutations = 0;
    for (let code = 0; code < 256; code++) {
      const p0 = code & 3;
      const p1 = (code >> 2) & 3;
      const p2 = (code >> 4) & 3;
      const p3 = (code >> 6) & 3;
      if (((1 << p0) | (1 << p1) | (1 << p2) | (1 << p3)) != 15) continue;
      permutations++;
      failures += check([d[p0], d[p1], d[p2], d[p3]], [s[p0], s[p1], s[p2], s[p3]], 630);
    }
    expect(permutations).toBe(24);
    expect(failures).toBe(0);
  });
});
