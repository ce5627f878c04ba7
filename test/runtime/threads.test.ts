/** Several threads give the bits of one, and a program goes on when they are lost. */
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { BARRIER_BROKEN } from '../../assembly/opcodes.js';
import { init, layers, losses, type Sequential, sequential, ThreadError } from '../../src/index.js';
import { threadPool } from '../../src/runtime/engine.js';
import { workerSource } from '../../src/runtime/worker.js';

afterAll(() => init());

const random = (() => {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
})();
const count = 150;
const x = Float32Array.from({ length: count * 120 }, random);
const labels = Int32Array.from({ length: count }, () => Math.floor(random() * 10));

/** Every kind of instruction, and batches large enough for threads; 150 examples leave a smaller last batch. */
function network(): Sequential {
  const net = sequential({
    layers: [
      layers.dense({ units: 130, inputShape: [120] }),
      layers.batchNormalization({}),
      layers.activation({ activation: 'relu' }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 77, activation: 'gelu' }),
      layers.layerNormalization({}),
      layers.dense({ units: 10 }),
    ],
  });
  net.compile({
    optimizer: 'adam',
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ['accuracy'],
  });
  return net;
}

/** The workers know of all models: until then programs run on one thread. */
async function ready(): Promise<void> {
  while (threadPool()?.ready === false) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function trained(threads: number) {
  await init({ threads });
  const net = network();
  await net.fit(x, labels, { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' });
  await ready();
  const history = await net.fit(x, labels, { epochs: 3, batchSize: 64, seed: 3, doctor: 'off' });
  const prediction = net.predict(x, { batchSize: count });
  return { net, bits: [history.history, net.getWeights(), prediction] };
}

/** How many of the model's programs have been walked by several threads. */
const threaded = (net: Sequential): boolean => {
  const feed = { xShape: [120], xStorage: 0, yShape: [], yStorage: 1 };
  return net.program('train', { ...feed, key: JSON.stringify(feed) }, 64).loaded.pace.all > 0;
};

describe('threads', () => {
  test('2, 3 and 4 threads give the bits of one', async () => {
    const one = await trained(1);
    expect(threaded(one.net)).toBe(false);
    for (const threads of [2, 3, 4]) {
      const several = await trained(threads);
      expect(threaded(several.net)).toBe(true);
      expect(several.bits).toEqual(one.bits);
    }
  });

  test('training goes on, with the same bits, when the workers are ended', async () => {
    const expected = await trained(1);
    await init({ threads: 2 });
    const net = network();
    await net.fit(x, labels, { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' });
    await ready();
    await net.fit(x, labels, {
      epochs: 3,
      batchSize: 64,
      seed: 3,
      doctor: 'off',
      callbacks: [
        {
          onEpochEnd: (epoch) => {
            if (epoch === 0) threadPool()?.close();
          },
        },
      ],
    });
    expect(net.getWeights()).toEqual(expected.net.getWeights());
  });

  test('a training that a callback or a signal ends leaves workers and bits as they should be', async () => {
    const ended = async (threads: number) => {
      await init({ threads });
      const net = network();
      const options = { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' } as const;
      await net.fit(x, labels, options);
      await ready();
      const end = new AbortController();
      for (const onEpochEnd of [
        () => {
          throw new Error('enough');
        },
        () => end.abort(new Error('enough')),
      ]) {
        const endless = { ...options, epochs: 1000, callbacks: [{ onEpochEnd }], signal: end.signal };
        await expect(net.fit(x, labels, endless)).rejects.toThrow('enough');
      }
      await net.fit(x, labels, options);
      return net;
    };
    const several = await ended(2);
    expect(threaded(several)).toBe(true);
    expect(several.getWeights()).toEqual((await ended(1)).getWeights());
  });

  test('a model whose workers were lost uses new ones', async () => {
    const expected = await trained(1);
    await init({ threads: 2 });
    const net = network();
    await net.fit(x, labels, { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' });
    await ready();
    Atomics.store(net.executor.arena.views.i32, BARRIER_BROKEN / 4, 1);
    threadPool()?.close();
    await init({ threads: 2 });
    await net.fit(x, labels, { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' });
    await ready();
    await net.fit(x, labels, { epochs: 2, batchSize: 64, seed: 3, doctor: 'off' });
    expect(threaded(net)).toBe(true);
    expect(net.getWeights()).toEqual(expected.net.getWeights());
  });

  test('workers of your own are used, and training goes on when they end', async () => {
    const expected = await trained(1);
    const workers: Worker[] = [];
    const workerFactory = () => {
      const worker = new Worker(workerSource, { eval: true });
      workers.push(worker);
      return worker;
    };
    expect(await init({ threads: 3, workerFactory })).toMatchObject({ threads: 3 });
    expect(workers).toHaveLength(2);
    const net = network();
    await net.fit(x, labels, { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' });
    await ready();
    await net.fit(x, labels, { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' });
    expect(threaded(net)).toBe(true);
    await workers[0].terminate();
    await net.fit(x, labels, { epochs: 2, batchSize: 64, seed: 3, doctor: 'off' });
    expect(net.getWeights()).toEqual(expected.net.getWeights());
    expect(await init({ threads: 1 })).toMatchObject({ threads: 1 });
  });

  test('workers that are ended at any moment, and not waited for, leave the bits as they are', async () => {
    const expected = await trained(1);
    let workers: Worker[] = [];
    const workerFactory = () => {
      const worker = new Worker(workerSource, { eval: true });
      workers.push(worker);
      return worker;
    };
    /** Trains, and ends a worker after so many batches; whether that was between steps of several threads. */
    const endedAfter = async (batches: number, end: (worker: Worker) => unknown): Promise<boolean> => {
      await init({ threads: 1 });
      workers = [];
      await init({ threads: 3, workerFactory });
      const net = network();
      await net.fit(x, labels, { epochs: 1, batchSize: 64, seed: 3, doctor: 'off' });
      await ready();
      let left = batches;
      const onTrainBatchEnd = () => {
        if (left-- === 0) end(workers[batches % 2]);
      };
      await net.fit(x, labels, {
        epochs: 3,
        batchSize: 64,
        seed: 3,
        doctor: 'off',
        callbacks: [{ onTrainBatchEnd }],
      });
      expect(net.getWeights()).toEqual(expected.net.getWeights());
      return threaded(net);
    };
    const ended = (worker: Worker) => {
      const pool = threadPool();
      worker.terminate();
      // At once: in browsers the worker may go on for seconds, and end in the middle of a step.
      expect(pool?.lost).toBe(true);
    };
    for (let batches = 2; batches < 8; batches++) expect(await endedAfter(batches, ended)).toBe(true);
    // Behind the pool's back.
    expect(await endedAfter(4, (worker) => Worker.prototype.terminate.call(worker))).toBe(true);
    await init({ threads: 1 });
  });

  test('a worker that fails in the middle of a step is told of, and training can go on', async () => {
    await init({ threads: 1 });
    // Takes part in one step after the other and fails at the beginning of the third.
    const failing = workerSource.replace(
      /const work = /,
      `const { Instance } = WebAssembly;
       let runs = 0;
       WebAssembly.Instance = function (...args) {
         const { run } = new Instance(...args).exports;
         return { exports: { run: (...given) => { if (++runs === 3) throw new Error('lost'); run(...given); } } };
       };
       $&`,
    );
    const workerFactory = () => {
      const worker = new Worker(failing, { eval: true });
      worker.on('error', () => {});
      return worker;
    };
    await init({ threads: 2, workerFactory });
    const net = network();
    const step = () => net.trainOnBatch(x.subarray(0, 64 * 120), labels.subarray(0, 64));
    step();
    await ready();
    expect(() => {
      for (let i = 0; i < 100; i++) step();
    }).toThrow(ThreadError);
    step();
    expect(threadPool(false)?.lost).toBe(true);
    await init({ threads: 1 });
  });

  test('a factory that is none, or fails, is an error', async () => {
    await expect(init({ workerFactory: 'worker.js' as never })).rejects.toThrow(
      /workerFactory is 'worker.js'/,
    );
    const workerFactory = () => {
      throw new Error('no such file');
    };
    await expect(init({ threads: 2, workerFactory })).rejects.toThrow('no such file');
    await init();
  });

  test('models that are dropped do not stay in the memory of the workers', async () => {
    await init({ threads: 2 });
    const first = threadPool();
    for (let i = 0; i < 9; i++) {
      using net = network();
      await net.fit(x, labels, { epochs: 1, batchSize: 64, doctor: 'off' });
    }
    expect(first?.retired).toBe(true);
    expect(threadPool()).not.toBe(first);
  });
});
