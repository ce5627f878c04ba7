/** The distribution of every initializer against Keras': defaults, mean, deviation and bounds. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { initializers } from '../../src/index.js';
import type { Initializer } from '../../src/initializers/initializer.js';
import { fansOf } from '../../src/initializers/varianceScaling.js';
import { words } from '../../src/ops/philox.js';
import { showConfig } from '../support/golden.js';

interface Statistics {
  readonly mean: number;
  readonly stddev: number;
  /** Bounds; null where there are none. */
  readonly min: number | null;
  readonly max: number | null;
}

interface Case {
  readonly initializer: keyof typeof initializers;
  readonly config: object;
  readonly keras: { readonly defaults: Record<string, number | string> };
  readonly kind: string;
  readonly shape: readonly number[];
  readonly analytic: Statistics;
  /** Five standard errors, for a draw of this shape. */
  readonly tolerance: { readonly mean: number; readonly stddev: number };
}

const file = new URL('../golden/initializers.json', import.meta.url);
const { cases, fans } = JSON.parse(readFileSync(file, 'utf8')) as {
  cases: Case[];
  fans: { shape: number[]; fanIn: number; fanOut: number }[];
};

const make = (name: keyof typeof initializers, config: object): Initializer =>
  (initializers[name] as (config: object) => Initializer)(config);

test.each(fans)('fans of $shape', ({ shape, fanIn, fanOut }) => {
  expect(fansOf(shape)).toEqual({ fanIn, fanOut });
});

test('every initializer is covered', () => {
  expect(new Set(Object.keys(initializers))).toEqual(new Set(cases.map(({ initializer }) => initializer)));
});

describe.each(
  cases.map((golden) => ({ title: `${golden.initializer}(${showConfig(golden.config)})`, ...golden })),
)('$title', (golden) => {
  const { initializer, config, shape, analytic, tolerance } = golden;

  test('has the name', () => expect(make(initializer, config).name).toBe(initializer));

  test.each([0, 1, 12345])('with seed %i', (seed) => {
    const values = Float64Array.from(make(initializer, config).values(shape, words(seed, 3)));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - analytic.mean)).toBeLessThanOrEqual(tolerance.mean);
    expect(Math.abs(Math.sqrt(variance) - analytic.stddev)).toBeLessThanOrEqual(tolerance.stddev);
    // Bounds hold up to the rounding to f32.
    const slack = 1e-7 * (Math.abs(analytic.mean) + analytic.stddev);
    const [min, max] = [Math.min(...values.slice(0, 30000)), Math.max(...values.slice(0, 30000))];
    if (analytic.min !== null) expect(min).toBeGreaterThanOrEqual(analytic.min - slack);
    if (analytic.max !== null) expect(max).toBeLessThanOrEqual(analytic.max + slack);
    // A distribution that has bounds comes close to them; one that has none goes far.
    if (golden.kind === 'uniform') expect(max - min).toBeGreaterThan(3.46 * analytic.stddev);
    if (golden.kind === 'truncatedNormal') expect(max - min).toBeGreaterThan(4.5 * analytic.stddev);
    if (golden.kind === 'normal') expect(max - min).toBeGreaterThan(7 * analytic.stddev);
  });
});

test.each(cases.filter(({ config }) => Object.keys(config).length === 0))(
  "$initializer has Keras' defaults",
  (golden) => {
    // Keras' own defaults, spelt as here, give the same values as no settings at all.
    const camel = (text: string) => text.replace(/_./g, ([, letter]) => letter.toUpperCase());
    const defaults = Object.fromEntries(
      Object.entries(golden.keras.defaults).map(([key, value]) => [
        camel(key),
        typeof value === 'string' ? camel(value) : value,
      ]),
    );
    const draw = (config: object) => make(golden.initializer, config).values([20, 30], words(9, 0));
    expect(draw(defaults)).toEqual(draw({}));
  },
);
