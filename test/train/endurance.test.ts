/** Models beside and after one another; the long version is test/endurance. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ChainruleError,
  layers,
  MemoryError,
  optimizers,
  type Sequential,
  sequential,
} from '../../src/index.js';
import { line, network, noise, weightsOf } from '../support/problems.js';

afterEach(() => void vi.restoreAllMocks());

const { x, y } = line(64);

function deep(seed: number): Sequential {
  return sequential({
    seed,
    layers: [
      layers.dense({ units: 16, activation: 'relu', inputShape: [3] }),
      layers.batchNormalization(),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 1 }),
    ],
  }).compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'mse', metrics: ['mae'] });
}

test('many steps, fits, evaluations and predictions take no more memory', { timeout: 60_000 }, async () => {
  const net = deep(1);
  const rounds: number[] = [];
  for (let round = 0; round < 12; round++) {
    await net.fit(x, y, { epochs: 10, batchSize: 4, verbose: 0, validationSplit: 0.25 });
    await net.evaluate(x, y, { batchSize: 8 });
    net.predict(x);
    net.trainOnBatch(x, y);
    net.gradients(x, y);
    net.toSafetensors();
    rounds.push(net.executor.arena.bytes);
  }
  // All programs are there after the first round, and have found their places after the second.
  expect(new Set(rounds.slice(2)).size).toBe(1);
});

test('programs for ever new batch sizes make room for one another', () => {
  const net = deep(1);
  const bytes: number[] = [];
  for (let size = 1; size <= 64; size++) {
    net.trainOnBatch(x.slice(0, size), y.slice(0, size));
    net.predict(x.slice(0, size), { batchSize: size });
    bytes.push(net.executor.arena.bytes);
  }
  // Each is larger than the one before, but there are 32 of them at most.
  expect(bytes[63]).toBeLessThan(4 * bytes[15]);
});

test('two models that train at the same time do not touch each other’s numbers', async () => {
  const train = (net: Sequential) => net.fit(x, y, { epochs: 30, batchSize: 8, verbose: 0, timeSlice: 0.2 });
  const alone = [deep(1), network({ seed: 2 }), deep(3)];
  const histories = [];
  for (const net of alone) histories.push(await train(net));
  const together = [deep(1), network({ seed: 2 }), deep(3)];
  const others = await Promise.all(together.map(train));
  expect(together.map(weightsOf)).toEqual(alone.map(weightsOf));
  expect(others.map(({ history }) => history)).toEqual(histories.map(({ history }) => history));
});

test('batch by batch in turn as well', () => {
  const [one, two] = [deep(1), network()];
  const [first, second] = [deep(1), network()];
  for (let i = 0; i < 20; i++) first.trainOnBatch(x, y);
  for (let i = 0; i < 20; i++) second.trainOnBatch(x, y);
  for (let i = 0; i < 20; i++) {
    one.trainOnBatch(x, y);
    two.trainOnBatch(x, y);
    two.predict(x);
  }
  expect([one, two].map(weightsOf)).toEqual([first, second].map(weightsOf));
});

describe('where memory is refused', () => {
  test('more weights than can be addressed', () => {
    const net = () => sequential({ layers: [layers.dense({ units: 2 ** 20, inputShape: [2 ** 11] })] });
    expect(net).toThrow(MemoryError);
    expect(net).toThrow(/has 8\.0 GiB of weights; WebAssembly can address 4 GiB/);
  });

  test('a model that cannot grow stays as it was, and it and others go on', async () => {
    const [net, other] = [deep(1), deep(2)];
    await net.fit(x, y, { verbose: 0 });
    const before = net.toSafetensors();
    const bytes = net.executor.arena.bytes;
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
      throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
    });
    const large = [noise(3 * 200_000), noise(200_000)] as const;
    const refused = net.fit(...large, { verbose: 0 });
    await expect(refused).rejects.toThrow(ChainruleError);
    await expect(refused).rejects.toThrow(MemoryError);
    await expect(refused).rejects.toThrow(
      /refused .* MiB for .*: use a smaller model, a smaller batch or less data/,
    );
    await expect(net.evaluate(...large)).rejects.toThrow(MemoryError);
    expect(net.toSafetensors()).toEqual(before);
    expect(net.executor.arena.bytes).toBe(bytes);
    await net.fit(x, y, { verbose: 0 });
    grow.mockRestore();
    await other.fit(x, y, { verbose: 0 });
    await net.fit(...large, { verbose: 0, batchSize: 5000 });
  });

  test('a model that can have no memory at all', () => {
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(
      class {
        constructor() {
          throw new RangeError('could not allocate memory');
        }
      } as never,
    );
    expect(() => deep(1)).toThrow(/no address space is left for another model: drop models/);
    vi.restoreAllMocks();
    deep(1).trainOnBatch(x, y);
  });
});
