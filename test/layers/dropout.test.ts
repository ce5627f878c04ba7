import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/data/tensor.js';
import type { Node } from '../../src/graph/node.js';
import { layers, optimizers, sequential } from '../../src/index.js';
import { mul } from '../../src/ops/mul.js';
import { expectClose } from '../support/golden.js';
import { type CallOptions, call } from '../support/layer.js';
import { given, gradientsOf, interpreted, run } from '../support/run.js';

const N = 40_000;
const ones = new Float32Array(N).fill(1);

/** What becomes of ones. */
function dropped(config: { rate: number; seed?: number }, options: CallOptions = {}): Float32Array {
  const { y } = call(layers.dropout(config), given(ones), { training: true, ...options });
  return run([y])[0];
}

const share = (values: ArrayLike<number>, of: (v: number, i: number) => boolean): number =>
  Array.from(values).filter(of).length / values.length;

describe.each([0.001, 0.2, 0.5, 0.9, 0.999])('rate %f', (rate) => {
  test('drops that share, and scales what is left up', () => {
    const y = dropped({ rate });
    // Four and a half deviations of a binomial share.
    const spread = 4.5 * Math.sqrt((rate * (1 - rate)) / N);
    expect(Math.abs(share(y, (v) => v === 0) - rate)).toBeLessThan(spread);
    const kept = y.filter((v) => v !== 0);
    expectClose(kept, new Float64Array(kept.length).fill(1 / (1 - rate)), 'kept', { relative: 1e-4 * rate });
    const mean = y.reduce((a, b) => a + b, 0) / N;
    expect(Math.abs(mean - 1)).toBeLessThan(spread / (1 - rate));
  });

  test('the gradient passes where the value passed', () => {
    const x = given(ones);
    const { y } = call(layers.dropout({ rate, seed: 4 }), x, { training: true, step: 7 });
    const dy = Float32Array.from(ones, (_, i) => i + 1);
    const [values, dx] = run([y, ...gradientsOf(y, given(dy), [x])]);
    expectClose(
      dx,
      values.map((v, i) => v * dy[i]),
      'dx',
    );
  });

  test('the mask is the oracle’s, element by element', () => {
    const x = given(ones.slice(0, 1001));
    const { y } = call(layers.dropout({ rate }), x, {
      training: true,
      seed: 2 ** 32 - 1,
      step: 12345,
      stream: 3,
    });
    expectClose(run([y])[0], interpreted([y])[0], 'y', { relative: 1e-4 });
  });
});

describe('the mask', () => {
  const mask = (options: CallOptions, seed?: number) =>
    dropped({ rate: 0.5, ...(seed === undefined ? {} : { seed }) }, options);
  const agreement = (a: Float32Array, b: Float32Array) => share(a, (v, i) => v === b[i]);

  test('is the same for the same seed, step and layer', () => {
    expect(mask({ seed: 1, step: 2, stream: 3 })).toEqual(mask({ seed: 1, step: 2, stream: 3 }));
  });

  test.each([
    ['seed', { seed: 2 }],
    ['a seed one bit away', { seed: 0x80000001 }],
    ['step', { step: 1 }],
    ['layer', { stream: 1 }],
  ])('is another one for another %s', (_, other) => {
    // Independent masks agree on half of the elements: 0.5 ± 4.5 deviations.
    const base = { seed: 1, step: 0, stream: 0 };
    expect(Math.abs(agreement(mask(base), mask({ ...base, ...other })) - 0.5)).toBeLessThan(
      4.5 * Math.sqrt(0.25 / N),
    );
  });

  test('neighbours are independent', () => {
    const y = mask({ seed: 5 });
    for (const distance of [1, 2, 3, 4, 8, 16, 100]) {
      const together = share(y.subarray(distance), (v, i) => v === y[i]);
      expect(Math.abs(together - 0.5), `distance ${distance}`).toBeLessThan(5 * Math.sqrt(0.25 / N));
    }
  });

  test('a layer’s own seed stands above the seed of fit', () => {
    expect(mask({ seed: 1 }, 9)).toEqual(mask({ seed: 2 }, 9));
    expect(mask({ seed: 1 }, 9)).not.toEqual(mask({ seed: 1 }, 10));
    expect(mask({ seed: 1, step: 0 }, 9)).not.toEqual(mask({ seed: 1, step: 1 }, 9));
    expect(mask({ seed: 3 }, 0)).toEqual(mask({ seed: 0 }));
  });
});

describe('the ends', () => {
  test('rate 0 is the identity, in training too: no node, no instruction', () => {
    const x = given(ones);
    expect(call(layers.dropout({ rate: 0 }), x, { training: true }).y).toBe(x);
  });

  test.each([0, 0.5, 1])('in inference rate %f is the identity', (rate) => {
    const x = given(ones);
    expect(call(layers.dropout({ rate }), x, { training: false }).y).toBe(x);
  });

  test('rate 1 gives exact zeros and zero gradients, whatever comes in', () => {
    const wild = [1, -1, 3e38, -3e38, 1e-45, Number.POSITIVE_INFINITY, Number.NaN];
    const x = given(wild);
    const { y } = call(layers.dropout({ rate: 1 }), x, { training: true });
    for (const values of run([y, ...gradientsOf(y, given(wild), [x])])) {
      expect([...values]).toEqual(wild.map(() => 0));
    }
  });
});

