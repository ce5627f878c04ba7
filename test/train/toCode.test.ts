/** Models as programs: what they print makes the same model. */
import { describe, expect, test } from 'vitest';
import * as chainrule from '../../src/index.js';
import {
  ConfigError,
  initializers,
  layers,
  losses,
  optimizers,
  type Sequential,
  sequential,
  toCode,
} from '../../src/index.js';

/** Runs a program that leaves a model in `net`. */
function made(code: string, scope: Record<string, unknown> = {}): Sequential {
  const names = { ...chainrule, ...scope };
  return new Function(...Object.keys(names), `${code}\nreturn net;`)(...Object.values(names));
}

const again = (net: Sequential, scope = {}) => made(toCode(net, { imports: false }), scope);

describe('a model as code', () => {
  test('reads as a user would write it', () => {
    const net = sequential({
      layers: [
        layers.dense({ units: 4, activation: 'relu', inputShape: [3] }),
        layers.dropout({ rate: 0.2 }),
        layers.dense({ units: 1 }),
      ],
    });
    net.compile({ optimizer: 'adam', loss: losses.huber({ delta: 2 }), metrics: ['mae'] });
    expect(toCode(net)).toBe(`import { layers, losses, sequential } from 'chainrule';

const net = sequential({
  layers: [
    layers.dense({ units: 4, activation: 'relu', inputShape: [3] }),
    layers.dropout({ rate: 0.2 }),
    layers.dense({ units: 1 }),
  ],
});
net.compile({
  optimizer: 'adam',
  loss: losses.huber({ delta: 2 }),
  metrics: ['mae'],
});
`);
  });

  test('makes the same model: the same weights, and the same training', async () => {
    const net = sequential({
      name: "a 'quoted' name",
      seed: 5,
      layers: [
        layers.normalization({ mean: [2, 20], variance: 9, inputShape: [2] }),
        layers.dense({
          units: 4,
          kernelInitializer: initializers.randomNormal({ stddev: 0.3 }),
          name: 'first',
        }),
        layers.batchNormalization({ momentum: 0.9 }),
        layers.activation({ activation: 'tanh' }),
        layers.dense({ units: 3, trainable: false }),
        layers.leakyReLU({ negativeSlope: 0.1 }),
        layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    net.compile({
      optimizer: optimizers.sgd({ learningRate: 0.1, momentum: 0.9, clipnorm: 1 }),
      loss: losses.categoricalCrossentropy({ labelSmoothing: 0.1 }),
      metrics: ['accuracy'],
    });
    net.learningRate = 0.05;
    const twin = again(net);
    expect(twin.getWeights()).toEqual(net.getWeights());
    expect(twin.weights.map(({ name }) => name)).toEqual(net.weights.map(({ name }) => name));
    expect(twin.learningRate).toBe(net.learningRate);
    const x = [
      [1, 2],
      [3, 4],
      [5, 60],
      [7, 8],
    ];
    const y = [
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ];
    const [a, b] = [
      await net.fit(x, y, { epochs: 3, verbose: 0 }),
      await twin.fit(x, y, { epochs: 3, verbose: 0 }),
    ];
    expect(b.history).toEqual(a.history);
    // And a model made from code prints the same code.
    expect(toCode(made(toCode(net, { imports: false })))).toBe(toCode(net));
  });

  test('holds what a normalization was adapted to', () => {
    const normalization = layers.normalization({ inputShape: [2] });
    const net = sequential({
      layers: [normalization, layers.dense({ units: 1, kernelInitializer: 'ones' })],
    });
    const x = [
      [1, 10],
      [3, 30],
    ];
    normalization.adapt(x);
    expect(toCode(net)).toContain('mean: [2, 20], variance: [1, 100]');
    expect(again(net).predict(x)).toEqual(net.predict(x));
  });

  test('tells functions of the user by name, or if they have none by source', () => {
    const double = (x: chainrule.SymbolicValue) => chainrule.ops.mul(x, 2);
    const net = sequential({
      layers: [layers.dense({ units: 1, activation: double, inputShape: [1], kernelInitializer: 'ones' })],
    });
    expect(toCode(net)).toContain('activation: double');
    expect(toCode(net)).toContain('// Your own, to be in scope here: double.\n');
    expect(again(net, { double }).predict([[3]]).data[0]).toBe(6);
  });

  test('prints functions that are written in place', async () => {
    // As text, so that the tests' own compiler does not rename ops.
    const own = new Function(
      'ops',
      'return { loss: (y, p) => ops.mean(ops.square(ops.sub(y, p))), activation(x) { return ops.mul(x, 2); } };',
    )(chainrule.ops);
    const net = sequential({
      layers: [layers.dense({ units: 1, activation: own.activation, inputShape: [1] })],
    });
    net.compile({ optimizer: 'sgd', loss: own.loss });
    expect(toCode(net)).toContain('loss: (y, p) => ops.mean(ops.square(ops.sub(y, p))),');
    expect(toCode(net)).toContain('activation: function activation(x) { return ops.mul(x, 2); }');
    expect(toCode(net)).toMatch(/^import { layers, ops, sequential } from 'chainrule';\n\nconst net/);
    const quiet = { epochs: 2, verbose: 0 } as const;
    const { history } = await net.fit([[1], [2]], [[1], [2]], quiet);
    const fresh = again(net);
    expect((await fresh.fit([[1], [2]], [[1], [2]], quiet)).history).toEqual(history);
  });

  test('prints a rate as it was set, without the noise of 32 bits', () => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    net.compile({ optimizer: 'adam', loss: 'mse' });
    for (const rate of [0.002, 1e-7, 0.1, 1 / 3]) {
      net.learningRate = rate;
      expect(again(net).learningRate).toBe(Math.fround(rate));
    }
    net.learningRate = 0.002;
    expect(toCode(net)).toContain('learningRate: 0.002 ');
  });

  test('is not made of anything else', () => {
    expect(() => toCode({} as Sequential)).toThrow(ConfigError);
    expect(() => toCode(sequential(), { import: true } as object)).toThrow('imports');
  });
});
