import { describe, expect, test } from 'vitest';
import { diagnose, type LossFunction, layers, ops, optimizers, sequential, tensor } from '../../src/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { mlp, plane, random, regression, told } from './patients.js';

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

  test('may be of any kind that fit takes', () => {
    const { normal } = random(8);
    const values = (...shape: number[]) =>
      tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, normal), shape);
    const { dense, dropout, flatten, layerNormalization } = layers;
    const [x, y] = [values(100, 3), values(100, 1)];
    const quiet = (stack: Layer[], loss: LossFunction | 'meanSquaredError' = 'meanSquaredError') =>
      sequential({ layers: stack }).compile({ optimizer: 'rmsprop', loss });
    expect(told(quiet([dense({ units: 1, inputShape: [3] })]), [[1, 2, 3]], [[1]])).toEqual([]);
    expect(told(quiet([dense({ units: 1 })]), x, y)).toEqual([]);
    expect(told(quiet([dense({ units: 1, inputShape: [3], trainable: false })]), x, y)).toEqual([]);
    expect(told(quiet([dropout({ rate: 0.3, inputShape: [3] }), dense({ units: 1 })]), x, y)).toEqual([]);
    expect(told(quiet([layerNormalization({ inputShape: [3] }), dense({ units: 1 })]), x, y)).toEqual([]);
    const absolute: LossFunction = (yTrue, yPred) => ops.abs(ops.sub(yPred, yTrue));
    expect(told(quiet([dense({ units: 1, inputShape: [3] })], absolute), x, y)).toEqual([]);
    const sequences = quiet([
      dense({ units: 8, activation: 'tanh', inputShape: [5, 3] }),
      dense({ units: 2 }),
    ]);
    expect(told(sequences, values(100, 5, 3), values(100, 5, 2))).toEqual([]);
    const square = quiet([flatten({ inputShape: [4, 4] }), dense({ units: 1 })]);
    expect(told(square, values(100, 4, 4), y)).toEqual([]);
  });
});
