/** Every metric against Keras, batch by batch. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TensorLike } from '../../src/data/tensor.js';
import { init, layers, metrics, sequential, tensor } from '../../src/index.js';
import type { Metric } from '../../src/metrics/metric.js';
import { mean } from '../../src/ops/sum.js';
import { expectClose, floats, type GoldenArray, goldenCases, showConfig } from '../support/golden.js';
import { given, run } from '../support/run.js';

interface Case {
  readonly metric: keyof typeof metrics;
  readonly config: object;
  readonly name: string;
  /** result: over this batch and all before it. */
  readonly batches: readonly { yTrue: GoldenArray; yPred: GoldenArray; result: number }[];
}

const cases = goldenCases<Case>('metrics').map((golden) => ({
  title: `${golden.metric}(${showConfig(golden.config)}): ${golden.name}`,
  ...golden,
}));

test('every metric is covered', () => {
  const covered = new Set<string>(cases.map(({ metric }) => metric));
  expect(Object.keys(metrics).filter((name) => !covered.has(name))).toEqual([
    'accuracy',
    'acc',
    'mse',
    'mae',
  ]);
});

const make = ({ metric, config }: Case): Metric => (metrics[metric] as (config: object) => Metric)(config);

const asTensor = (array: GoldenArray): TensorLike => tensor(floats(array), array.shape);

describe.each(['fast', 'portable'] as const)('%s numerics', (numerics) => {
  beforeAll(() => init({ numerics }));
  afterAll(() => init());

  test.each(cases)('$title', (golden) => {
    const { name, call } = make(golden);
    expect(name).toBe(golden.metric);
    let [total, count] = [0, 0];
    for (const { yTrue, yPred, result } of golden.batches) {
      const [[value]] = run([
        mean(call(given(floats(yTrue), yTrue.shape), given(floats(yPred), yPred.shape))),
      ]);
      total += value * yPred.shape[0];
      count += yPred.shape[0];
      // Keras averages over all numbers that it has seen, so that rows of two count as much as rows of three.
      expectClose([total / count], [result]);
    }
  });
});

test.each(cases.filter(({ batches: [{ yPred }] }) => yPred.shape.length === 2))(
  '$title, in a model',
  async (golden) => {
    for (const { yTrue, yPred } of golden.batches) {
      const net = sequential({ layers: [layers.flatten({ inputShape: yPred.shape.slice(1) })] });
      const { name, call } = make(golden);
      net.compile({ loss: (t, p) => call(t, p), metrics: [{ name, call }] });
      const [whole, inTwos] = [
        await net.evaluate(asTensor(yPred), asTensor(yTrue), { batchSize: 100 }),
        await net.evaluate(asTensor(yPred), asTensor(yTrue), { batchSize: 2 }),
      ];
      expectClose([inTwos[name], inTwos.loss], [whole[name], whole[name]]);
      if (golden.batches.length === 1) expectClose([whole[name]], [golden.batches[0].result]);
    }
  },
);
