/** Every loss and its gradient against Keras. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from '../../src/compile/differentiate.js';
import { init, losses } from '../../src/index.js';
import type { Loss } from '../../src/losses/loss.js';
import { mean } from '../../src/ops/sum.js';
import { expectClose, floats, type GoldenArray, goldenCases, showConfig } from '../support/golden.js';
import { given, run } from '../support/run.js';

interface Case {
  readonly loss: keyof typeof losses;
  readonly name: string;
  readonly config: object;
  /** Indices where the derivative is a convention. */
  readonly kinks: readonly number[];
  readonly yTrue: GoldenArray;
  readonly yPred: GoldenArray;
  /** In f64. valueFloat32, where Keras in f32 is less exact, is not needed: 1 − p is clipped by itself here. */
  readonly value: number;
  readonly gradient: GoldenArray;
}

const cases = goldenCases<Case>('losses').map((golden) => ({
  title: `${golden.loss}(${showConfig(golden.config)}) of ${golden.name}`,
  ...golden,
}));

test('every loss is covered', () => {
  const covered = new Set<string>(cases.map(({ loss }) => loss));
  expect(Object.keys(losses).filter((name) => !covered.has(name))).toEqual(['mse', 'mae']);
  expect([losses.mse, losses.mae]).toEqual([losses.meanSquaredError, losses.meanAbsoluteError]);
});

describe.each(['fast', 'portable'] as const)('%s numerics', (numerics) => {
  beforeAll(() => init({ numerics }));
  afterAll(() => init());

  test.each(cases)('$title', ({ loss, config, kinks, yTrue, yPred, value, gradient }) => {
    const { name, call } = (losses[loss] as (config: object) => Loss)(config);
    const prediction = given(floats(yPred), yPred.shape);
    const perExample = call(given(floats(yTrue), yTrue.shape), prediction);
    const total = mean(perExample);
    const [actual, slope] = run([total, ...differentiate(total, [prediction])]);
    expect(name).toBe(loss);
    expect(perExample.shape).toEqual(yPred.shape.slice(0, -1));
    expectClose(actual, [value]);

    // An error of exactly 0 has slope 0 here, as in PyTorch and TensorFlow; stored is JAX's 1.
    const expected = floats(gradient);
    for (const i of kinks) {
      expect(slope[i]).toBeCloseTo(0, 10);
      expected[i] = slope[i];
    }
    expectClose(slope, expected, 'gradient');
  });
});
