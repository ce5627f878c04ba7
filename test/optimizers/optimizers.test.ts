/** Settings, defaults, clipping over weights of odd sizes, and numbers that must stay finite. */
import { describe, expect, test } from 'vitest';
import type { Node } from '../../src/graph/node.js';
import { ConfigError, layers, optimizers, sequential, tensor } from '../../src/index.js';
import { mul } from '../../src/ops/mul.js';
import type { Optimizer } from '../../src/optimizers/optimizer.js';
import { expectClose } from '../support/golden.js';

test("defaults are Keras'", () => {
  const shown = Object.entries(optimizers).map(([name, make]) => {
    const { learningRate, weightDecay, slots } = make() as Optimizer;
    return [name, { learningRate, weightDecay, slots }];
  });
  expect(Object.fromEntries(shown)).toEqual({
    sgd: { learningRate: 0.01, weightDecay: 0, slots: [] },
    rmsprop: { learningRate: 0.001, weightDecay: 0, slots: ['square'] },
    adam: { learningRate: 0.001, weightDecay: 0, slots: ['mean', 'square'] },
    adamW: { learningRate: 0.001, weightDecay: 0.004, slots: ['mean', 'square'] },
  });
  expect(optimizers.adamW({ weightDecay: 0 }).weightDecay).toBe(0);
  expect(optimizers.adamW({ weightDecay: undefined } as object).weightDecay).toBe(0.004);
  expect(optimizers.rmsprop({ momentum: 0.9, centered: true }).slots).toEqual([
    'square',
    'velocity',
    'average',
  ]);
});

describe('refused', () => {
  test.each([
    [
      () => optimizers.adam({ learningRate: Number.NaN }),
      'optimizers.adam: learningRate is NaN; expected a finite number, at least 0.',
    ],
    [
      () => optimizers.sgd({ learningRate: -0.1 }),
      'optimizers.sgd: learningRate is -0.1; expected a finite number, at least 0.',
    ],
    [
      () => optimizers.sgd({ learningRate: Number.POSITIVE_INFINITY }),
      'optimizers.sgd: learningRate is Infinity; expected a finite number, at least 0.',
    ],
    [
      () => optimizers.rmsprop({ learningRate: '0.1' as unknown as number }),
      "optimizers.rmsprop: learningRate is '0.1'; expected a finite number, at least 0.",
    ],
    [
      () => optimizers.adamW({ weightDecay: -1 }),
      'optimizers.adamW: weightDecay is -1; expected a finite number, at least 0.',
    ],
    [
      () => optimizers.sgd({ momentum: 1.5 }),
      'optimizers.sgd: momentum is 1.5; expected a number from 0 to 1.',
    ],
    [
      () => optimizers.sgd({ nesterov: 1 as unknown as boolean }),
      'optimizers.sgd: nesterov is 1; expected true or false.',
    ],
    [
      () => optimizers.rmsprop({ rho: Number.NaN }),
      'optimizers.rmsprop: rho is NaN; expected a number from 0 to 1.',
    ],
    [
      () => optimizers.rmsprop({ epsilon: 0 }),
      'optimizers.rmsprop: epsilon is 0; expected a number above 0.',
    ],
    [
      () => optimizers.adam({ beta1: 1 }),
      'optimizers.adam: beta1 is 1; expected a number from 0 to less than 1.',
    ],
    [
      () => optimizers.adam({ beta2: -0.1 }),
      'optimizers.adam: beta2 is -0.1; expected a number from 0 to less than 1.',
    ],
    [
      () => optimizers.adam({ epsilon: Number.NaN }),
      'optimizers.adam: epsilon is NaN; expected a number above 0.',
    ],
    [() => optimizers.adam({ clipnorm: 0 }), 'optimizers.adam: clipnorm is 0; expected a number above 0.'],
    [
      () => optimizers.adam({ clipvalue: -1 }),
      'optimizers.adam: clipvalue is -1; expected a number above 0.',
    ],
    [
      () => optimizers.adam({ clipnorm: 1, clipvalue: 1 }),
      'optimizers.adam: clipnorm and clipvalue were given; only one of them can be used.',
    ],
    [
      () => optimizers.adam({ lr: 1 } as object),
      "optimizers.adam has no setting 'lr'. Known: learningRate, ",
    ],
    [
      () => optimizers.adam({ learning_rate: 1 } as object),
      "optimizers.adam has no setting 'learning_rate'. Did you mean 'learningRate'?",
    ],
    [
      () => optimizers.sgd(0.1 as unknown as object),
      'optimizers.sgd: expected an object with settings such as { learningRate, clipnorm, clipvalue }, got 0.1.',
    ],
  ])('%s', (make, message) => {
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });

  test.each([
    ['adamm', "compile: there is no optimizer 'adamm'. Did you mean 'adam'?"],
    ['adagrad', "compile: there is no optimizer 'adagrad'. Known: sgd, rmsprop, adam, adamW."],
    [{ learningRate: 1 }, 'compile: there is no optimizer an object { learningRate }. Known: '],
  ])('compile({ optimizer: %j })', (optimizer, message) => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    expect(() => net.compile({ optimizer: optimizer as 'adam', loss: 'mse' })).toThrow(message);
  });
});

