import { describe, expect, test } from 'vitest';
import { type Callback, layers, optimizers, sequential, tensor } from '../../src/index.js';
import type { MetricFunction } from '../../src/metrics/metric.js';
import { line, network, noise, weightsOf } from '../support/problems.js';

/** A model whose metric 'seen' is the mean target: what examples an epoch went through, and in which order. */
function observer() {
  const seen: MetricFunction = (yTrue) => yTrue;
  const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0 }), loss: 'meanSquaredError', metrics: [seen] });
  return net;
}

/** The targets 0, 1, … in the order in which epochs of batches of one go through them. */
async function orders(
  count: number,
  epochs: number,
  options: object = {},
  net = observer(),
): Promise<number[][]> {
  const all: number[][] = [];
  let sum = 0;
  const record: Callback = {
    onEpochBegin() {
      all.push([]);
      sum = 0;
    },
    onTrainBatchEnd(batch, { seen }) {
      const total = seen * (batch + 1);
      all[all.length - 1].push(Math.round(total - sum));
      sum = total;
    },
  };
  const x = Array.from({ length: count }, (_, i) => i);
  await net.fit(x, x, { epochs, batchSize: 1, callbacks: [record], ...options });
  return all;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the order of examples', () => {
  test('each epoch goes through every example once, in an order of its own', async () => {
    const [first, second] = await orders(40, 2);
    expect([...first].sort((a, b) => a - b)).toEqual(upTo(40));
    expect([...second].sort((a, b) => a - b)).toEqual(upTo(40));
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(upTo(40));
  });

  test('is the given one without shuffling', async () => {
    expect(await orders(12, 2, { shuffle: false })).toEqual([upTo(12), upTo(12)]);
  });

  test('belongs to the seed', async () => {
    expect(await orders(40, 2, { seed: 3 })).toEqual(await orders(40, 2, { seed: 3 }));
    expect(await orders(40, 1, { seed: 3 })).not.toEqual(await orders(40, 1, { seed: 4 }));
  });

  test('goes on where the last fit ended', async () => {
    const net = observer();
    const apart = [...(await orders(20, 1, {}, net)), ...(await orders(20, 1, {}, net))];
    expect(apart).toEqual(await orders(20, 2));
  });

  test('leaves the examples of a validation split out: the last ones, before shuffling', async () => {
    const [order] = await orders(10, 1, { validationSplit: 0.3 });
    expect([...order].sort((a, b) => a - b)).toEqual(upTo(7));
  });
});

test('one seed gives one network, bit by bit; another seed another', async () => {
  const { x, y } = line(50);
  const train = async (seed: number) => {
    const net = sequential({
      seed,
      layers: [
        layers.dense({ units: 6, activation: 'relu', inputShape: [3] }),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: 1 }),
      ],
    });
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const { history } = await net.fit(x, y, { epochs: 3, batchSize: 8 });
    return { weights: weightsOf(net), history };
  };
  expect(await train(5)).toEqual(await train(5));
  expect((await train(5)).weights).not.toEqual((await train(6)).weights);
});

test('time slices change nothing', async () => {
  const { x, y } = line(70);
  const [short, long] = [network(), network()];
  const a = await short.fit(x, y, { epochs: 3, batchSize: 4, timeSlice: 1e-6 });
  const b = await long.fit(x, y, { epochs: 3, batchSize: 4, timeSlice: 1000 });
  expect(weightsOf(short)).toEqual(weightsOf(long));
  expect(a).toEqual(b);
});

test('a hook for every batch changes nothing', async () => {
  const { x, y } = line(70);
  const [watched, alone] = [network(), network()];
  const a = await watched.fit(x, y, { epochs: 2, batchSize: 4, callbacks: [{ onTrainBatchEnd() {} }] });
  const b = await alone.fit(x, y, { epochs: 2, batchSize: 4 });
  expect(weightsOf(watched)).toEqual(weightsOf(alone));
  expect(a).toEqual(b);
});

test.each([1, 4, 5, 10, 32])(
  'an epoch in batches of %i is trainOnBatch for each, the last one smaller',
  async (batchSize) => {
    const { x, y } = line(10);
    const [fitted, stepped] = [network(), network()];
    const { history } = await fitted.fit(x, y, { batchSize, shuffle: false });
    let total = 0;
    for (let at = 0; at < 10; at += batchSize) {
      const batch = x.slice(at, at + batchSize);
      total += stepped.trainOnBatch(batch, y.slice(at, at + batchSize)).loss * batch.length;
    }
    expect(weightsOf(fitted)).toEqual(weightsOf(stepped));
    expect(history.loss[0]).toBeCloseTo(total / 10, 12);
  },
);

test('the metrics of an epoch are means over its examples, not over its batches', async () => {
  const y = upTo(10);
  const { history } = await observer().fit(y, y, { batchSize: 8 });
  expect(history.seen[0]).toBeCloseTo(4.5, 6);
});

test('validation data are evaluated after each epoch', async () => {
  const net = network();
  const { x, y } = line(20);
  const held = line(7, 2);
  const { history } = await net.fit(x, y, { epochs: 3, validationData: [held.x, held.y] });
  expect(history.val_loss).toHaveLength(3);
  expect(history.val_loss[2]).toBe((await net.evaluate(held.x, held.y)).loss);
});

