import { checkGuards, fill, get, guarded, seed, set, slicesCover, ulpError } from './support';

describe('support', () => {
  test('guards notice a write on either side', () => {
    const p = guarded(5);
    fill(p, 5);
    expect(checkGuards(p, 5)).toBe(true);
    store<u8>(p + 20, 0);
    expect(checkGuards(p, 5)).toBe(false);
    store<u8>(p + 20, 0xa5);
    set(p, -1, 0);
    expect(checkGuards(p, 5)).toBe(false);
  });

  test('the random sequence is seeded', () => {
    const p = guarded(2);
    seed(3);
    fill(p, 1);
    seed(3);
    fill(p + 4, 1);
    expect(get(p, 0)).toBe(get(p, 1));
  });

  test('ulpError counts neighbours', () => {
    expect(ulpError(1, 1)).toBe(0);
    expect(ulpError(reinterpret<f32>(reinterpret<u32>(<f32>1) + 3), 1)).toBe(3);
    expect(ulpError(Infinity, 1e39)).toBe(0);
    expect(ulpError(NaN, 1)).toBe(Infinity);
  });

  test('slices cover everything in order', () => {
    let failures = 0;
    for (let n = 0; n < 100; n++) {
      for (let threads = 1; threads <= 5; threads++) if (!slicesCover(n, 16, threads)) failures++;
    }
    expect(failures).toBe(0);
  });
});
