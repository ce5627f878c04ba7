import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ActivationName, activations, resolveActivation } from '../../src/activations/index.js';
import { ConfigError } from '../../src/errors.js';
import type { Node } from '../../src/graph/node.js';
import { init, layers, sequential } from '../../src/index.js';
import { elu } from '../../src/ops/elu.js';
import { gelu } from '../../src/ops/gelu.js';
import { leakyRelu } from '../../src/ops/leakyRelu.js';
import { mul } from '../../src/ops/mul.js';
import { sigmoid } from '../../src/ops/sigmoid.js';
import { silu } from '../../src/ops/silu.js';
import { expectClose, floats, type GoldenArray, goldenCases, showConfig } from '../support/golden.js';
import { given, gradientsOf, run } from '../support/run.js';

interface Case {
  readonly activation: ActivationName;
  readonly config: { negativeSlope?: number; alpha?: number; approximate?: boolean };
  /** Where the slope is a convention, and ours is not the one in the file. */
  readonly kinks: readonly number[];
  readonly x: GoldenArray;
  readonly dy: GoldenArray;
  readonly y: GoldenArray;
  readonly dx: GoldenArray;
}

const cases = goldenCases<Case>('activations').map((golden) => ({
  title: `${golden.activation} ${showConfig(golden.config)}`.trim(),
  ...golden,
}));

/** The function of a case; settings other than the defaults are reached through the op. */
function functionOf({ activation, config }: Case): (x: Node) => Node {
  if (config.negativeSlope !== undefined) return (x) => leakyRelu(x, config.negativeSlope);
  if (config.alpha !== undefined) return (x) => elu(x, config.alpha);
  if (config.approximate !== undefined) return (x) => gelu(x, config.approximate);
  return resolveActivation('test', activation);
}

/** Our slope at 0, where frameworks differ: that of the negative side. */
function slopeAtKink({ activation, config }: Case): number {
  if (activation === 'leakyRelu') return config.negativeSlope ?? 0.2;
  if (activation === 'elu') return config.alpha ?? 1;
  if (activation === 'selu') return 1.0507009873554805 * 1.6732632423543772;
  throw new Error(`${activation} has no kink that this test knows`);
}

test('every activation has golden numbers', () => {
  const covered = new Set(cases.map(({ activation }) => activation));
  // relu6 and the like come with Keras; swish is silu under its other name.
  expect(Object.keys(activations).filter((name) => !covered.has(name as ActivationName))).toEqual(['swish']);
  expect(activations.swish).toBe(activations.silu);
});

describe.each(['fast', 'portable'] as const)('%s numerics', (numerics) => {
  beforeAll(() => init({ numerics }));
  afterAll(() => init());

  test.each(cases)('$title', (golden) => {
    const x = given(floats(golden.x), golden.x.shape);
    const y = functionOf(golden)(x);
    const dy = floats(golden.dy);
    const [values, dx] = run([y, ...gradientsOf(y, given(dy, golden.dy.shape), [x])]);
    expectClose(values, floats(golden.y), 'y');
    const expected = floats(golden.dx);
    for (const i of golden.kinks) expected[i] = dy[i] * slopeAtKink(golden);
    expectClose(dx, expected, 'dx');
  });

  test.each(cases.filter(({ config }) => Object.keys(config).length === 0))(
    '$activation as a setting of dense, fused into the product',
    (golden) => {
      const width = 4;
      const net = sequential({
        seed: 1,
        layers: [layers.dense({ units: width, activation: golden.activation, inputShape: [width] })],
      });
      // The identity as kernel and dy as upstream gradient (by a loss of the mean of dy·y, times their number).
      net.setWeights([
        Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0)),
        new Float32Array(width),
      ]);
      net.compile({ optimizer: 'sgd', loss: (dy, y) => mul(dy, y) });
      const x = floats(golden.x);
      const dy = floats(golden.dy).map((v) => v * x.length);
      expectClose(net.predict(x).data, floats(golden.y), 'y');
      const [kernel, bias] = net.gradients(x, {
        data: dy,
        shape: [x.length / width, width],
        dtype: 'float32',
      });
      const expected = floats(golden.dx);
      for (const i of golden.kinks) expected[i] = (dy[i] / x.length) * slopeAtKink(golden);
      const dBias = new Float64Array(width);
      const dKernel = new Float64Array(width * width);
      expected.forEach((d, i) => {
        dBias[i % width] += d;
        const row = i - (i % width);
        for (let k = 0; k < width; k++) dKernel[k * width + (i % width)] += x[row + k] * d;
      });
      expectClose(bias.data, dBias, 'the gradient of the bias');
      // Each element of it is a sum of dx times inputs as large as 90.
      expectClose(kernel.data, dKernel, 'the gradient of the kernel', { absolute: 90 * 2e-6 });
    },
  );
});

