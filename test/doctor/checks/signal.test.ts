import { describe, expect, test } from 'vitest';
import { diagnose, layers, type Sequential, sequential } from '../../../src/index.js';
import { mlp, seeds, spirals, told } from '../patients.js';

describe('signals', () => {
  const rings = (net: Sequential) => net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
  test.each(seeds)(
    'ten sigmoid layers let the gradient vanish; tanh and normalization do not (%i)',
    (seed) => {
      const { x, y } = spirals(seed);
      const deep = (activation: 'sigmoid' | 'tanh' | 'elu') =>
        rings(mlp(2, new Array(10).fill(8), 1, { activation, output: 'sigmoid', seed }));
      const [first, ...others] = diagnose(deep('sigmoid'), x, y);
      expect(first).toMatchObject({ problem: 'vanishing-gradient', layer: 'dense' });
      expect(first.explanation).toContain('chain rule');
      expect(first.remedies[0].code).toMatch(/^layers\.dense\({ units: 8, activation: 'relu'/);
      expect(others).toEqual([]);
      expect(told(deep('tanh'), x, y)).toEqual([]);
      expect(told(deep('elu'), x, y)).toEqual([]);
      const normalized = sequential({
        seed,
        layers: [
          ...Array.from({ length: 6 }, (_, i) => [
            layers.dense({ units: 8, ...(i === 0 ? { inputShape: [2] } : {}) }),
            layers.batchNormalization(),
            layers.activation({ activation: 'sigmoid' }),
          ]).flat(),
          layers.dense({ units: 1, activation: 'sigmoid' }),
        ],
      });
      expect(told(rings(normalized), x, y)).toEqual([]);
    },
  );

  test.each(seeds)('exponentials explode (%i)', (seed) => {
    const { x, y } = spirals(seed);
    const net = (depth: number, activation: 'exponential' | 'tanh') =>
      rings(mlp(2, new Array(depth).fill(6), 1, { activation, output: 'sigmoid', seed }));
    expect(told(net(9, 'exponential'), x, y)[0]).toBe('exploding-gradient');
    expect(told(net(9, 'tanh'), x, y)).toEqual([]);
  });

  test('a layer that nothing passes is dead', () => {
    const { x, y } = spirals(1);
    const net = rings(mlp(2, [6, 6, 6], 1, { output: 'sigmoid' }));
    const weights = net.getWeights();
    net.setWeights(
      weights.map((tensor, i) =>
        i === 2 ? { ...tensor, data: Float32Array.from(tensor.data, (v) => -Math.abs(v)) } : tensor,
      ),
    );
    const [first] = diagnose(net, x, y);
    expect(first).toMatchObject({ problem: 'dead-relu', layer: 'dense_1', severity: 'error' });
    expect(first.remedies[0].remedy).toBe('use-leaky-relu');
  });
});
