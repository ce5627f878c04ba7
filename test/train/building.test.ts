import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  layers,
  ops,
  type Sequential,
  ShapeError,
  StateError,
  type SymbolicValue,
  sequential,
} from '../../src/index.js';

const y = [[1], [2]];

describe('building', () => {
  test('a build that fails leaves nothing behind', () => {
    const net = sequential({
      layers: [
        layers.dense({ units: 4 }),
        layers.reshape({ targetShape: [2, 2] }),
        layers.flatten(),
        layers.dense({ units: 1 }),
      ],
    });
    net.add(layers.reshape({ targetShape: [3] }));
    expect(() => net.predict([[1, 2, 3]])).toThrow(ShapeError);
    expect(net.built).toBe(false);
    expect(net.weights).toEqual([]);
  });

  test('data of the wrong shape do not decide the shape of an unbuilt model', async () => {
    const net = sequential({ layers: [layers.dense({ units: 1 })] });
    net.compile({ optimizer: 'sgd', loss: 'mse' });
    await expect(net.fit([[1, 2, 3, 4, 5]], y)).rejects.toThrow('1 examples');
    expect(net.built).toBe(false);
    await net.fit(
      [
        [1, 2],
        [3, 4],
      ],
      y,
    );
    expect(net.inputShape).toEqual([2]);
  });

  test('layers added one by one are built by the inputShape of the first', () => {
    const net = sequential();
    net.add(layers.dense({ units: 4, inputShape: [3] }));
    net.add(layers.dense({ units: 1 }));
    expect(net.getWeights().map(({ shape }) => shape)).toEqual([[3, 4], [4], [4, 1], [1]]);
    expect(() => net.predict([[1, 2, 3, 4]])).toThrow('expected [batch, 3]');
  });

  test('a contradicting inputShape further down is an error', () => {
    const stack = () =>
      sequential({
        layers: [layers.dense({ units: 4, inputShape: [3] }), layers.dense({ units: 1, inputShape: [5] })],
      });
    expect(stack).toThrow('its inputShape is [5], but it is given [4]');
  });

  test('a layer belongs to one model', () => {
    const shared = layers.dense({ units: 1 });
    sequential({ layers: [shared] });
    expect(() => sequential({ layers: [shared] })).toThrow(ConfigError);
  });

  test('layers of an attempt that failed may be used again', () => {
    const first = layers.dense({ units: 4, inputShape: [3] });
    expect(() => sequential({ layers: [first, layers.reshape({ targetShape: [5] })] })).toThrow(ShapeError);
    expect(sequential({ layers: [first] }).predict([[1, 2, 3]]).shape).toEqual([1, 4]);
  });

  test('a name that is taken is passed over', () => {
    const net = sequential({
      layers: [
        layers.dense({ units: 1, name: 'dense_1' }),
        layers.dense({ units: 1 }),
        layers.dense({ units: 1 }),
      ],
    });
    expect(net.layers.map(({ name }) => name)).toEqual(['dense_1', 'dense', 'dense_2']);
  });

  test('a model that was disposed of says so', () => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    net[Symbol.dispose]();
    expect(() => net.predict([[1, 2]])).toThrow('disposed');
    expect(() => net.getWeights()).toThrow(StateError);
  });

  test('compile waits for an evaluation under way', async () => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    net.compile({ optimizer: 'sgd', loss: 'mse' });
    const running = net.evaluate(
      [
        [1, 2],
        [3, 4],
      ],
      y,
    );
    expect(() => net.compile({ optimizer: 'sgd', loss: 'mae' })).toThrow('in the middle of evaluate');
    await running;
    net.compile({ optimizer: 'sgd', loss: 'mae' });
  });
});

test('a symbolic value of an earlier call is refused', () => {
  let kept: SymbolicValue | undefined;
  const activation = (x: SymbolicValue) => {
    kept ??= x;
    return ops.add(x, kept);
  };
  const net = sequential({ layers: [layers.activation({ inputShape: [2], activation })] });
  expect(() =>
    net.predict([
      [1, 2],
      [3, 4],
    ]),
  ).toThrow('symbolic value of an earlier call');
});

test.each([
  ['predict of NaN', (net: Sequential) => net.predict([[Number.NaN, 1]])],
  ['trainOnBatch with too few targets', (net: Sequential) => net.trainOnBatch([[1, 2]], [[1], [2]])],
  [
    'a wrong validation set',
    (net: Sequential) => net.fit([[1, 2]], [[1]], { validationData: [[[1]], [[1]]] }),
  ],
  ['a wrong signal', (net: Sequential) => net.fit([[1, 2]], [[1]], { signal: {} as AbortSignal })],
])('%s leaves a model unbuilt', async (_, call) => {
  const net = sequential({ layers: [layers.dense({ units: 1 })] });
  net.compile({ optimizer: 'sgd', loss: 'mse' });
  await expect(async () => call(net)).rejects.toThrow();
  expect(net.built).toBe(false);
});

test('the validation tells of its batches', async () => {
  const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  net.compile({ optimizer: 'sgd', loss: 'mse' });
  const heard: string[] = [];
  const onTestBatchBegin = (batch: number) => void heard.push(`begin ${batch}`);
  const onTestBatchEnd = (batch: number) => void heard.push(`end ${batch}`);
  const x = [[1], [2], [3]];
  await net.fit(x, x, {
    batchSize: 2,
    validationData: [x, x],
    callbacks: [{ onTestBatchBegin, onTestBatchEnd }],
  });
  expect(heard).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1']);
});
