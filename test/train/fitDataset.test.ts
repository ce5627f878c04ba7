import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  callbacks,
  data,
  type FitOptions,
  init,
  layers,
  optimizers,
  sequential,
  tensor,
} from '../../src/index.js';

/** Points around three corners; y is the corner. */
function corners(n: number) {
  const x = new Float32Array(2 * n);
  const y = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    y[i] = i % 3;
    x[2 * i] = Math.cos(y[i] * 2.1) + 0.3 * Math.sin(i * i);
    x[2 * i + 1] = Math.sin(y[i] * 2.1) + 0.3 * Math.cos(i * i * 1.7);
  }
  return { x: tensor(x, [n, 2]), y };
}

function network() {
  const net = sequential({
    layers: [
      layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
      layers.dropout({ rate: 0.1 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  return net.compile({
    optimizer: optimizers.adam({ learningRate: 0.01 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

const weights = (net: ReturnType<typeof network>) => net.getWeights().map(({ data }) => [...data]);

/** The same examples in batches of odd sizes, as a stream may bring them. */
function stream({ x, y }: ReturnType<typeof corners>, opened: number[] = []) {
  return data.batches(async function* (epoch) {
    opened.push(epoch);
    for (let at = 0, n = 1; at < y.length; at += n, n = (n * 7) % 23) {
      const to = Math.min(at + n, y.length);
      yield { x: tensor(x.data.subarray(2 * at, 2 * to), [to - at, 2]), y: y.subarray(at, to) };
    }
  });
}

describe('gives the bits of fit without shuffling', () => {
  test.each<[string, number, FitOptions]>([
    ['on data that fit at once', 200, {}],
    ['where the last batch is smaller', 203, { batchSize: 16 }],
    // 1024 batches are in the arena at a time.
    ['on data that come in several parts', 3000, { batchSize: 2, epochs: 2 }],
    ['one example at a time', 1500, { batchSize: 1, epochs: 2 }],
    ['without the doctor', 3000, { batchSize: 2, doctor: 'off' }],
  ])('%s', async (_, n, options) => {
    const examples = corners(n);
    const settings = { epochs: 3, seed: 5, ...options };
    const [held, streamed] = [network(), network()];
    const a = await held.fit(examples.x, examples.y, { ...settings, shuffle: false });
    const b = await streamed.fitDataset(stream(examples), settings);
    expect(weights(streamed)).toEqual(weights(held));
    expect(b.history).toEqual(a.history);
    expect(b.epoch).toEqual(a.epoch);
  });

  test('with several threads as well', async () => {
    await init({ threads: 2 });
    const examples = corners(500);
    const [held, streamed] = [network(), network()];
    await held.fit(examples.x, examples.y, { shuffle: false });
    await streamed.fitDataset(stream(examples));
    expect(weights(streamed)).toEqual(weights(held));
    await init();
  });
});

test('shuffled data give another order each epoch, and the same training for the same seeds', async () => {
  const run = async (seed: number) => {
    const net = network();
    await net.fitDataset(stream(corners(300)).shuffle(100, seed), { epochs: 2 });
    return weights(net);
  };
  expect(await run(1)).toEqual(await run(1));
  expect(await run(2)).not.toEqual(await run(1));
});

describe('epochs', () => {
  test('each opens the source anew, with its number, also in a second fit', async () => {
    const opened: number[] = [];
    const net = network();
    const dataset = stream(corners(100), opened);
    await net.fitDataset(dataset, { epochs: 2 });
    await net.fitDataset(dataset, { epochs: 2 });
    expect(opened).toEqual([0, 1, 2, 3]);
  });

  test('of so many batches go on where the last one ended, over the end of the data', async () => {
    const seen: number[] = [];
    const opened: number[] = [];
    const endless = data.examples((epoch) => {
      opened.push(epoch);
      return Array.from({ length: 10 }, (_, i) => [[epoch, i], 0] as const);
    });
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const spy = { onBatchEnd: (batch: number) => void seen.push(batch) };
    const { epoch } = await net.fitDataset(endless, {
      epochs: 3,
      batchesPerEpoch: 4,
      batchSize: 4,
      callbacks: [spy],
    });
    expect(epoch).toEqual([0, 1, 2]);
    expect(seen).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    // 48 examples, out of passes of 10; what is read ahead counts as well.
    expect(opened.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
    expect(opened.length).toBeLessThanOrEqual(7);
  });

  test('an infinite source needs batchesPerEpoch, and stops when told', async () => {
    let closed = false;
    const net = network();
    await net.fitDataset(
      async function* () {
        try {
          for (;;) yield { x: [[1, 2]], y: [1] };
        } finally {
          closed = true;
        }
      },
      { epochs: 2, stepsPerEpoch: 5, batchSize: 8 },
    );
    expect(closed).toBe(true);
  });
});

describe('validation', () => {
  const examples = corners(120);

  test('a data set and tensors give the same numbers', async () => {
    const [a, b] = await Promise.all(
      [stream(examples), [examples.x, examples.y] as const].map((validationData) =>
        network().fitDataset(stream(examples), { epochs: 2, validationData }),
      ),
    );
    expect(a.history.val_loss).toEqual(b.history.val_loss);
    expect(a.history.val_accuracy).toHaveLength(2);
  });

  test('validationBatches are the first so many, every epoch', async () => {
    const net = network();
    const { history } = await net.fitDataset(stream(examples), {
      validationData: stream(examples),
      validationBatches: 2,
      batchSize: 20,
    });
    const first = { x: tensor(examples.x.data.subarray(0, 80), [40, 2]), y: examples.y.subarray(0, 40) };
    const { loss } = await net.evaluate(first.x, first.y, { batchSize: 20 });
    expect(history.val_loss[0]).toBe(loss);
  });

  test('evaluateDataset is evaluate', async () => {
    const net = network();
    const results = await net.evaluateDataset(stream(examples).batch(16));
    expect(results).toEqual(await net.evaluate(examples.x, examples.y, { batchSize: 16 }));
    expect(await net.evaluateDataset(stream(examples), { batches: 1, batchSize: 120 })).toEqual(
      await net.evaluate(examples.x, examples.y, { batchSize: 120 }),
    );
  });
});

test('callbacks hear what they hear from fit', async () => {
  const heard = () => {
    const names: string[] = [];
    const note =
      (name: string) =>
      (at: unknown): void =>
        void names.push(`${name} ${typeof at === 'number' ? at : ''}`);
    const hooks = [
      'onTrainBegin',
      'onEpochBegin',
      'onTrainBatchBegin',
      'onTrainBatchEnd',
      'onTestBegin',
      'onTestBatchEnd',
      'onTestEnd',
      'onEpochEnd',
      'onTrainEnd',
    ];
    return { names, callback: Object.fromEntries(hooks.map((name) => [name, note(name)])) };
  };
  const examples = corners(70);
  const [a, b] = [heard(), heard()];
  const validationData = [examples.x, examples.y] as const;
  await network().fit(examples.x, examples.y, { epochs: 2, validationData, callbacks: [a.callback] });
  await network().fitDataset(stream(examples), {
    epochs: 2,
    validationData: stream(examples),
    callbacks: [b.callback],
  });
  expect(b.names).toEqual(a.names);
});

test('progress tells the number of batches once it is known', async () => {
  const told: (number | undefined)[] = [];
  await network().fitDataset(stream(corners(5000)), {
    epochs: 2,
    batchSize: 4,
    callbacks: [
      { onProgress: ({ batch, batches, eta }) => void (batch === 1024 && told.push(batches, eta && 1)) },
    ],
    timeSlice: 1000,
  });
  expect(told.slice(0, 2)).toEqual([undefined, undefined]);
  expect(told.slice(-2)).toEqual([1250, 1]);
});

test('a model without an inputShape is built from the first batch; sizes come from the data set', async () => {
  const net = sequential({ layers: [layers.dense({ units: 3, activation: 'softmax' })] });
  net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' });
  let batches = 0;
  await net.fitDataset(stream(corners(60)).batch(20), { callbacks: [{ onBatchEnd: () => void batches++ }] });
  expect(net.inputShape).toEqual([2]);
  expect(batches).toBe(3);
});

test('single examples serve where the model knows their shape', async () => {
  const { x, y } = corners(40);
  const examples = Array.from(y, (label, i) => ({ x: x.data.subarray(2 * i, 2 * i + 2), y: label }));
  const [held, streamed] = [network(), network()];
  await held.fit(x, y, { shuffle: false });
  await streamed.fitDataset(examples);
  expect(weights(streamed)).toEqual(weights(held));
});

describe('the doctor', () => {
  test('finds the step in which training broke, in a later part of the data', async () => {
    const n = 9000;
    const { x, y } = corners(n);
    // So large that the next update overflows.
    x.data.fill(1e30, 2 * 8100, 2 * 8102);
    const net = sequential({
      layers: [layers.dense({ units: 8, inputShape: [2] }), layers.dense({ units: 3 })],
    });
    net.compile({ optimizer: optimizers.sgd({ learningRate: 10 }), loss: (_, yPred) => yPred });
    const { diagnoses } = await net.fitDataset(stream({ x, y }), { batchSize: 4 });
    expect(diagnoses.map(({ problem }) => problem)).toContain('non-finite');
  });

  test('early stopping and repairs have what they need', async () => {
    const examples = corners(600);
    const stopping = callbacks.earlyStopping({ monitor: 'loss', patience: 0, minDelta: 10 });
    const { epoch } = await network().fitDataset(stream(examples), { epochs: 9, callbacks: [stopping] });
    expect(epoch).toEqual([0, 1]);
    const net = network();
    const history = await net.fitDataset(stream(examples), { epochs: 3, doctor: 'repair' });
    expect(history.epoch).toEqual([0, 1, 2]);
  });
});

test('a training that was cut off goes on bit by bit from its backup', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fit-dataset-'));
  try {
    const settings = { epochs: 3, batchSize: 2, timeSlice: 1 };
    const dataset = stream(corners(2500)).shuffle(500, 3);
    const whole = network();
    const { history } = await whole.fitDataset(dataset, settings);
    for (const cutOff of [700, 1100, 1249]) {
      const backup = callbacks.backupAndRestore({ path: join(folder, `${cutOff}`), saveFreq: 100 });
      let left = 1250 + cutOff;
      const cut = {
        onBatchEnd: () => {
          if (--left === 0) throw new Error('cut off');
        },
      };
      await expect(network().fitDataset(dataset, { ...settings, callbacks: [backup, cut] })).rejects.toThrow(
        'cut off',
      );
      const net = network();
      left = Number.POSITIVE_INFINITY;
      const again = await net.fitDataset(dataset, { ...settings, callbacks: [backup, cut] });
      expect(left).toBe(Number.POSITIVE_INFINITY);
      expect(weights(net)).toEqual(weights(whole));
      expect(again.history).toEqual(history);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('cancelling', () => {
  test('while a source keeps silent', async () => {
    const abort = new AbortController();
    const net = network();
    const silent = async function* () {
      yield { x: [[1, 2]], y: [1] };
      await new Promise(() => {});
    };
    const fit = net.fitDataset(silent, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 5);
    await expect(fit).rejects.toThrow('enough');
    // The model goes on working.
    await net.fitDataset(stream(corners(30)));
  });

  test('in the middle of an epoch closes the source', async () => {
    let closed = 0;
    const abort = new AbortController();
    const source = async function* () {
      try {
        for (let i = 0; ; i++) {
          if (i === 500) abort.abort();
          yield { x: [[1, i % 7]], y: [i % 3] };
        }
      } finally {
        closed++;
      }
    };
    await expect(network().fitDataset(source, { signal: abort.signal, batchSize: 1 })).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve));
    expect(closed).toBe(1);
  });
});

describe('says what is wrong with', () => {
  const fails = async (dataset: unknown, message: RegExp, options = {}) => {
    const net = network();
    const before = weights(net);
    await expect(net.fitDataset(dataset as never, options)).rejects.toThrow(message);
    expect(weights(net)).toEqual(before);
  };
  const good = stream(corners(10));

  test('data', async () => {
    await fails(7, /fitDataset: got 7; expected a data set, such as data.csv/);
    await fails([], /x has no examples/);
    await fails(
      data.examples([{ x: [1, 2] }]),
      /no targets y; give { x, y }, or name the column to predict as label/,
    );
    await fails(
      data.examples([[[1, 2, 3], 0]]),
      /x has shape \[1, 3\]; expected \[batch, 2\]: examples of 2 numbers each/,
    );
    await fails(data.examples([[[1, Number.NaN], 0]]), /x holds 1 value that is not finite/);
    await fails(data.examples([[[1, 2], 7]]), /7/);
    await fails(good, /the validation x/, { validationData: data.examples([[[1], 0]]) });
  });

  test('data that come later: what was learned before stays', async () => {
    const net = network();
    const late = async function* () {
      for (let i = 0; i < 5000; i++) yield { x: [[i % 5, 1]], y: [i % 3] };
      throw new Error('the wire was cut');
    };
    await expect(net.fitDataset(late, { batchSize: 1 })).rejects.toThrow('the wire was cut');
    const bad = async function* () {
      for (let i = 0; i < 3000; i++) yield { x: [[i % 5, i === 2500 ? Number.NaN : 1]], y: [i % 3] };
    };
    await expect(net.fitDataset(bad, { batchSize: 1 })).rejects.toThrow(
      /x \(from example 2500 on\) holds 1 value/,
    );
    await net.fitDataset(good);
  });

  test('a generator that is wanted twice', async () => {
    const once = (function* () {
      yield { x: [[1, 2]], y: [0] };
    })();
    await expect(network().fitDataset(once, { epochs: 2 })).rejects.toThrow(
      /read only once.*Hand over the function/s,
    );
  });

  test('a data set where arrays belong', async () => {
    const net = network();
    await expect(net.fit(good as never, [1])).rejects.toThrow(
      /x is a data set; fitDataset and evaluateDataset take those/,
    );
    await expect(net.evaluate(good as never, [1])).rejects.toThrow(/x is a data set/);
    expect(() => net.predict(good as never)).toThrow(/for await \(const { x } of dataset\) net.predict\(x\)/);
  });

  test('settings', async () => {
    await fails(good, /no setting 'shuffle'; mix the data set itself: dataset.shuffle/, { shuffle: true });
    await fails(good, /no setting 'validationSplit'; split the data set/, { validationSplit: 0.1 });
    await fails(good, /no setting 'batchPerEpoch'. Did you mean 'batchesPerEpoch'/, { batchPerEpoch: 1 });
    await fails(good, /fitDataset: epochs is 0/, { epochs: 0 });
    await fails(good, /two names of one thing/, { batchesPerEpoch: 2, stepsPerEpoch: 3 });
    await fails(good, /validationBatches needs validationData/, { validationBatches: 2 });
    await fails(good, /no backup can say where/, {
      batchesPerEpoch: 2,
      callbacks: [callbacks.backupAndRestore('/nowhere/backup')],
    });
  });
});
