import { describe, expect, test } from 'vitest';
import { diagnose, layers, sequential } from '../../../src/index.js';
import { flowers, mlp, pictures, plane, regression, seeds, told } from '../patients.js';

describe('inputs', () => {
  test.each(seeds)('features of very different size are told, and standardized ones are not (%i)', (seed) => {
    const { x, y } = plane(seed);
    const uneven = x.map((row) => row.map((v, j) => v * 1000 ** (j - 1)));
    const [first] = diagnose(regression(mlp(4, [32, 32], 1, { seed })), uneven, y);
    expect(first).toMatchObject({ problem: 'unscaled-inputs', layer: 'dense', step: 0, epoch: 0 });
    expect(first.evidence.ratio).toBeGreaterThan(1e7);
    expect(first.remedies[0].code).toContain('(value - mean[j]) / std[j]');
    expect(told(regression(mlp(4, [32, 32], 1, { seed })), x, y)).toEqual([]);
  });

  test.each(seeds)('bytes are told unless a layer brings them into range (%i)', (seed) => {
    const { x, y } = pictures(seed);
    const net = (...first: ReturnType<typeof layers.rescaling | typeof layers.batchNormalization>[]) =>
      sequential({
        seed,
        layers: [
          ...first,
          layers.dense({
            units: 16,
            activation: 'relu',
            ...(first.length === 0 ? { inputShape: [64] } : {}),
          }),
          layers.dense({ units: 1, activation: 'sigmoid' }),
        ],
      }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
    const [first] = diagnose(net(), x, y);
    expect(first.problem).toBe('unscaled-inputs');
    expect(first.remedies[0].code).toContain('layers.rescaling({ scale: 1 / 255, inputShape: [64] })');
    expect(told(net(layers.rescaling({ scale: 1 / 255, inputShape: [64] })), x, y)).toEqual([]);
    expect(told(net(layers.batchNormalization({ inputShape: [64] })), x, y)).toEqual([]);
  });

  test('centimetres of flowers are fine as they are', () => {
    for (const seed of seeds) {
      const { x, y } = flowers(seed);
      expect(
        told(
          mlp(4, [16, 16], 3, { output: 'softmax', seed }).compile({
            optimizer: 'adam',
            loss: 'sparseCategoricalCrossentropy',
          }),
          x,
          y,
        ),
      ).toEqual([]);
    }
  });

  test('a year needs its mean taken away', () => {
    const { x, y } = plane(1);
    const years = x.map(([a, b, c, d]) => [a, b, c, 2000 + d * 3]);
    expect(told(regression(mlp(4, [16], 1)), years, y)[0]).toBe('unscaled-inputs');
  });

  test('a large column that never changes is told, and its mean printed as exactly as its spread asks for', () => {
    const { x, y } = plane(1);
    const constant = x.map(([a, b, c]) => [a, b, c, 1e5]);
    const [first] = diagnose(regression(mlp(4, [16], 1)), constant, y);
    expect(first).toMatchObject({ problem: 'unscaled-inputs', evidence: { feature: 3, mean: 1e5 } });
    const seconds = x.map(([a, b, c, d]) => [a, b, c, 123_456 + 30 * d]);
    const { code } = diagnose(regression(mlp(4, [16], 1)), seconds, y)[0].remedies[0];
    const cured = new Function('x', `${code}\nreturn x;`)(seconds) as number[][];
    const mean = cured.reduce((sum, row) => sum + row[3], 0) / cured.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(told(regression(mlp(4, [16], 1)), cured, y)).toEqual([]);
  });

  test('examples that are all the same are told; a constant column is not', () => {
    const { x, y } = plane(2);
    expect(
      told(
        regression(mlp(4, [16], 1)),
        x.map(() => [1, 2, 3, 4]),
        y,
      ),
    ).toContain('constant-inputs');
    expect(
      told(
        regression(mlp(4, [16], 1)),
        x.map(([a, b, c]) => [a, b, c, 1]),
        y,
      ),
    ).toEqual([]);
  });
});
