/** Every layer against Keras, as a node in a graph and as a model. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Tensor, tensor } from '../../src/data/tensor.js';
import type { Node } from '../../src/graph/node.js';
import type { Shape } from '../../src/graph/shape.js';
import { init, layers, optimizers, sequential } from '../../src/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { mul } from '../../src/ops/mul.js';
import { expectClose, floats, type GoldenArray, goldenCases, showConfig } from '../support/golden.js';
import { built, call } from '../support/layer.js';
import { given, gradientsOf, read, run } from '../support/run.js';

interface Call {
  readonly training: boolean | null;
  readonly x: GoldenArray;
  readonly dy: GoldenArray;
  readonly y: GoldenArray;
  readonly dx: GoldenArray;
  /** Of the trainable weights. */
  readonly gradients: readonly GoldenArray[];
  /** Of the other weights, where there are any. */
  readonly stateAfter?: readonly GoldenArray[];
}

interface Case {
  readonly layer: keyof typeof layers;
  readonly config: object;
  /** With the batch axis. */
  readonly inputShape: Shape;
  readonly weights: readonly GoldenArray[];
  /** One after the other on the same layer. */
  readonly calls: readonly Call[];
}

const cases = goldenCases<Case>('layers').map((golden) => ({
  title: `${golden.layer}(${showConfig(golden.config)}) on [${golden.inputShape}]`,
  ...golden,
}));

const make = ({ layer, config }: Case, inputShape?: Shape): Layer =>
  (layers[layer] as (config: object) => Layer)({ ...config, ...(inputShape ? { inputShape } : {}) });

const withoutLayer = (name: string): string => name.slice(name.indexOf('/') + 1);

describe.each(['fast', 'portable'] as const)('%s numerics', (numerics) => {
  beforeAll(() => init({ numerics }));
  afterAll(() => init());

  test.each(cases)('$title in a graph', (golden) => {
    const values = golden.weights.map(floats);
    const layer = built(make(golden), given([], [0, ...golden.inputShape.slice(1)]), values);
    expect(layer.weights.map(({ name }) => withoutLayer(name))).toEqual(
      golden.weights.map(({ name }) => name),
    );
    const trainable = layer.weights.filter((weight) => weight.trainable);
    const state = layer.weights.filter((weight) => !weight.trainable);

    for (const [i, { training, x, dy, y, dx, gradients, stateAfter = [] }] of golden.calls.entries()) {
      const input = given(floats(x), x.shape);
      const called = call(layer, input, { training: training ?? i % 2 === 0 });
      const wrt = [input, ...trainable.map((weight) => called.weights.get(weight) as Node)];
      expect(called.y.shape).toEqual(y.shape);
      const outputs = [called.y, ...gradientsOf(called.y, given(floats(dy), dy.shape), wrt)];
      const [actualY, actualDx, ...actual] = run(outputs, { effects: called.updates });
      expectClose(actualY, floats(y), `call ${i}: y`);
      expectClose(actualDx, floats(dx), `call ${i}: dx`);
      for (const [k, gradient] of gradients.entries()) {
        expectClose(actual[k], floats(gradient), `call ${i}: gradient of ${gradient.name}`);
      }
      for (const [k, after] of stateAfter.entries()) {
        expectClose(read(state[k]), floats(after), `call ${i}: ${after.name}`);
      }
    }
  });

  test.each(cases)('$title in a model', (golden) => {
    const net = sequential({ layers: [make(golden, golden.inputShape.slice(1))] });
    const kind = net.layers[0].kind;
    expect(kind).toBe(golden.layer);
    expect(net.weights.map(({ name }) => name)).toEqual(golden.weights.map(({ name }) => `${kind}/${name}`));
    net.setWeights(golden.weights.map((weight) => tensor(floats(weight), weight.shape)));
    // The loss is the mean of dy·y, so with dy times the number of elements its gradients are those of Σ dy·y.
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0 }), loss: (dy, y) => mul(dy, y) });

    for (const [i, { training, x, dy, y, gradients, stateAfter = [] }] of golden.calls.entries()) {
      const input = tensor(floats(x), x.shape);
      const upstream = tensor(
        floats(dy).map((v) => v * y.data.length),
        dy.shape,
      );
      if (training !== true) {
        const prediction = net.predict(input);
        expect(prediction.shape).toEqual(y.shape);
        expectClose(prediction.data, floats(y), `call ${i}: y`);
      }
      if (training !== false) {
        const actual = net.gradients(input, upstream);
        for (const [k, gradient] of gradients.entries()) {
          expect(actual[k].shape).toEqual(gradient.shape);
          expectClose(actual[k].data, floats(gradient), `call ${i}: gradient of ${gradient.name}`);
        }
      }
      if (training === true) net.trainOnBatch(input, upstream);
      const state = net.getWeights().filter((_: Tensor, k) => !net.weights[k].trainable);
      for (const [k, after] of stateAfter.entries()) {
        expectClose(state[k].data, floats(after), `call ${i}: ${after.name}`);
      }
    }
  });
});