test('a validation split trains and validates like the two parts given apart', async () => {
  const { x, y } = line(20);
  const [split, apart] = [network(), network()];
  const a = await split.fit(x, y, { epochs: 2, validationSplit: 0.25 });
  const b = await apart.fit(x.slice(0, 15), y.slice(0, 15), {
    epochs: 2,
    validationData: [x.slice(15), y.slice(15)],
  });
  expect(weightsOf(split)).toEqual(weightsOf(apart));
  expect(a).toEqual(b);
});

test('epochs are numbered from initialEpoch', async () => {
  const { x, y } = line(8);
  const { epoch, history } = await network().fit(x, y, { epochs: 5, initialEpoch: 3 });
  expect(epoch).toEqual([3, 4]);
  expect(history.loss).toHaveLength(2);
});

describe('every form of the same numbers trains the same network', () => {
  const x = Array.from({ length: 12 }, (_, i) => [i % 3, (i * 7) % 5, i % 2]);
  const y = x.map(([a, b]) => [a + b]);
  const [flatX, flatY] = [x.flat(), y.flat()];
  const train = async (xs: Parameters<ReturnType<typeof network>['fit']>[0], ys: typeof xs) => {
    const net = network({ learningRate: 0.01 });
    await net.fit(xs, ys, { epochs: 2, batchSize: 5 });
    return weightsOf(net);
  };
  test.each([
    ['rows of typed arrays', x.map((row) => Float32Array.from(row)) as never, y],
    ['Float32Array', Float32Array.from(flatX), Float32Array.from(flatY)],
    ['Float64Array', Float64Array.from(flatX), Float64Array.from(flatY)],
    ['Uint8Array, kept as bytes', Uint8Array.from(flatX), Uint8Array.from(flatY)],
    ['Uint8ClampedArray', Uint8ClampedArray.from(flatX), flatY],
    ['Int32Array', Int32Array.from(flatX), Int32Array.from(flatY)],
    ['Int8Array and Uint16Array', Int8Array.from(flatX), Uint16Array.from(flatY)],
    ['a tensor', tensor(x), tensor(y)],
    ['a tensor of bytes', tensor(Uint8Array.from(flatX), [12, 3]), tensor(Uint8Array.from(flatY), [12, 1])],
    ['a flat list of targets', x, flatY],
    ['a window on a larger array', Float32Array.from([9, ...flatX, 9]).subarray(1, 37), y],
  ])('%s', async (_, xs, ys) => {
    expect(await train(xs, ys)).toEqual(await train(x, y));
  });
});

test('the data are copied: changing them while fit runs changes nothing', async () => {
  const x = noise(90);
  const y = noise(30, 2);
  const [untouched, changed] = [network(), network()];
  await untouched.fit(x.slice(), y.slice(), { epochs: 3 });
  const running = changed.fit(x, y, { epochs: 3, callbacks: [{ onTrainBegin: () => void x.fill(7) }] });
  await running;
  expect(weightsOf(changed)).toEqual(weightsOf(untouched));
});

test('the event loop runs while fit does', async () => {
  const { x, y } = line(2000);
  const enough = new AbortController();
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks === 5) enough.abort();
  }, 1);
  // Only a timer that gets its turn ends this fit.
  const fit = network().fit(x, y, { epochs: 1e9, batchSize: 1, timeSlice: 5, signal: enough.signal });
  await expect(fit).rejects.toThrow('abort');
  clearInterval(timer);
  expect(ticks).toBeGreaterThanOrEqual(5);
});

test('fitting again and again needs no more memory', async () => {
  const net = network();
  const { x, y } = line(500);
  await net.fit(x, y, { validationSplit: 0.1 });
  const { bytes } = net.executor.arena;
  for (let i = 0; i < 20; i++) await net.fit(x, y, { validationSplit: 0.1 });
  expect(net.executor.arena.bytes).toBe(bytes);
});

describe('evaluate and predict', () => {
  const { x, y } = line(23);

  test.each([1, 5, 23, 32, 100])(
    'evaluate gives the mean over all examples in batches of %i',
    async (batchSize) => {
      const net = network();
      const { data } = net.predict(x);
      const squares = data.reduce((sum, value, i) => sum + (value - y[i][0]) ** 2, 0);
      expect((await net.evaluate(x, y, { batchSize })).loss).toBeCloseTo(squares / 23, 6);
    },
  );

  test('evaluate changes no weight', async () => {
    const net = network();
    const before = weightsOf(net);
    await net.evaluate(x, y);
    expect(weightsOf(net)).toEqual(before);
  });

  test.each([1, 2, 7, 22, 23, 64])('predictions are the same bits in batches of %i', (batchSize) => {
    const net = network();
    expect(net.predict(x, { batchSize })).toEqual(net.predict(x));
  });

  test('a prediction needs no compile', () => {
    const net = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
    expect(net.predict(x).shape).toEqual([23, 2]);
  });

  test('dropout drops nothing in evaluation', async () => {
    const net = sequential({ layers: [layers.dropout({ rate: 0.9, inputShape: [3] })] });
    net.compile({ loss: 'meanSquaredError' });
    expect((await net.evaluate(x, x)).loss).toBe(0);
  });
});
