import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/data/tensor.js';
import type { Node } from '../../src/graph/node.js';
import { layers, optimizers, sequential } from '../../src/index.js';
import { mul } from '../../src/ops/mul.js';
import { normalizeDecomposed } from '../../src/ops/normalize.js';
import { expectClose } from '../support/golden.js';
import { built, call } from '../support/layer.js';
import { given, gradientsOf, interpreted, read, run } from '../support/run.js';

/** Numbers that look random, the same every time. */
const wave = (n: number, scale = 1, offset = 0): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => offset + scale * Math.sin(i * i * 0.37 + i));

const columnsOf = (x: ArrayLike<number>, columns: number): number[][] =>
  Array.from({ length: columns }, (_, j) => Array.from(x).filter((_, i) => i % columns === j));
const meanOf = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
const varianceOf = (x: readonly number[]): number => meanOf(x.map((v) => (v - meanOf(x)) ** 2));

/** What gamma, beta, moving_mean and moving_variance begin with. */
const fresh = (n: number): number[][] => [1, 0, 0, 1].map((v) => new Array<number>(n).fill(v));

const product = (dy: Node, y: Node): Node => mul(dy, y);
const still = () => optimizers.sgd({ learningRate: 0 });

describe('in training', () => {
  test('each column comes out with mean beta and deviation gamma', () => {
    const x = given(wave(64 * 5, 7, 3), [64, 5]);
    const beta = [0, 1, -2, 3, 10];
    const gamma = [1, 2, 0.5, -1, 3];
    const layer = built(layers.batchNormalization({ epsilon: 1e-7 }), x, [gamma, beta, ...fresh(5).slice(2)]);
    const [y] = run([call(layer, x, { training: true }).y]);
    const columns = columnsOf(y, 5);
    expectClose(columns.map(meanOf), beta, 'mean', { absolute: 1e-5 });
    expectClose(columns.map(varianceOf).map(Math.sqrt), gamma.map(Math.abs), 'deviation');
  });

  test('the gradient flows through mean and variance: same as from plain ops', () => {
    const x = given(wave(6 * 5, 2, 1), [6, 5]);
    const dy = given(wave(30, 1, 0.1), [6, 5]);
    const gamma = wave(5, 1, 2);
    const layer = built(layers.batchNormalization(), x, [gamma, wave(5), ...fresh(5).slice(2)]);
    const { y, weights } = call(layer, x, { training: true });
    const nodes = layer.weights.slice(0, 2).map((weight) => weights.get(weight) as Node);
    const plain = normalizeDecomposed(x, false, 1e-3, ...nodes);
    const wanted = interpreted([plain, ...gradientsOf(plain, dy, [x, ...nodes])]);
    const actual = run([y, ...gradientsOf(y, dy, [x, ...nodes])]);
    for (const [i, name] of ['y', 'dx', 'dgamma', 'dbeta'].entries()) expectClose(actual[i], wanted[i], name);
  });

  test('leading axes are rows: [4, 3, 2, 5] gives the bits of [24, 5]', () => {
    const values = wave(120, 3, 1);
    const results = [
      [24, 5],
      [8, 3, 5],
      [4, 3, 2, 5],
    ].map((shape) => {
      const x = given(values, shape);
      const layer = built(layers.batchNormalization(), x, fresh(5));
      const { y, updates } = call(layer, x, { training: true });
      const outputs = run([y, ...gradientsOf(y, given(wave(120), shape), [x])], { effects: updates });
      return [...outputs, ...layer.weights.map((weight) => [...Array.from(read(weight))])].map((v) => [...v]);
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test('a batch of one gives beta, and no NaN', () => {
    const net = sequential({
      layers: [layers.dense({ units: 3, inputShape: [2] }), layers.batchNormalization()],
    });
    net.compile({ optimizer: 'sgd', loss: product });
    const gradients = net.gradients([[1, 2]], [[1, 2, 3]]);
    const names = net.trainableWeights.map(({ name }) => name);
    expectClose(gradients[names.indexOf('dense/kernel')].data, new Float32Array(6), 'dkernel');
    expectClose(gradients[names.indexOf('batchNormalization/gamma')].data, [0, 0, 0], 'dgamma');
    expectClose(gradients[names.indexOf('batchNormalization/beta')].data, [1 / 3, 2 / 3, 1], 'dbeta');
  });

  test('a column that never changes gives beta, and no NaN', () => {
    const x = given(new Float32Array(40).fill(1234.5), [8, 5]);
    const layer = built(layers.batchNormalization(), x, fresh(5));
    const { y } = call(layer, x, { training: true });
    const [values, dx] = run([y, ...gradientsOf(y, given(wave(40), [8, 5]), [x])]);
    expectClose(values, new Float32Array(40), 'y');
    expect([...dx].every(Number.isFinite)).toBe(true);
  });

  test('a large mean costs no digits', () => {
    const values = wave(256 * 3, 1, 5000);
    const x = given(values, [256, 3]);
    const layer = built(layers.batchNormalization(), x, fresh(3));
    const [y] = run([call(layer, x, { training: true }).y]);
    const wanted = columnsOf(values, 3).map((column) => {
      const [mean, variance] = [meanOf(column), varianceOf(column)];
      return column.map((v) => (v - mean) / Math.sqrt(variance + 1e-3));
    });
    // The mean itself is rounded to f32: half an ULP of 5000 is 2.4e-4, over a deviation of about 0.7.
    expectClose(
      y,
      Float64Array.from(values, (_, i) => wanted[i % 3][Math.floor(i / 3)]),
      'y',
      { absolute: 3.5e-4 },
    );
  });
});

describe('moving statistics', () => {
  const x = wave(10 * 3, 2, 1);
  const y = new Float32Array(30);

  const netWith = (config: object) => {
    const net = sequential({ layers: [layers.batchNormalization({ inputShape: [3], ...config })] });
    net.compile({ optimizer: still(), loss: product });
    return net;
  };
  const state = (net: ReturnType<typeof netWith>) =>
    net
      .getWeights()
      .slice(-2)
      .map(({ data }) => data);

  /** Keras' rule, over batches of four, four and two examples. */
  function expected(momentum: number, epochs: number): number[][] {
    const means = [0, 0, 0];
    const variances = [1, 1, 1];
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const [from, to] of [
        [0, 4],
        [4, 8],
        [8, 10],
      ]) {
        for (const [j, column] of columnsOf(x.slice(from * 3, to * 3), 3).entries()) {
          means[j] = means[j] * momentum + meanOf(column) * (1 - momentum);
          variances[j] = variances[j] * momentum + varianceOf(column) * (1 - momentum);
        }
      }
    }
    return [means, variances];
  }

  test.each([0, 0.5, 0.99, 1])('follow the batches of fit with momentum %f', async (momentum) => {
    const net = netWith({ momentum });
    await net.fit(x, tensor(y, [10, 3]), { epochs: 3, batchSize: 4, shuffle: false, verbose: 0 });
    const [means, variances] = expected(momentum, 3);
    expectClose(state(net)[0], means, 'moving_mean');
    expectClose(state(net)[1], variances, 'moving_variance');
  });

  test('trainOnBatch moves them; evaluate, predict and gradients do not', async () => {
    const net = netWith({ momentum: 0.9 });
    const before = state(net);
    const targets = tensor(y, [10, 3]);
    await net.evaluate(x, targets, { batchSize: 4 });
    net.predict(x);
    net.gradients(x, targets);
    expect(state(net)).toEqual(before);
    net.trainOnBatch(x, targets);
    expect(state(net)).not.toEqual(before);
  });

  test('training and inference agree where the moving statistics are the batch’s own', () => {
    const net = netWith({ momentum: 0 });
    const targets = tensor(wave(30), [10, 3]);
    net.trainOnBatch(x, targets);
    // The loss is from before the update, but the weights stay: momentum 0 has left the batch's statistics.
    const training = net.trainOnBatch(x, targets).loss;
    const products = net.predict(x).data.map((v, i) => v * targets.data[i]);
    expectClose([products.reduce((a, b) => a + b, 0) / 30], [training], 'loss');
  });

  test('are not weights that the optimizer changes', () => {
    const net = netWith({});
    expect(net.trainableWeights.map(({ name }) => name)).toEqual([
      'batchNormalization/gamma',
      'batchNormalization/beta',
    ]);
    expect(net.weights.length).toBe(4);
  });

  test('may begin elsewhere', () => {
    const net = netWith({
      movingMeanInitializer: 'ones',
      movingVarianceInitializer: 'zeros',
      gammaInitializer: 'zeros',
      betaInitializer: 'ones',
    });
    expect(net.getWeights().map(({ data }) => data[0])).toEqual([0, 1, 1, 0]);
  });
});

describe('frozen', () => {
  test('uses its moving statistics in training, and keeps them and its weights', async () => {
    const frozen = layers.batchNormalization({ trainable: false });
    const net = sequential({ seed: 3, layers: [layers.dense({ units: 4, inputShape: [3] }), frozen] });
    net.setWeights(
      [wave(12), wave(4), wave(4, 1, 2), wave(4, 2), wave(4, 1, 1), wave(4, 0.5, 2)].map((data, i) =>
        tensor(data, i === 0 ? [3, 4] : [4]),
      ),
    );
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: product });
    const x = wave(24, 2);
    const dy = tensor(wave(32), [8, 4]);

    const input = given(x, [8, 3]);
    const values = net.getWeights();
    const [dense, norm] = net.layers;
    const kernel = given(values[0].data, [3, 4]);
    const rest = net.weights.slice(1).map((_, i) => given(values[i + 1].data));
    const nodes = new Map(net.weights.map((weight, i) => [weight as object, [kernel, ...rest][i]]));
    const context = (training: boolean) => ({
      training,
      weight: (weight: object) => nodes.get(weight) as Node,
      update: () => expect.fail('a frozen layer has nothing to update'),
      random: () => expect.fail('nothing random here'),
    });
    const [training, inference] = [true, false].map((mode) =>
      norm.call(dense.call(input, context(mode)), context(mode)),
    );
    const [a, b, dKernel] = run([
      training,
      inference,
      ...gradientsOf(training, given(dy.data, dy.shape), [kernel]),
    ]);
    expect(a).toEqual(b);
    expectClose(
      net.gradients(x, dy)[0].data,
      dKernel.map((v) => v / 32),
      'dkernel',
    );

    const before = net.getWeights();
    await net.fit(x, dy, { epochs: 3, batchSize: 4, verbose: 0 });
    const after = net.getWeights();
    expect(after.slice(2)).toEqual(before.slice(2));
    expect(after[0]).not.toEqual(before[0]);
  });
});

test('makes a net learn from inputs of very different sizes', async () => {
  const x = Array.from({ length: 64 }, (_, i) => [1e4 * Math.sin(i), 1e-3 * Math.cos(3 * i)]);
  const y = x.map(([a, b]) => [a / 1e4 - b * 1e3]);
  const net = sequential({
    layers: [layers.batchNormalization({ inputShape: [2], epsilon: 1e-12 }), layers.dense({ units: 1 })],
  });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
  const history = await net.fit(x, y, { epochs: 60, batchSize: 64, verbose: 0 });
  expect(history.history.loss.at(-1)).toBeLessThan(1e-4);
});
