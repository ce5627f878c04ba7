import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/data/tensor.js';
import { layers, sequential } from '../../src/index.js';
import type { NormalizationConfig } from '../../src/layers/normalization.js';
import { expectClose, floats, type GoldenArray, goldenCases } from '../support/golden.js';

interface Case {
  readonly name: string;
  readonly config: NormalizationConfig;
  readonly data: GoldenArray;
  readonly mean: GoldenArray | null;
  readonly variance: GoldenArray | null;
  readonly x: GoldenArray;
  readonly y: GoldenArray;
}

const cases = goldenCases<Case>('normalization');
const values = (array: GoldenArray) => tensor(floats(array), array.shape);
const norm = (inputShape = [3]) => layers.normalization({ inputShape });
const named = (net: ReturnType<typeof sequential>) =>
  Object.fromEntries(net.weights.map(({ name }, i) => [name.split('/')[1], net.getWeights()[i].data]));

describe.each(cases)('as Keras: $name', ({ config, data, mean, variance, x, y }) => {
  test('adapted before the model is made', () => {
    const layer = layers.normalization({ ...config, inputShape: data.shape.slice(1) });
    if (mean) layer.adapt(values(data));
    const net = sequential({ layers: [layer] });
    if (mean) expectClose(named(net).mean, floats(mean), 'mean');
    if (variance) expectClose(named(net).variance, floats(variance), 'variance');
    expectClose(net.predict(values(x)).data, floats(y), 'y');
  });

  test('adapted afterwards, in batches', async () => {
    const layer = layers.normalization({ ...config, inputShape: data.shape.slice(1) });
    const net = sequential({ layers: [layer] });
    const rows = values(data);
    const size = rows.data.length / rows.shape[0];
    async function* batches() {
      for (let at = 0, n = 1; at < rows.shape[0]; at += n, n += 2)
        yield { x: tensor(rows.data.subarray(at * size, (at + n) * size), [-1, ...rows.shape.slice(1)]) };
    }
    if (mean) await layer.adapt(batches());
    if (mean) expectClose(named(net).mean, floats(mean), 'mean');
    expectClose(net.predict(values(x)).data, floats(y), 'y');
  });
});

test('training does not change the statistics, and gradients pass through', async () => {
  const layer = norm().adapt([
    [0, 10, 3],
    [4, 30, 3],
  ]);
  const net = sequential({ layers: [layer, layers.dense({ units: 1 })] });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  await net.fit(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [1, 2],
    { epochs: 3 },
  );
  expect([...named(net).mean]).toEqual([2, 20, 3]);
  expect([...named(net).variance]).toEqual([4, 100, 0]);
  expect(net.trainableWeights.map(({ name }) => name)).toEqual(['dense/kernel', 'dense/bias']);
});

test('an adapted layer keeps its numbers in a model that is built later, and adapting again replaces them', () => {
  const layer = layers.normalization().adapt([
    [1, 2],
    [3, 2],
  ]);
  const net = sequential({ layers: [layer] });
  expect([...net.predict([[3, 2]]).data]).toEqual([1, 0]);
  layer.adapt([
    [3, 2],
    [3, 4],
  ]);
  expect([...net.predict([[3, 3]]).data]).toEqual([0, 0]);
});

test('flat numbers are cut into examples of the inputShape', () => {
  const net = sequential({ layers: [norm([2]).adapt(new Float32Array([0, 5, 2, 9]))] });
  expect([...named(net).mean]).toEqual([1, 7]);
});

test('far from 0 nothing cancels', async () => {
  const layer = norm([1]);
  const net = sequential({ layers: [layer] });
  async function* batches() {
    for (let i = 0; i < 1000; i++) yield [[1e7], [1e7 + 1], [1e7 + 2]];
  }
  await layer.adapt(batches());
  expectClose(named(net).variance, [2 / 3]);
});

describe('errors', () => {
  test.each<[string, NormalizationConfig, RegExp]>([
    ['half of the statistics', { mean: 1 }, /mean and variance belong together/],
    [
      'a negative variance',
      { mean: 0, variance: -1 },
      /variance is -1; expected a finite number, at least 0/,
    ],
    ['an axis that is a word', { axis: 'last' as never }, /axis is 'last'; expected a whole number/],
    ['an unknown setting', { epsilon: 1 } as never, /has no setting 'epsilon'/],
  ])('%s', (_, config, message) => {
    expect(() => layers.normalization(config)).toThrow(message);
  });

  test('data of another shape', () => {
    expect(() => norm([3]).adapt([[1, 2]])).toThrow(/the data have shape \[1, 2\]; expected \[batch, 3\]/);
    expect(() => layers.normalization().adapt([1, 2, 3])).toThrow(
      /expected such as \[batch, 13\]: examples of 13 numbers each/,
    );
    const adapted = layers.normalization().adapt([[1, 2]]);
    adapted.name = 'norm';
    expect(() => sequential({ layers: [adapted] }).build([3])).toThrow(/Adapt it to the data/);
    expect(() => sequential({ layers: [layers.normalization({ axis: 0, inputShape: [2] })] })).toThrow(
      /axis 0 does not fit .* the batch, which cannot be kept/,
    );
  });

  test('numbers that are not finite leave the layer as it was', () => {
    const layer = norm([2]);
    const net = sequential({ layers: [layer] });
    expect(() => layer.adapt([[1, Number.NaN]])).toThrow(/the data holds NaN \(value 1\)/);
    expect([...named(net).mean]).toEqual([0, 0]);
  });

  test('no data, and given statistics', async () => {
    await expect(norm([2]).adapt((async function* () {})())).rejects.toThrow(/no examples/);
    expect(() => layers.normalization({ mean: 0, variance: 1 }).adapt([[1]])).toThrow(/make it without/);
  });
});
