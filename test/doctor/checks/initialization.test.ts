import { describe, expect, test } from 'vitest';
import { diagnose, initializers, layers, optimizers, sequential } from '../../../src/index.js';
import { mlp, plane, regression, seeds, told } from '../patients.js';

describe('initialization', () => {
  const { constant, randomNormal } = initializers;
  test.each(seeds)('kernels that are all alike, too large, too small; biases far below 0 (%i)', (seed) => {
    const { x, y } = plane(seed);
    const net = (dense: object, hidden = [32, 32, 32]) => regression(mlp(4, hidden, 1, { seed, dense }));
    for (const [name, dense] of Object.entries({
      alike: { kernelInitializer: constant({ value: 0.05 }) },
      zeros: { kernelInitializer: 'zeros' },
      large: { kernelInitializer: randomNormal({ stddev: 2 }) },
      small: { kernelInitializer: randomNormal({ stddev: 1e-3 }) },
      buried: { biasInitializer: constant({ value: -8 }) },
    })) {
      const [first] = diagnose(net(dense), x, y);
      expect(first, name).toMatchObject({ problem: 'poor-initialization' });
      expect(first.remedies[0].code, name).toContain('layers.dense({ units: 32');
    }
    for (const dense of [
      {},
      { kernelInitializer: 'heNormal' },
      { kernelInitializer: 'orthogonal' },
      { kernelInitializer: randomNormal({ stddev: 0.2 }) },
      { biasInitializer: constant({ value: 0.1 }) },
    ]) {
      expect(told(net(dense), x, y)).toEqual([]);
    }
  });

  test('a single layer may begin at zeros', () => {
    const { x, y } = plane(1);
    const net = sequential({
      layers: [layers.dense({ units: 1, kernelInitializer: 'zeros', inputShape: [4] })],
    });
    expect(
      told(net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' }), x, y),
    ).toEqual([]);
  });
});
