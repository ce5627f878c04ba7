/** Layers that are one formula each. */
import { describe, expect, test } from 'vitest';
import { fuse } from '../../src/compile/fuse.js';
import { plan } from '../../src/compile/plan.js';
import type { Node } from '../../src/graph/node.js';
import { layers, optimizers, sequential } from '../../src/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { mul } from '../../src/ops/mul.js';
import { sigmoid } from '../../src/ops/sigmoid.js';
import { expectClose } from '../support/golden.js';
import { built, call } from '../support/layer.js';
import { given, gradientsOf, run } from '../support/run.js';

/** y and dx for an upstream gradient of ones. */
function both(layer: Layer, values: readonly number[], shape = [1, values.length]): number[][] {
  const x = given(values, shape);
  const { y } = call(layer, x, { training: true });
  return run([
    y,
    ...gradientsOf(
      y,
      given(
        values.map(() => 1),
        y.shape,
      ),
      [x],
    ),
  ]).map((v) => [...v]);
}

describe('activations as layers', () => {
  const x = [-2, -0.5, 0, 0.5, 2, 8];

  test('reLU', () => {
    expect(both(layers.reLU(), x)).toEqual([
      [0, 0, 0, 0.5, 2, 8],
      [0, 0, 0, 1, 1, 1],
    ]);
  });

  test.each([1, 6])('reLU with maxValue %f', (maxValue) => {
    const [y, dx] = both(layers.reLU({ maxValue }), x);
    expect(y).toEqual(x.map((v) => Math.min(Math.max(v, 0), maxValue)));
    expect(dx).toEqual(x.map((v) => (v > 0 && v < maxValue ? 1 : 0)));
  });

  test('leakyReLU, with Keras’ default of 0.3', () => {
    const [y, dx] = both(layers.leakyReLU(), x);
    expectClose(y, [-0.6, -0.15, 0, 0.5, 2, 8]);
    expectClose(dx, [0.3, 0.3, 0.3, 1, 1, 1]);
    expectClose(both(layers.leakyReLU({ negativeSlope: 0 }), x)[0], [0, 0, 0, 0.5, 2, 8]);
  });

  test('elu', () => {
    const [y, dx] = both(layers.elu({ alpha: 2 }), x);
    expectClose(
      y,
      x.map((v) => (v > 0 ? v : 2 * Math.expm1(v))),
    );
    expectClose(
      dx,
      x.map((v) => (v > 0 ? 1 : 2 * Math.exp(v))),
    );
  });

  test('softmax is along the last axis', () => {
    const [y] = both(layers.softmax(), [0, Math.log(3), 5, 5], [1, 2, 2]);
    expectClose(y, [0.25, 0.75, 0.5, 0.5]);
  });

  test('activation takes a name or a function of ops', () => {
    const named = both(layers.activation({ activation: 'silu' }), x);
    const own = both(layers.activation({ activation: (v: Node) => mul(v, sigmoid(v)) }), x);
    expectClose(own[0], named[0]);
    expectClose(own[1], named[1]);
  });

  test('a net with an activation of the user’s own learns', async () => {
    const net = sequential({
      seed: 2,
      layers: [
        layers.dense({ units: 16, activation: (v) => mul(v, sigmoid(v)), inputShape: [2] }),
        layers.dense({ units: 1 }),
      ],
    });
    net.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'meanSquaredError' });
    const corners = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const history = await net.fit(corners, [[0], [1], [1], [0]], { epochs: 500, verbose: 0 });
    expect(history.history.loss.at(-1)).toBeLessThan(0.01);
  });
});

describe('shapes', () => {
  test.each([
    ['flatten of [4]', layers.flatten(), [4], [4]],
    ['flatten of [2, 3]', layers.flatten(), [2, 3], [6]],
    ['flatten of [2, 3, 4]', layers.flatten(), [2, 3, 4], [24]],
    ['flatten of a single number', layers.flatten(), [], [1]],
    ['reshape to [3, 4]', layers.reshape({ targetShape: [3, 4] }), [12], [3, 4]],
    ['reshape to [-1]', layers.reshape({ targetShape: [-1] }), [3, 4], [12]],
    ['reshape to [-1, 2, 2]', layers.reshape({ targetShape: [-1, 2, 2] }), [3, 4], [3, 2, 2]],
  ] as const)('%s', (_, layer, inputShape, outputShape) => {
    const net = sequential({ layers: [layer] }).build([...inputShape]);
    expect(net.outputShape).toEqual(outputShape);
    const values = Float32Array.from(
      { length: 2 * inputShape.reduce<number>((a, b) => a * b, 1) },
      (_, i) => i - 3,
    );
    expect(net.predict(values)).toEqual({ data: values, shape: [2, ...outputShape], dtype: 'float32' });
  });

  test('a dense layer keeps all axes but the last', () => {
    const net = sequential({
      layers: [layers.dense({ units: 5, activation: 'tanh', inputShape: [3, 2, 4] })],
    });
    expect(net.outputShape).toEqual([3, 2, 5]);
    const x = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i));
    const flat = sequential({ layers: [layers.dense({ units: 5, activation: 'tanh', inputShape: [4] })] });
    flat.setWeights(net.getWeights());
    expect(net.predict(x).data).toEqual(flat.predict(x).data);
  });
});

test('dense on [batch, t, c] is one instruction, activation and all', () => {
  const x = given(new Float32Array(24), [2, 3, 4]);
  const layer = built(layers.dense({ units: 5, activation: 'relu' }), x, [
    new Float32Array(20),
    new Float32Array(5),
  ]);
  const { y } = call(layer, x);
  const ops = plan([], { outputs: fuse([y]) }).steps.map(({ node }) => node.op.name);
  expect(ops).toEqual(['reshape', 'fusedMatmul', 'reshape']); // reshapes are views: they emit nothing
});

test('an activation of the user’s own sees all axes of a dense layer', () => {
  const x = given(new Float32Array(24), [2, 3, 4]);
  const shapes: (readonly number[])[] = [];
  const activation = (v: Node) => {
    shapes.push(v.shape);
    return v;
  };
  call(built(layers.dense({ units: 5, activation }), x, [new Float32Array(20), new Float32Array(5)]), x);
  expect(shapes).toEqual([[2, 3, 5]]);
});

describe('rescaling', () => {
  test('bytes become numbers between -1 and 1', () => {
    const net = sequential({ layers: [layers.rescaling({ scale: 1 / 127.5, offset: -1, inputShape: [3] })] });
    expectClose(net.predict(Uint8Array.of(0, 127, 255)).data, [-1, 127 / 127.5 - 1, 1]);
  });

  test('offset is 0 unless given, and scale 1 with offset 0 is the identity', () => {
    const x = given([1, 2], [1, 2]);
    expect(call(layers.rescaling({ scale: 1 }), x).y).toBe(x);
    expect(both(layers.rescaling({ scale: -2 }), [1, 2])).toEqual([
      [-2, -4],
      [-2, -2],
    ]);
  });

  test('in training, from bytes that stay bytes', () => {
    const net = sequential({
      layers: [
        layers.rescaling({ scale: 1 / 255, inputShape: [2] }),
        layers.dense({ units: 1, useBias: false }),
      ],
    });
    net.compile({ optimizer: 'sgd', loss: (dy, y) => mul(dy, y) });
    expectClose(net.gradients(Uint8Array.of(0, 51, 255, 102), [[2], [2]])[0].data, [1, 0.6]);
  });
});
