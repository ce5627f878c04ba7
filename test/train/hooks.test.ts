import { describe, expect, test } from 'vitest';
import type { Callback, Progress } from '../../src/index.js';
import { line, network, weightsOf } from '../support/problems.js';

const { x, y } = line(10);
const names = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onTrainBatchBegin',
  'onTrainBatchEnd',
  'onTestBegin',
  'onTestEnd',
] as const;

/** A callback that writes down every call as "hook index". */
function recorder(log: string[], who = ''): Callback {
  const hooks = names.map((name) => {
    const hook = (...given: unknown[]) =>
      void log.push(`${who}${name}${given.length > 1 ? ` ${given[0]}` : ''}`);
    return [name, hook];
  });
  return Object.fromEntries(hooks);
}

test("hooks come in Keras' order", async () => {
  const log: string[] = [];
  const recording = recorder(log);
  const all: Callback = {
    ...recording,
    setModel: () => log.push('setModel'),
    setParams: (params) => log.push(`setParams ${JSON.stringify(params)}`),
  };
  await network().fit(x, y, { epochs: 2, batchSize: 4, validationSplit: 0.2, callbacks: [all] });
  const epoch = (n: number) => [
    `onEpochBegin ${n}`,
    'onTrainBatchBegin 0',
    'onTrainBatchEnd 0',
    'onTrainBatchBegin 1',
    'onTrainBatchEnd 1',
    'onTestBegin',
    'onTestEnd',
    `onEpochEnd ${n}`,
  ];
  expect(log).toEqual([
    'setModel',
    'setParams {"epochs":2,"steps":2,"monitors":["loss","val_loss"]}',
    'onTrainBegin',
    ...epoch(0),
    ...epoch(1),
    'onTrainEnd',
  ]);
});

test('callbacks are called one after the other, in their order', async () => {
  const log: string[] = [];
  await network().fit(x, y, { callbacks: [recorder(log, 'a '), recorder(log, 'b ')], batchSize: 10 });
  expect(log.slice(0, 6)).toEqual([
    'a onTrainBegin',
    'b onTrainBegin',
    'a onEpochBegin 0',
    'b onEpochBegin 0',
    'a onTrainBatchBegin 0',
    'b onTrainBatchBegin 0',
  ]);
});

test('hooks may be async; training waits for them', async () => {
  const log: string[] = [];
  const net = network();
  let busy = false;
  const wait = async (what: string) => {
    expect(busy).toBe(false);
    busy = true;
    const before = weightsOf(net);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(weightsOf(net)).toEqual(before);
    busy = false;
    log.push(what);
  };
  const hooks = names.map((name) => [name, () => wait(name)]);
  await net.fit(x, y, { batchSize: 5, validationSplit: 0.5, callbacks: [Object.fromEntries(hooks)] });
  expect(log).toEqual([
    'onTrainBegin',
    'onEpochBegin',
    'onTrainBatchBegin',
    'onTrainBatchEnd',
    'onTestBegin',
    'onTestEnd',
    'onEpochEnd',
    'onTrainEnd',
  ]);
});

test('logs hold loss and metrics; at the end of an epoch those of validation, too', async () => {
  const logs: Record<string, object> = {};
  const keep = (name: string) => (given: object) => {
    logs[name] = given;
  };
  const [batch, epoch] = [keep('batch'), keep('epoch')];
  const keeper: Callback = {
    onTrainBatchEnd: (_, given) => batch(given),
    onTestEnd: keep('test'),
    onEpochEnd: (_, given) => epoch(given),
    onTrainEnd: keep('train'),
  };
  const { history } = await network().fit(x, y, { validationSplit: 0.5, callbacks: [keeper] });
  expect(Object.keys(logs.batch)).toEqual(['loss']);
  expect(logs.test).toEqual({ loss: history.val_loss[0] });
  expect(logs.epoch).toEqual({ loss: history.loss[0], val_loss: history.val_loss[0] });
  expect(logs.train).toEqual(logs.epoch);
});

test('hooks are methods: they keep their this', async () => {
  class Counter implements Callback {
    epochs = 0;
    onEpochEnd() {
      this.epochs++;
    }
  }
  const counter = new Counter();
  await network().fit(x, y, { epochs: 3, callbacks: [counter] });
  expect(counter.epochs).toBe(3);
});

test('progress tells how far it is', async () => {
  const seen: Progress[] = [];
  await network().fit(x, y, {
    batchSize: 4,
    timeSlice: 1e-6,
    callbacks: [{ onProgress: (p) => void seen.push(p) }],
  });
  expect(seen.map(({ batch }) => batch)).toEqual([1, 2, 3]);
  for (const { epoch, epochs, batches, examplesPerSecond, eta, logs } of seen) {
    expect({ epoch, epochs, batches }).toEqual({ epoch: 0, epochs: 1, batches: 3 });
    expect(examplesPerSecond).toBeGreaterThan(0);
    expect(eta).toBeGreaterThanOrEqual(0);
    expect(logs.loss).toBeGreaterThan(0);
  }
  expect(seen[2].eta).toBe(0);
});

describe('stopTraining', () => {
  test('set at the end of an epoch, it is the last one', async () => {
    const net = network();
    const stop: Callback = {
      onEpochEnd(epoch) {
        net.stopTraining = epoch === 2;
      },
    };
    const log: string[] = [];
    const { epoch } = await net.fit(x, y, {
      epochs: 10,
      callbacks: [stop, { onTrainEnd: () => void log.push('end') }],
    });
    expect(epoch).toEqual([0, 1, 2]);
    expect(log).toEqual(['end']);
  });

  test('set in the middle of an epoch, it ends there, and the epoch counts', async () => {
    const net = network();
    let batches = 0;
    const stop: Callback = {
      onTrainBatchEnd(batch) {
        batches++;
        if (batch === 1) net.stopTraining = true;
      },
    };
    const { epoch, history } = await net.fit(x, y, {
      epochs: 10,
      batchSize: 2,
      validationSplit: 0.2,
      callbacks: [stop],
    });
    expect(batches).toBe(2);
    expect(epoch).toEqual([0]);
    expect(Object.keys(history)).toEqual(['loss', 'val_loss']);
  });

  test('does not stick', async () => {
    const net = network();
    net.stopTraining = true;
    const { epoch } = await net.fit(x, y, { epochs: 2 });
    expect(epoch).toEqual([0, 1]);
  });
});

test('a callback may change the learning rate', async () => {
  const net = network();
  const before = weightsOf(net);
  const freeze: Callback = {
    onTrainBegin() {
      net.learningRate = 0;
    },
  };
  await net.fit(x, y, { epochs: 2, callbacks: [freeze] });
  expect(weightsOf(net)).toEqual(before);
  expect(net.learningRate).toBe(0);
});

test("a hook's error ends fit with it, and the model stays usable", async () => {
  const net = network();
  const broken: Callback = {
    onEpochEnd() {
      throw new Error('out of coffee');
    },
  };
  await expect(net.fit(x, y, { epochs: 5, callbacks: [broken] })).rejects.toThrow('out of coffee');
  const { epoch } = await net.fit(x, y, { epochs: 2 });
  expect(epoch).toEqual([0, 1]);
});
