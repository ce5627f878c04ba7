/** What goes wrong says so, and leaves the model as it was. */
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  DataError,
  layers,
  MemoryError,
  type Sequential,
  ShapeError,
  StateError,
  sequential,
  tensor,
} from '../../src/index.js';
import { line, network, weightsOf } from '../support/problems.js';

const { x, y } = line(10);
type X = Parameters<Sequential['fit']>[0];

const changed = (rows: number[][], row: number, column: number, value: unknown) =>
  rows.map((values, i) => values.map((v, k) => (i === row && k === column ? value : v))) as number[][];

describe('data that cannot be trained on', () => {
  const cases: [string, X, X, typeof DataError, RegExp][] = [
    [
      'NaN in x',
      changed(x, 3, 1, Number.NaN),
      y,
      DataError,
      /x holds 1 value that is not finite, the first NaN in example 3 at position 1\. Remove/,
    ],
    [
      'Infinity in a typed x',
      Float32Array.from([...x.flat().slice(1), Infinity]),
      y,
      DataError,
      /first Infinity in example 9 at position 2/,
    ],
    [
      'NaN in y',
      x,
      changed(y, 7, 0, Number.NaN),
      DataError,
      /y holds 1 value that is not finite, the first NaN in example 7/,
    ],
    [
      'fewer targets than examples',
      x,
      y.slice(1),
      DataError,
      /x has 10 examples and y has 9; every example needs one target/,
    ],
    ['more targets than examples', x.slice(1), y, DataError, /x has 9 examples and y has 10/],
    [
      'another number of features',
      x.map((row) => row.slice(1)),
      y,
      ShapeError,
      /x has shape \[10, 2\]; expected \[batch, 3\]/,
    ],
    [
      'a single example',
      x[0],
      y[0],
      ShapeError,
      /x has shape \[3\]; expected \[batch, 3\].*batch of one: \[x\]/,
    ],
    ['targets of another shape', x, x, ShapeError, /y has shape \[10, 3\]; expected \[batch, 1\]/],
    [
      'a typed array that does not fill examples',
      new Float32Array(31),
      y,
      ShapeError,
      /x has shape \[31\]; expected \[batch, 3\]/,
    ],
    ['no examples', [], [], DataError, /^x is empty; at least one example is needed/],
    [
      'text',
      [['1', '2', '3']] as never,
      y,
      DataError,
      /x\[0\]\[0\] is '1'; .*Digits become numbers with Number\(text\)/,
    ],
    [
      'names of classes',
      x,
      y.map(() => 'cat') as never,
      DataError,
      /y\[0\] is 'cat'; .*names\.indexOf\(name\)/,
    ],
    [
      'what is not there yet',
      Promise.resolve(x) as never,
      y,
      DataError,
      /^x is a promise \(await it\); expected/,
    ],
    [
      'an object of another class',
      new Set([1]) as never,
      y,
      DataError,
      /^x is an object of class Set; expected/,
    ],
    ['big numbers', [[1n, 2n, 3n]] as never, y, DataError, /x\[0\]\[0\] is 1n; expected/],
    [
      'no examples of the right shape',
      tensor(new Float32Array(), [0, 3]),
      tensor(new Float32Array(), [0, 1]),
      DataError,
      /x is empty; at least one example is needed/,
    ],
    [
      'ragged rows',
      [...x.slice(1), [1, 2]],
      y,
      ShapeError,
      /\[9\] has shape \[2\] and .*\[0\] has \[3\]; all must be alike/,
    ],
    ['texts', changed(x, 2, 0, 'red'), y, DataError, /\[2\]\[0\] is 'red'; expected a number/],
    ['gaps', changed(x, 2, 0, null), y, DataError, /\[2\]\[0\] is null; expected a number/],
    ['nothing', undefined as never, y, DataError, /x is undefined; expected x of shape \[batch, 3\]/],
    ['no targets', x, null as never, DataError, /y is null; expected/],
    ['an object', { a: 1 } as never, y, DataError, /is an object \{ a \}; expected/],
  ];

  test.each(cases)('%s', async (_, xs, ys, type, message) => {
    const net = network();
    await net.fit(x, y);
    const before = weightsOf(net);
    for (const act of [
      async () => net.fit(xs, ys, { epochs: 2 }),
      async () => net.fit(x, y, { validationData: [xs, ys] }),
      async () => net.evaluate(xs, ys),
      async () => net.trainOnBatch(xs, ys),
      async () => net.gradients(xs, ys),
    ]) {
      const error = await act().then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(type);
      expect(error.message.replaceAll('the validation ', '')).toMatch(message);
    }
    expect(weightsOf(net)).toEqual(before);
    // Not in the middle of anything, and as far in its training as before.
    const twin = network();
    await twin.fit(x, y);
    expect(await net.fit(x, y)).toEqual(await twin.fit(x, y));
  });

  test('names the validation data', async () => {
    const options = { validationData: [changed(x, 0, 0, Number.NaN), y] as const };
    await expect(network().fit(x, y, options)).rejects.toThrow(/^the validation x holds 1 value/);
  });

  test.each([
    [-1, /label of example 1 is -1; .* a whole number from 0 to 2/],
    [3, /label of example 1 is 3/],
    [0.5, /label of example 1 is 0.5/],
  ])('a label that no class has: %f', async (label, message) => {
    const net = sequential({ layers: [layers.dense({ units: 3, activation: 'softmax', inputShape: [3] })] });
    net.compile({ loss: 'sparseCategoricalCrossentropy' });
    const before = weightsOf(net);
    const labels = [0, label, 2, 1, 0, 1, 2, 0, 1, 2];
    await expect(net.fit(x, labels)).rejects.toThrow(DataError);
    await expect(net.fit(x, labels)).rejects.toThrow(message);
    expect(weightsOf(net)).toEqual(before);
  });

  test.each([undefined, 'x', new Float32Array(4), [[1, 2]], [[1, 2, Number.NaN]]])(
    'predict from %s',
    (bad) => {
      expect(() => network().predict(bad as never)).toThrow(/x /);
    },
  );
});

