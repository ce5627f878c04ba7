import { describe, expect, test } from 'vitest';
import { diagnose, layers, losses, optimizers, sequential } from '../../../src/index.js';
import { flowers, mlp, oneHot, plane, regression, seeds, spirals, told } from '../patients.js';

describe('targets and labels', () => {
  test.each(seeds)('targets that the output cannot reach (%i)', (seed) => {
    const { x, y } = plane(seed);
    for (const output of ['sigmoid', 'relu', 'tanh'] as const) {
      const [first] = diagnose(
        regression(mlp(4, [16], 1, { output, seed })),
        x,
        y.map(([t]) => [t * 1.5]),
      );
      expect(first).toMatchObject({ problem: 'target-range-mismatch', layer: 'dense_1' });
      expect(first.remedies[0]).toMatchObject({ remedy: 'change-output-activation' });
    }
    expect(
      told(
        regression(mlp(4, [16], 1, { output: 'tanh', seed })),
        x,
        y.map(([t]) => [Math.tanh(t)]),
      ),
    ).toEqual([]);
    expect(
      told(
        regression(mlp(4, [16], 1, { output: 'sigmoid', seed })),
        x,
        y.map(([t]) => [1 / (1 + Math.exp(-t))]),
      ),
    ).toEqual([]);
    expect(
      told(
        regression(mlp(4, [16], 1, { output: 'softplus', seed })),
        x,
        y.map(([t]) => [Math.exp(t)]),
      ),
    ).toEqual([]);
  });

  test('the range of an output that is scaled or shifted is known', () => {
    const { x, y } = plane(1);
    const net = () =>
      sequential({
        layers: [
          layers.dense({ units: 1, activation: 'sigmoid', inputShape: [4] }),
          layers.rescaling({ scale: 6, offset: -3 }),
        ],
      });
    expect(
      told(
        regression(net(), 0.01),
        x,
        y.map(([t]) => [Math.max(-2.9, Math.min(2.9, t))]),
      ),
    ).toEqual([]);
    expect(
      told(
        regression(net(), 0.01),
        x,
        y.map(([t]) => [t + 3]),
      ),
    ).toEqual(['target-range-mismatch']);
  });

  test.each(seeds)('large regression targets (%i)', (seed) => {
    const { x, y } = plane(seed);
    const [first] = diagnose(
      regression(mlp(4, [32, 32], 1, { seed })),
      x,
      y.map(([t]) => [t * 200 + 1000]),
    );
    expect(first.problem).toBe('target-range-mismatch');
    expect(first.remedies[0].remedy).toBe('scale-targets');
    // A single layer reaches targets of 10 in a moment.
    expect(
      told(
        mlp(4, [], 1, { seed }).compile({
          optimizer: optimizers.sgd({ learningRate: 0.1 }),
          loss: 'meanSquaredError',
        }),
        x,
        y.map(([t]) => [t * 10]),
      ),
    ).toEqual([]);
  });

  test('targets that are all the same', () => {
    const { x } = plane(1);
    expect(
      told(
        regression(mlp(4, [8], 1)),
        x,
        x.map(() => [3]),
      )[0],
    ).toBe('degenerate-labels');
    const classes = () =>
      mlp(4, [8], 3, { output: 'softmax' }).compile({
        optimizer: 'adam',
        loss: 'sparseCategoricalCrossentropy',
      });
    expect(
      told(
        classes(),
        x,
        x.map(() => 2),
      )[0],
    ).toBe('degenerate-labels');
  });

  test('more units than classes', () => {
    const { x, y } = flowers(1, 600);
    const net = (units: number) =>
      mlp(4, [16], units, { output: 'softmax' }).compile({
        optimizer: 'adam',
        loss: 'sparseCategoricalCrossentropy',
      });
    expect(told(net(20), x, y)).toEqual(['degenerate-labels']);
    expect(told(net(4), x, y)).toEqual([]);
  });

  test('a rare class', () => {
    const { x } = spirals(1, 1000);
    const net = () =>
      mlp(2, [16], 1, { output: 'sigmoid' }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
    const [first] = diagnose(
      net(),
      x,
      x.map((_, i) => [Number(i % 50 === 0)]),
    );
    expect(first).toMatchObject({
      problem: 'class-imbalance',
      severity: 'warning',
      evidence: { examplesPerClass: [980, 20], majorityClass: 0 },
    });
    expect(
      told(
        net(),
        x,
        x.map((_, i) => [Number(i % 5 === 0)]),
      ),
    ).toEqual([]);
  });

  test('targets that the loss refuses are told where the reason is plain', () => {
    const { x, y } = flowers(1);
    const net = (loss: ReturnType<typeof losses.binaryCrossentropy>, units = 3) =>
      mlp(4, [8], units, { output: units === 1 ? 'sigmoid' : 'softmax' }).compile({
        optimizer: 'adam',
        loss,
      });
    expect(told(net(losses.sparseCategoricalCrossentropy()), x, oneHot(y, 3))).toEqual([
      'loss-activation-mismatch',
    ]);
    expect(told(net(losses.categoricalCrossentropy()), x, y)).toEqual(['loss-activation-mismatch']);
    expect(told(net(losses.meanSquaredError()), x, y)).toEqual(['loss-activation-mismatch']);
    expect(told(net(losses.binaryCrossentropy(), 1), x, oneHot(y, 3))).toEqual(['degenerate-labels']);
    const [shifted] = diagnose(
      net(losses.sparseCategoricalCrossentropy()),
      x,
      y.map((label) => label + 1),
    );
    expect(shifted).toMatchObject({
      problem: 'degenerate-labels',
      remedies: [{ code: 'y = y.map((label) => label - 1);' }],
    });
    const [signs] = diagnose(
      net(losses.binaryCrossentropy(), 1),
      x,
      y.map((label) => [label === 0 ? -1 : 1]),
    );
    expect(signs).toMatchObject({
      problem: 'target-range-mismatch',
      remedies: [{ remedy: 'scale-targets' }],
    });
    expect(() =>
      diagnose(
        net(losses.categoricalCrossentropy()),
        x,
        x.map(() => [0.5]),
      ),
    ).toThrow();
    expect(() => diagnose(net(losses.binaryCrossentropy(), 1), [[1, 2]], [[1]])).toThrow(/shape/);
  });
});
