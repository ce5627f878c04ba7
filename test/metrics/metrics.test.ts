/** How metrics are chosen, named and refused. */
import { describe, expect, test } from 'vitest';
import type { TensorLike } from '../../src/data/tensor.js';
import { tensor } from '../../src/data/tensor.js';
import type { Node } from '../../src/graph/node.js';
import { ConfigError, layers, type losses, metrics, ShapeError, sequential } from '../../src/index.js';
import type { MetricLike } from '../../src/metrics/index.js';
import type { Metric } from '../../src/metrics/metric.js';
import { square } from '../../src/ops/square.js';
import { sub } from '../../src/ops/sub.js';

type LossName = keyof typeof losses;

/** A model that predicts its input. */
const through = (width: number, loss: LossName | ((t: Node, p: Node) => Node), ...list: MetricLike[]) =>
  sequential({ layers: [layers.flatten({ inputShape: [width] })] }).compile({ loss, metrics: list });

const evaluate = (width: number, loss: LossName, x: TensorLike, y: TensorLike, ...list: MetricLike[]) =>
  through(width, loss, ...list).evaluate(x, y);

describe("'accuracy' is chosen as in Keras", () => {
  test('one unit: binary', async () => {
    const logs = await evaluate(
      1,
      'binaryCrossentropy',
      [[0.6], [0.4], [0.5], [0.9]],
      [1, 0, 1, 0],
      'accuracy',
      'binaryAccuracy',
    );
    expect(logs).toEqual({ loss: expect.any(Number), accuracy: 0.5, binaryAccuracy: 0.5 });
  });

  test('class indices: sparse', async () => {
    const x = [
      [0.6, 0.3, 0.1],
      [0.1, 0.2, 0.7],
      [0.4, 0.4, 0.2],
      [0.1, 0.8, 0.1],
    ];
    const logs = await evaluate(
      3,
      'sparseCategoricalCrossentropy',
      x,
      [0, 2, 1, 1],
      'accuracy',
      'sparseCategoricalAccuracy',
    );
    expect(logs).toEqual({ loss: expect.any(Number), accuracy: 0.75, sparseCategoricalAccuracy: 0.75 });
  });

  test('a number per class: categorical', async () => {
    const x = [
      [0.6, 0.3, 0.1],
      [0.1, 0.2, 0.7],
    ];
    const y = [
      [1, 0, 0],
      [0, 1, 0],
    ];
    for (const loss of ['categoricalCrossentropy', 'binaryCrossentropy', 'meanSquaredError'] as const) {
      const logs = await evaluate(3, loss, x, y, 'accuracy', 'categoricalAccuracy');
      expect(logs).toEqual({ loss: expect.any(Number), accuracy: 0.5, categoricalAccuracy: 0.5 });
    }
  });

  test('whatever the loss, from the shapes alone', async () => {
    const own = through(3, (_, p) => square(p), 'accuracy');
    const x = [
      [0.6, 0.3, 0.1],
      [0.1, 0.2, 0.7],
    ];
    expect(await own.evaluate(x, [0, 1])).toMatchObject({ accuracy: 0.5 });
    expect(await own.evaluate(x, [[0], [1]])).toMatchObject({ accuracy: 0.5 });
    expect(
      await own.evaluate(x, [
        [1, 0, 0],
        [0, 0, 1],
      ]),
    ).toMatchObject({ accuracy: 1 });
  });
});

describe('names', () => {
  test('are what the user wrote', async () => {
    const largest = (t: Node, p: Node) => square(sub(t, p));
    const list: MetricLike[] = [
      'acc',
      'mse',
      'meanAbsoluteError',
      metrics.mae(),
      largest,
      { name: 'mine', call: largest },
    ];
    const logs = await evaluate(1, 'mse', [[1], [3]], [1, 1], ...list);
    expect(Object.keys(logs)).toEqual([
      'loss',
      'acc',
      'mse',
      'meanAbsoluteError',
      'meanAbsoluteError_1',
      'largest',
      'mine',
    ]);
    expect(logs).toMatchObject({
      loss: 2,
      mse: 2,
      meanAbsoluteError: 1,
      meanAbsoluteError_1: 1,
      largest: 2,
      mine: 2,
    });
  });

  test('never hide one another, or the loss', async () => {
    const named: Metric = { name: 'loss', call: (_, p) => p };
    const logs = await evaluate(
      1,
      'mse',
      [[1], [3]],
      [1, 1],
      named,
      (_, p) => p,
      (_, p) => p,
    );
    expect(logs).toEqual({ loss: 2, loss_1: 2, metric: 2, metric_1: 2 });
  });

  test('stand in the history, with the validation forms', async () => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    net.compile({ loss: 'mse', metrics: ['mae'] });
    const { history } = await net.fit([[1], [2], [3], [4]], [1, 2, 3, 4], {
      epochs: 2,
      validationSplit: 0.5,
      verbose: 0,
    });
    expect(Object.keys(history).sort()).toEqual(['loss', 'mae', 'val_loss', 'val_mae']);
    expect(history.mae).toHaveLength(2);
  });
});

describe('refused', () => {
  test.each([
    [['acuracy'], "compile: there is no metric 'acuracy'. Did you mean 'accuracy'?"],
    [['binary_accuracy'], "compile: there is no metric 'binary_accuracy'. Did you mean 'binaryAccuracy'?"],
    [['precision'], "compile: there is no metric 'precision'. Known: accuracy, acc, "],
    [[3], 'compile: there is no metric 3. Known: accuracy, acc, '],
    ['accuracy', "compile: metrics is 'accuracy'; expected a list such as ['accuracy']."],
  ])('metrics: %j', (list, message) => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    expect(() => net.compile({ loss: 'mse', metrics: list as MetricLike[] })).toThrow(ConfigError);
    expect(() => net.compile({ loss: 'mse', metrics: list as MetricLike[] })).toThrow(message);
  });

  test.each([0, 1, Number.NaN, '0.5'])('a threshold of %j', (threshold) => {
    const message = /^metrics\.binaryAccuracy: threshold is .*; expected a number between 0 and 1\.$/;
    expect(() => metrics.binaryAccuracy({ threshold: threshold as number })).toThrow(message);
  });

  test('targets of another shape than the metric needs', () => {
    const x = tensor([0.2, 0.8, 0.3, 0.7], [2, 2]);
    const sparse = through(2, 'sparseCategoricalCrossentropy', 'categoricalAccuracy');
    expect(() => sparse.trainOnBatch(x, [0, 1])).toThrow(ShapeError);
    expect(() => sparse.trainOnBatch(x, [0, 1])).toThrow(
      'categoricalAccuracy: the targets have shape [2] and the predictions [2, 2]; they must be alike. Class indices need the form',
    );
    const dense = through(2, 'categoricalCrossentropy', 'sparseCategoricalAccuracy');
    expect(() =>
      dense.trainOnBatch(x, [
        [0, 1],
        [1, 0],
      ]),
    ).toThrow('sparseCategoricalAccuracy: the targets have shape [2, 2]; predictions of');
  });
});
