import { describe, expect, test } from 'vitest';
import { diagnose, optimizers } from '../../../src/index.js';
import { mlp, plane, regression, seeds, told } from '../patients.js';

describe('learning rate', () => {
  const sgd = (learningRate: number, momentum = 0) => optimizers.sgd({ learningRate, momentum });
  test.each(seeds)('too high and too low are tried out (%i)', (seed) => {
    const { x, y } = plane(seed);
    const net = (optimizer: ReturnType<typeof optimizers.adam> | ReturnType<typeof sgd>) =>
      mlp(4, [32, 32], 1, { seed, activation: 'tanh' }).compile({ optimizer, loss: 'meanSquaredError' });
    const [first] = diagnose(net(sgd(2)), x, y);
    expect(first).toMatchObject({ problem: 'learning-rate-too-high', severity: 'error' });
    expect(first.evidence.triedInstead).toBeLessThan(1);
    expect(first.remedies[0].code).toMatch(
      /^optimizer: optimizers\.sgd\({ learningRate: 0\.\d+, momentum: 0 }\),$/,
    );
    expect(told(net(optimizers.adam({ learningRate: 1e-6 })), x, y, { epochs: 20 })).toEqual([
      'learning-rate-too-low',
    ]);
    expect(told(net(sgd(0)), x, y)).toEqual(['learning-rate-too-low']);
    for (const optimizer of [
      sgd(0.01),
      sgd(0.05),
      sgd(0.02, 0.9),
      optimizers.adam(),
      optimizers.adam({ learningRate: 0.01 }),
    ])
      expect(told(net(optimizer), x, y, { epochs: 100 })).toEqual([]);
  });

  test('a low rate that tunes what has learned already is meant', async () => {
    const { x, y } = plane(3);
    const net = regression(mlp(4, [16], 1, { seed: 3 }), 0.01);
    await net.fit(x, y, { epochs: 20, verbose: 0, doctor: 'off' });
    net.compile({ optimizer: optimizers.adam({ learningRate: 1e-6 }), loss: 'meanSquaredError' });
    expect(told(net, x, y, { epochs: 20 })).toEqual([]);
  });

  test('inputs that are only somewhat large are the cause, where standardized ones do well', () => {
    const x = Array.from({ length: 60 }, (_, i) => [i / 4]);
    const net = mlp(1, [], 1).compile({
      optimizer: optimizers.sgd({ learningRate: 0.05 }),
      loss: 'meanSquaredError',
    });
    const [first, second] = diagnose(
      net,
      x,
      x.map(([v]) => [0.2 * v]),
    );
    expect([first.problem, second.problem]).toEqual(['unscaled-inputs', 'learning-rate-too-high']);
    expect(first.evidence.lossAfterIfStandardized).toBeLessThan(1);
  });
});