describe('slopes at corners', () => {
  test.each([
    ['relu', [0, -0], [0, 0]],
    ['relu6', [0, 6], [0, 0]],
    ['hardSigmoid', [-3, 3], [0, 0]],
    ['leakyRelu', [0], [0.2]],
    ['elu', [0], [1]],
    ['softsign', [0], [1]],
  ] as const)('%s at %j', (name, at, slopes) => {
    const x = given(at);
    const y = activations[name](x);
    const [dx] = run(gradientsOf(y, given(at.map(() => 1)), [x]));
    expectClose(dx, slopes);
  });
});

describe('far from 0', () => {
  const far = [-1e30, -1e4, -100, 100, 1e4, 1e30];

  test.each(Object.entries(activations).filter(([name]) => name !== 'exponential'))(
    '%s and its slope are finite',
    (_, activation) => {
      const x = given(far);
      const y = activation(x);
      for (const values of run([y, ...gradientsOf(y, given(far.map(() => 1)), [x])])) {
        expect([...values].every(Number.isFinite), String(values)).toBe(true);
      }
    },
  );

  test('NaN goes through', () => {
    for (const [name, activation] of Object.entries(activations)) {
      const [y] = run([activation(given([Number.NaN, Number.NaN]))]);
      expect([...y].every(Number.isNaN), name).toBe(true);
    }
  });
});

describe('choosing an activation', () => {
  test('a function of ops serves as one', () => {
    const own = (x: Node) => mul(x, sigmoid(x));
    const data = [-3, -0.5, 0, 0.5, 3];
    const x = given(data);
    const [mine, known] = [own(x), silu(x)].map((y) => run([y, ...gradientsOf(y, given(data), [x])]));
    expectClose(mine[0], known[0]);
    expectClose(mine[1], known[1]);
  });

  test('a function that returns no node is refused where it is called', () => {
    const wrong = resolveActivation('layers.dense', (() => 3) as never);
    expect(() => wrong(given([1]))).toThrow(
      'layers.dense: the activation function returned 3; it must return a value made by ops.',
    );
  });

  test.each([
    ['rleu', "layers.dense: there is no activation 'rleu'. Did you mean 'relu'?"],
    ['ReLU', "layers.dense: there is no activation 'ReLU'. Did you mean 'relu'?"],
    ['hard_sigmoid', "layers.dense: there is no activation 'hard_sigmoid'. Did you mean 'hardSigmoid'?"],
    ['leaky_relu', "layers.dense: there is no activation 'leaky_relu'. Did you mean 'leakyRelu'?"],
    ['toString', "layers.dense: there is no activation 'toString'. Known: linear, relu"],
    [7, 'layers.dense: there is no activation 7. Known: linear, relu'],
    [null, 'layers.dense: there is no activation null. Known: linear, relu'],
  ])('%j is refused', (name, message) => {
    const resolve = () => resolveActivation('layers.dense', name as ActivationName);
    expect(resolve).toThrow(ConfigError);
    expect(resolve).toThrow(message);
  });
});