describe('in a model', () => {
  const UNITS = 2000;
  const product = (dy: Node, y: Node): Node => mul(dy, y);
  const x = [[0]];
  const y = tensor(new Float32Array(UNITS).fill(UNITS), [1, UNITS]);

  /** The gradient of the bias of dense → dropouts is the product of the masks. */
  function model(rates: readonly number[], config: { seed?: number } = {}) {
    const drops = rates.map((rate) => layers.dropout({ rate, ...config }));
    const net = sequential({ layers: [layers.dense({ units: UNITS, inputShape: [1] }), ...drops] });
    return net.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: product });
  }
  const biasOf = (net: ReturnType<typeof model>) => net.getWeights()[1].data;

  test('two layers have two masks', () => {
    const gradient = model([0.5, 0.5]).gradients(x, y)[1].data;
    expect(Math.abs(share(gradient, (v) => v === 0) - 0.75)).toBeLessThan(4.5 * Math.sqrt(0.1875 / UNITS));
    expect(new Set(gradient)).toEqual(new Set([0, 4]));
  });

  test('so have two layers with the same seed of their own', () => {
    const gradient = model([0.5, 0.5], { seed: 1 }).gradients(x, y)[1].data;
    expect(Math.abs(share(gradient, (v) => v === 0) - 0.75)).toBeLessThan(4.5 * Math.sqrt(0.1875 / UNITS));
  });

  test('every step has a new mask', async () => {
    const net = model([0.5]);
    await net.fit([[0], [0]], tensor(new Float32Array(2 * UNITS).fill(UNITS), [2, UNITS]), {
      batchSize: 1,
      verbose: 0,
    });
    // Two steps of −2 for what is kept: never, once or twice.
    const bias = biasOf(net);
    for (const [value, wanted] of [
      [0, 0.25],
      [-2, 0.5],
      [-4, 0.25],
    ]) {
      expect(Math.abs(share(bias, (v) => v === value) - wanted), `share of ${value}`).toBeLessThan(0.05);
    }
  });

  test('trainOnBatch after trainOnBatch has a new mask, and gradients() tells its next one', () => {
    const net = model([0.5]);
    const masks = [0, 1].map(() => {
      const mask = net.gradients(x, y)[1].data;
      const before = biasOf(net);
      net.trainOnBatch(x, y);
      expect(biasOf(net)).toEqual(before.map((v, i) => v - mask[i]));
      return mask;
    });
    expect(masks[0]).not.toEqual(masks[1]);
  });

  test('one seed of fit, one result; another seed, another', async () => {
    const trained = async (seed: number, config = {}) => {
      const net = model([0.5], config);
      await net.fit(x, y, { epochs: 3, seed, verbose: 0 });
      return biasOf(net);
    };
    expect(await trained(1)).toEqual(await trained(1));
    expect(await trained(1)).not.toEqual(await trained(2));
    expect(await trained(1, { seed: 6 })).toEqual(await trained(2, { seed: 6 }));
  });

  test('trainOnBatch and gradients draw from the model’s seed', () => {
    const trained = (seed: number) => {
      const dense = layers.dense({ units: UNITS, inputShape: [1] });
      const net = sequential({ seed, layers: [dense, layers.dropout({ rate: 0.5 })] });
      net.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: product });
      const gradient = net.gradients(x, y)[1].data;
      net.trainOnBatch(x, y);
      expect(biasOf(net)).toEqual(gradient.map((v) => 0 - v));
      return gradient;
    };
    expect(trained(1)).toEqual(trained(1));
    expect(trained(1)).not.toEqual(trained(2));
  });

  test('predict and evaluate drop nothing', async () => {
    const net = model([0.9]);
    net.setWeights([new Float32Array(UNITS), ones.slice(0, UNITS)]);
    expect(net.predict(x).data.every((v) => v === 1)).toBe(true);
    expect((await net.evaluate(x, y)).loss).toBeCloseTo(UNITS, 2);
  });

  test('rate 1 learns nothing and stays finite', async () => {
    const net = sequential({
      layers: [
        layers.dense({ units: 8, activation: 'relu', inputShape: [3] }),
        layers.dropout({ rate: 1 }),
        layers.dense({ units: 1 }),
      ],
    });
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const before = net.getWeights();
    const data = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const history = await net.fit(data, [[0], [0]], { epochs: 5, verbose: 0 });
    expect(history.history.loss).toEqual([0, 0, 0, 0, 0]);
    expect(net.getWeights()).toEqual(before);
    for (const { data: gradient } of net.gradients(data, [[0], [0]]))
      expect([...gradient].every((v) => v === 0)).toBe(true);
  });
});
