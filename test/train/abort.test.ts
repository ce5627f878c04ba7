import { expect, test, vi } from 'vitest';
import type { Callback } from '../../src/index.js';
import { line, network, noise, weightsOf } from '../support/problems.js';

const { x, y } = line(1000);
const flat = noise(3000);

/** A fit that takes minutes unless it is stopped. */
const long = { epochs: 1_000_000, batchSize: 1, timeSlice: 2 };

const finite = (weights: number[][]) => weights.flat().every(Number.isFinite);

test('a signal raised before the start changes nothing', async () => {
  const net = network();
  const before = weightsOf(net);
  const called: string[] = [];
  const watch: Callback = { onTrainBegin: () => void called.push('begin') };
  const fit = net.fit(x, y, { signal: AbortSignal.abort(), callbacks: [watch] });
  await expect(fit).rejects.toMatchObject({ name: 'AbortError' });
  expect(weightsOf(net)).toEqual(before);
  expect(called).toEqual([]);
});

test('a signal in the middle ends training, and the model goes on from there', async () => {
  const net = network();
  const before = weightsOf(net);
  const stop = new AbortController();
  const start = performance.now();
  // From the event loop, once it has begun to learn.
  const look = setInterval(() => {
    if (
      weightsOf(net)
        .flat()
        .some((weight, i) => weight !== before.flat()[i])
    )
      stop.abort();
  }, 5);
  await expect(net.fit(x, y, { ...long, signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  clearInterval(look);
  expect(performance.now() - start).toBeLessThan(2000);

  const stopped = weightsOf(net);
  expect(finite(stopped)).toBe(true);
  expect(stopped).not.toEqual(before);
  const { history } = await net.fit(x, y, { epochs: 3 });
  expect(history.loss.every(Number.isFinite)).toBe(true);
  expect(weightsOf(net)).not.toEqual(stopped);
});

test('the reason is what fit rejects with', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort('enough'), 10);
  await expect(network().fit(x, y, { ...long, signal: stop.signal })).rejects.toBe('enough');
});

test('AbortSignal.timeout bounds the time of training', async () => {
  const fit = network().fit(x, y, { ...long, signal: AbortSignal.timeout(20) });
  await expect(fit).rejects.toMatchObject({ name: 'TimeoutError' });
});

test.each(['onEpochBegin', 'onTrainBatchEnd', 'onProgress', 'onTestEnd', 'onEpochEnd'] as const)(
  'a signal raised by %s ends training before the next epoch',
  async (hook) => {
    const net = network();
    const stop = new AbortController();
    let epochs = 0;
    const raise: Callback = {
      [hook]: () => stop.abort(),
    };
    const count: Callback = {
      onEpochBegin() {
        epochs++;
      },
    };
    const options = { epochs: 100, validationSplit: 0.5, signal: stop.signal, callbacks: [raise, count] };
    await expect(net.fit(x, y, options)).rejects.toMatchObject({ name: 'AbortError' });
    expect(epochs).toBe(1);
    expect(finite(weightsOf(net))).toBe(true);
  },
);

test('an ended fit gives its memory back', async () => {
  const net = network();
  const run = async () => {
    const stop = new AbortController();
    const raise: Callback = { onProgress: () => stop.abort() };
    await expect(
      net.fit(flat, y, { batchSize: 10, signal: stop.signal, callbacks: [raise] }),
    ).rejects.toThrow();
  };
  await run();
  const { bytes } = net.executor.arena;
  for (let i = 0; i < 30; i++) await run();
  expect(net.executor.arena.bytes).toBe(bytes);
});

test('the progress line is ended before the error comes out', async () => {
  const { isTTY, columns } = process.stdout;
  Object.assign(process.stdout, { isTTY: true, columns: 80 });
  let written = '';
  const stop = new AbortController();
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    if (written === '') setTimeout(() => stop.abort(), 20);
    written += text;
    return true;
  });
  try {
    const fit = network().fit(x, y, { ...long, signal: stop.signal });
    await expect(fit).rejects.toMatchObject({ name: 'AbortError' });
  } finally {
    vi.restoreAllMocks();
    Object.assign(process.stdout, { isTTY, columns });
  }
  expect(written).toMatch(/^Epoch 1\/1000000\n/);
  expect(written.endsWith('\n')).toBe(true);
});

test('evaluate stops, too', async () => {
  const net = network();
  await expect(net.evaluate(x, y, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  const stop = new AbortController();
  setTimeout(() => stop.abort('enough'), 10);
  const many = noise(600_000);
  const evaluation = net.evaluate(many, many.subarray(0, 200_000), {
    batchSize: 1,
    timeSlice: 1,
    signal: stop.signal,
  });
  await expect(evaluation).rejects.toBe('enough');
  expect(await net.evaluate(x, y)).toHaveProperty('loss');
});