describe('options of fit', () => {
  test.each([
    [{ epochs: 0 }, /epochs is 0; expected a whole number, at least 1/],
    [{ epochs: 2.5 }, /epochs is 2.5/],
    [{ epochs: '5' }, /epochs is '5'/],
    [{ batchSize: 0 }, /batchSize is 0; expected a whole number, at least 1/],
    [{ batchSize: Number.NaN }, /batchSize is NaN/],
    [{ validationSplit: 1.5 }, /validationSplit is 1.5; expected a number from 0 to 1/],
    [{ validationSplit: -0.1 }, /validationSplit is -0.1/],
    [{ validationData: x }, /validationData is .*; expected \[x, y\]/],
    [{ seed: 1.5 }, /seed is 1.5; expected a whole number/],
    [{ callbacks: {} }, /callbacks is an object .*; expected a list/],
    [{ callbacks: [7] }, /a callback is 7; expected an object with hooks/],
    [
      { callbacks: [{ onEpochEnded() {} }] },
      /a callback has a hook 'onEpochEnded', which fit does not call\. Did you mean 'onEpochEnd'/,
    ],
    [{ verbose: 7 }, /verbose is 7/],
    [{ shuffle: 'no' }, /shuffle is 'no'; expected true or false/],
    [{ timeSlice: 0 }, /timeSlice is 0/],
    [{ initialEpoch: -1 }, /initialEpoch is -1/],
    [{ epoch: 3 }, /fit has no setting 'epoch'\. Did you mean 'epochs'/],
    [{ batchsize: 3 }, /no setting 'batchsize'\. Did you mean 'batchSize'/],
    ['fast', /fit: expected an object with settings/],
  ])('%j', async (options, message) => {
    const net = network();
    const before = weightsOf(net);
    await expect(net.fit(x, y, options as never)).rejects.toThrow(ConfigError);
    await expect(net.fit(x, y, options as never)).rejects.toThrow(message);
    expect(weightsOf(net)).toEqual(before);
  });

  test.each([0.01, 0.99])('a validation split of %f that leaves one side empty', async (validationSplit) => {
    const few = [x.slice(0, 3), y.slice(0, 3)] as const;
    const fit = network().fit(...few, { validationSplit });
    if (validationSplit === 0.99)
      await expect(fit).rejects.toThrow(/of 3 examples leaves nothing to train on/);
    else await expect(fit).resolves.toBeDefined();
  });

  test.each([{ batchSize: 0 }, { batchSize: 'all' }, { timeSlice: -1 }, { epochs: 3 }])(
    'of evaluate: %j',
    async (options) => {
      await expect(network().evaluate(x, y, options as never)).rejects.toThrow(ConfigError);
    },
  );

  test.each([0, 1.5, '8'])('batch size %s of predict', (batchSize) => {
    expect(() => network().predict(x, { batchSize } as never)).toThrow(
      /batchSize is .*; expected a whole number, at least 1/,
    );
  });
});

test('data that are checked in pieces are all counted, and the event loop runs in between', async () => {
  const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2 ** 10] })] });
  net.compile({ loss: 'meanSquaredError' });
  const many = new Float32Array(2 ** 21);
  many[5] = many[2 ** 21 - 1] = Number.NaN;
  const targets = new Float32Array(2 ** 11);
  const wrong = /x holds 2 values that are not finite, the first NaN in example 0 at position 5/;
  await expect(net.fit(many, targets)).rejects.toThrow(wrong);
  await expect(net.evaluate(many, targets)).rejects.toThrow(wrong);
  // A slice that is over at once: each piece is a task.
  let others = 0;
  const counting = { on: true };
  const count = () => {
    others++;
    if (counting.on) setImmediate(count);
  };
  setImmediate(count);
  many.fill(0);
  await net.evaluate(many, targets, { timeSlice: 1e-6, batchSize: 2 ** 11 });
  counting.on = false;
  expect(others).toBeGreaterThan(4);
});

