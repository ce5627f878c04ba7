import { describe, expect, test } from 'vitest';
import { diagnose, layers, optimizers, sequential } from '../../src/index.js';
import { mlp, plane, random, regression } from './patients.js';

describe('the model', () => {
  test('is left exactly as it was', async () => {
    const { x, y } = plane(1);
    const build = () => {
      const net = sequential({
        seed: 3,
        layers: [
          layers.dense({ units: 16, inputShape: [4] }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu' }),
          layers.dropout({ rate: 0.3 }),
          layers.dense({ units: 1 }),
        ],
      });
      return net.compile({
        optimizer: optimizers.adam({ learningRate: 0.5 }),
        loss: 'meanSquaredError',
        metrics: ['meanAbsoluteError'],
      });
    };
    const [seen, unseen] = [build(), build()];
    for (const net of [seen, unseen]) await net.fit(x, y, { epochs: 2, verbose: 0 });
    diagnose(seen, x, y);
    expect(seen.learningRate).toBe(0.5);
    for (const net of [seen, unseen]) await net.fit(x, y, { epochs: 2, verbose: 0 });
    expect(seen.getWeights()).toEqual(unseen.getWeights());
  });

  test('gets the same diagnosis every time', () => {
    const { uniform } = random(5);
    const x = Array.from({ length: 5000 }, () => [uniform() * 300, uniform()]);
    const y = x.map(([a, b]) => [Math.sin(a) + b]);
    const once = () => JSON.stringify(diagnose(regression(mlp(2, [8, 8], 1)), x, y));
    expect(once()).toBe(once());
  });

  test('must be compiled, and options be known ones', () => {
    const { x, y } = plane(1);
    expect(() => diagnose(mlp(4, [8], 1), x, y)).toThrow(/compile/);
    expect(() => diagnose(regression(mlp(4, [8], 1)), x, y, { batch: 3 } as never)).toThrow(/batch/);
    expect(() => diagnose(regression(mlp(4, [8], 1)), x, y, { batchSize: 0 })).toThrow(/batchSize/);
  });
});
