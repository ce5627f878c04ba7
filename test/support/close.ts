/** How far computed numbers are from the right ones. */
import { expect } from 'vitest';

/**
 * Passes where each number is off by at most `tolerance`, relative to its own size plus the mean size of
 * all: sums of terms that cancel are as exact as their terms are large.
 */
export function expectNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  const size =
    Array.from(expected, Math.abs).reduce((sum, v) => sum + (Number.isFinite(v) ? v : 0), 0) /
    expected.length;
  expect(actual.length, `${what}: number of elements`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (Object.is(a, e) || a === e) continue;
    const error = Math.abs(a - e) / (Math.abs(e) + size);
    // Written so that NaN counts as too far.
    if (!(error <= tolerance))
      expect.fail(`${what}: element ${i} is ${a}, expected ${e}: off by ${error.toExponential(2)}`);
  }
}
