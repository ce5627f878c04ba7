/** Reads the reference numbers of test/golden, and compares with them. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Shape } from '../../src/graph/shape.js';

/** An array as the golden files store it; infinities and NaN are strings there. */
export interface GoldenArray {
  readonly name?: string;
  readonly shape: Shape;
  readonly data: readonly (number | string)[];
}

/** The cases of test/golden/<file>.json; README.md there says what is in them. */
export function goldenCases<Case>(file: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../golden/${file}.json`, import.meta.url), 'utf8')).cases;
}

export const floats = ({ data }: GoldenArray): Float32Array => Float32Array.from(data, Number);

/** A case's settings in its title: "units 3, activation relu". */
export const showConfig = (config: object): string =>
  Object.entries(config)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** |actual − expected| may be absolute + relative·|expected|. */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
}

/** Passes where all numbers are close; else names the one that is furthest off. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what = 'value',
  { absolute = 2e-6, relative = 1e-5 }: Tolerance = {},
): void {
  expect(actual.length, `${what}: number of elements`).toBe(expected.length);
  let worst = { i: -1, excess: 1 };
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const excess = Math.abs(actual[i] - expected[i]) / (absolute + relative * Math.abs(expected[i]));
    // Written so that NaN counts as too far.
    if (!(excess <= worst.excess)) worst = { i, excess };
    if (Number.isNaN(excess)) break;
  }
  const { i, excess } = worst;
  if (i >= 0) {
    expect.fail(
      `${what}[${i}] is ${actual[i]}, expected ${expected[i]}: ${excess.toFixed(2)} times the tolerance`,
    );
  }
}