describe('a model that is not ready', () => {
  const uncompiled = () => sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })] });

  test('fit, evaluate, trainOnBatch and gradients before compile', async () => {
    const net = uncompiled();
    await expect(net.fit(x, y)).rejects.toThrow(StateError);
    await expect(net.fit(x, y)).rejects.toThrow(
      /^fit: sequential is not compiled; call compile\(\{ optimizer, loss \}\) first/,
    );
    await expect(net.evaluate(x, y)).rejects.toThrow(/^evaluate: sequential is not compiled/);
    expect(() => net.trainOnBatch(x, y)).toThrow(/^trainOnBatch: sequential is not compiled/);
    expect(() => net.gradients(x, y)).toThrow(/^gradients: sequential is not compiled/);
  });

  test('two fits at a time', async () => {
    const net = network();
    const first = net.fit(x, y, { epochs: 5 });
    await expect(net.fit(x, y)).rejects.toThrow(StateError);
    await expect(net.fit(x, y)).rejects.toThrow(
      /fit: sequential is in the middle of fit; wait for it to end/,
    );
    expect(() => net.compile({ loss: 'meanSquaredError' })).toThrow(/in the middle of fit/);
    expect(() => net.trainOnBatch(x, y)).toThrow(/^trainOnBatch: sequential is in the middle of fit/);
    expect((await first).epoch).toHaveLength(5);
    expect((await net.fit(x, y)).epoch).toHaveLength(1);
  });

  test('a fit that is refused leaves the one that builds the model alone', async () => {
    const net = sequential({ layers: [layers.dense({ units: 1 })] });
    net.compile({ loss: 'meanSquaredError' });
    const first = net.fit(x, y, { epochs: 5 });
    await expect(net.fit([[1]], [1])).rejects.toThrow(/in the middle of fit/);
    await expect(net.evaluate(x, y, { batchSize: 0 })).rejects.toThrow(ConfigError);
    expect((await first).epoch).toHaveLength(5);
    expect(net.built).toBe(true);
  });

  test('a shape that data do not tell', async () => {
    const net = sequential({ layers: [layers.dense({ units: 1 })] });
    net.compile({ loss: 'meanSquaredError' });
    await expect(net.fit(new Float32Array(6), [1, 2])).rejects.toThrow(
      /not built, and x of shape \[6\] does not tell/,
    );
    await net.fit(x, y);
    expect(net.inputShape).toEqual([3]);
  });

  test.each([
    [{ loss: 'meanSquareError' }, /there is no loss 'meanSquareError'\. Did you mean 'meanSquaredError'/],
    [{ loss: undefined }, /there is no loss undefined/],
    [{ loss: 'mse', optimizer: 'adm' }, /there is no optimizer 'adm'\. Did you mean 'adam'/],
    [{ loss: 'mse', metrics: ['acuracy'] }, /there is no metric 'acuracy'\. Did you mean 'accuracy'/],
    [{ loss: 'mse', metric: ['accuracy'] }, /no setting 'metric'\. Did you mean 'metrics'/],
  ])('compile(%j)', (options, message) => {
    expect(() => uncompiled().compile(options as never)).toThrow(ConfigError);
    expect(() => uncompiled().compile(options as never)).toThrow(message);
  });
});

describe('more memory than there is', () => {
  test('for the weights', () => {
    const huge = () => sequential({ layers: [layers.dense({ units: 50_000, inputShape: [50_000] })] });
    expect(huge).toThrow(MemoryError);
    expect(huge).toThrow(
      /sequential has 9\.3 GiB of weights; WebAssembly can address 4 GiB\. Use fewer or smaller layers/,
    );
  });

  test('for the values of one step; a smaller batch then trains as if nothing had been', () => {
    const make = () => {
      const net = sequential({
        layers: [layers.dense({ units: 4096, inputShape: [1] }), layers.dense({ units: 1 })],
      });
      return net.compile({ loss: 'meanSquaredError' });
    };
    const [net, twin] = [make(), make()];
    const before = weightsOf(net);
    const [many, few] = [new Float32Array(300_000), Float32Array.of(1, 2, 3)];
    expect(() => net.trainOnBatch(many, many)).toThrow(MemoryError);
    expect(() => net.trainOnBatch(many, many)).toThrow(/GiB|4096|smaller batch/);
    expect(weightsOf(net)).toEqual(before);
    expect(net.trainOnBatch(few, few)).toEqual(twin.trainOnBatch(few, few));
    expect(weightsOf(net)).toEqual(weightsOf(twin));
  });
});