/** A dense unit whose loss is target times output: one example x with target 1 gives the kernel the gradient x, and the bias 1. */
function products(optimizer: Optimizer) {
  const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })] });
  net.setWeights([[[0], [0], [0]], [0]]);
  return net.compile({ optimizer, loss: (t: Node, p: Node) => mul(t, p) });
}

describe('clipping leaves the gaps between weights alone', () => {
  // Kernel gradient (3, 4, 12) with norm 13, bias gradient 1; together √170.
  test.each([
    [{ clipnorm: 6.5 }, [-1.5, -2, -6, -1]],
    [{ clipvalue: 3.5 }, [-3, -3.5, -3.5, -1]],
    [{ globalClipnorm: Math.sqrt(170) / 2 }, [-1.5, -2, -6, -0.5]],
    [{ globalClipnorm: 100 }, [-3, -4, -12, -1]],
  ])('%j', (clip, expected) => {
    const net = products(optimizers.sgd({ learningRate: 1, ...clip }));
    net.trainOnBatch([[3, 4, 12]], [1]);
    expectClose(
      net.getWeights().flatMap(({ data }) => [...data]),
      expected,
    );
  });
});

test('weight decay comes after clipping, and is not clipped', () => {
  const net = products(optimizers.sgd({ learningRate: 1, weightDecay: 0.5, clipvalue: 1 }));
  net.setWeights([[[10], [10], [10]], [10]]);
  net.trainOnBatch([[3, 0, 0]], [1]);
  expect(net.getWeights().flatMap(({ data }) => [...data])).toEqual([4, 5, 5, 4]);
});

test.each([1e-6, 1e-5, 1e-4])('centered rmsprop survives gradients that change by %d', (noise) => {
  // The mean of squares less the square of the mean is a variance, but rounding can make it negative.
  const net = products(optimizers.rmsprop({ centered: true }));
  for (let i = 0; i < 300; i++)
    net.trainOnBatch([[1, 10, 100].map((g) => g * (1 + noise * Math.sin(i * 12.9898)))], [1]);
  for (const { data } of net.getWeights()) expect([...data].every(Number.isFinite)).toBe(true);
});

test.each(['sgd', 'rmsprop', 'adam', 'adamW'] as const)(
  '%s leaves weights without a gradient where they are',
  (name) => {
    const net = products(optimizers[name]({ weightDecay: 0 }));
    for (let i = 0; i < 3; i++) net.trainOnBatch([[0, 0, 1]], [1]);
    const [kernel] = net.getWeights();
    expect([...kernel.data.slice(0, 2)]).toEqual([0, 0]);
    expect(kernel.data[2]).toBeLessThan(0);
  },
);

test('compiling again starts the optimizer anew, with the weights as they are', () => {
  const train = (net: ReturnType<typeof products>) => net.trainOnBatch([[1, 2, 3]], [1]);
  const compile = {
    optimizer: optimizers.adam({ learningRate: 0.1 }),
    loss: (t: Node, p: Node) => mul(t, p),
  };
  const [twice, fresh] = [products(compile.optimizer), products(compile.optimizer)];
  train(twice);
  fresh.setWeights(twice.getWeights());
  twice.compile(compile);
  train(twice);
  train(fresh);
  expect(twice.getWeights()).toEqual(fresh.getWeights());
});

test('an optimizer object serves two models, each with its own state', () => {
  const optimizer = optimizers.sgd({ learningRate: 0.1, momentum: 0.9 });
  const [one, other, alone] = [
    products(optimizer),
    products(optimizer),
    products(optimizers.sgd({ learningRate: 0.1, momentum: 0.9 })),
  ];
  for (let i = 0; i < 3; i++) {
    one.trainOnBatch([[1, 2, 3]], [1]);
    other.trainOnBatch([[-5, 0, 1]], [2]);
    alone.trainOnBatch([[1, 2, 3]], [1]);
  }
  expect(one.getWeights()).toEqual(alone.getWeights());
});

test('the learning rate may change between steps', () => {
  const net = products(optimizers.sgd({ learningRate: 1 }));
  net.trainOnBatch([[1, 0, 0]], [1]);
  net.learningRate = 0.25;
  net.trainOnBatch([[1, 0, 0]], [1]);
  expect(net.getWeights()[0]).toEqual(tensor([[-1.25], [0], [0]]));
});
