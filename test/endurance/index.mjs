/**
 * npm run test:endurance [-- models]: does memory stay flat? A million steps of one small network; 200 models (or so many) built,
 * trained and dropped in turn; models until memory is refused, after which others go on. Prints RSS and arena in MiB, and ends
 * with an error where they grow.
 */
import { spawnSync } from 'node:child_process';
import { ChainruleError, callbacks, layers, optimizers, sequential } from '../../dist/index.js';

const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

function memory() {
  // Twice: what finalizers let go of is only freed by the next collection.
  global.gc();
  global.gc();
  return process.memoryUsage().rss;
}

/** Fails where the last readings lie above those of the second quarter, when all is warm, by more than so many MiB. */
function flat(what, readings, tolerance) {
  const early = Math.max(...readings.slice(readings.length / 4, readings.length / 2));
  const late = Math.min(...readings.slice(-3));
  console.log(`${what}: ${readings.map(mib).join(' ')} MiB`);
  if (late - early > tolerance * 2 ** 20) {
    throw new Error(`${what} grew by ${mib(late - early)} MiB, more than ${tolerance}`);
  }
}

const noise = (n, seed = 1) => {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
};

function network(units, seed) {
  return sequential({
    seed,
    layers: [
      layers.dense({ units, activation: 'tanh', inputShape: [4] }),
      layers.batchNormalization(),
      layers.dropout({ rate: 0.1 }),
      layers.dense({ units: 1 }),
    ],
  }).compile({ optimizer: optimizers.adam(), loss: 'mse', metrics: ['mae'] });
}

async function millionSteps() {
  const [x, y] = [noise(4 * 4000), noise(4000, 2)];
  const net = network(8, 1);
  const [rss, arena] = [[], []];
  const look = {
    onEpochEnd(epoch) {
      if (epoch % 50 > 0) return;
      rss.push(memory());
      arena.push(net.executor.arena.bytes);
    },
  };
  const start = performance.now();
  // 4000 examples in batches of 4: a thousand steps an epoch.
  await net.fit(x, y, { epochs: 1000, batchSize: 4, verbose: 0, callbacks: [look] });
  const seconds = (performance.now() - start) / 1000;
  console.log(`a million steps: ${seconds.toFixed(1)} s, ${seconds.toFixed(1)} µs a step`);
  flat('RSS', rss, 6);
  flat('arena', arena, 0);
}

async function manyModels(count = 200) {
  const [x, y] = [noise(4 * 256), noise(256, 2)];
  const rss = [];
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const net = network(100 + (i % 7), i);
    const stopping = callbacks.earlyStopping({ monitor: 'loss', restoreBestWeights: true });
    await net.fit(x, y, { epochs: 3, verbose: 0, callbacks: [stopping], validationSplit: 0.2 });
    await net.evaluate(x, y);
    net.predict(x);
    net.toSafetensors();
    if (i % (count / 20) === 0) rss.push(memory());
  }
  console.log(`${count} models, one after the other: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  flat('RSS', rss, 6);
}

/** In a process with little address space: models that are kept until no more can be made. */
async function outOfMemory() {
  const [x, y] = [noise(4 * 64), noise(64, 2)];
  const first = network(8, 0);
  await first.fit(x, y, { verbose: 0 });
  const kept = [];
  let refusal;
  while (!refusal && kept.length < 5000) {
    try {
      const net = network(8, kept.length);
      net.predict(x);
      kept.push(net);
    } catch (error) {
      refusal = error;
    }
  }
  if (!(refusal instanceof ChainruleError) || refusal.name !== 'MemoryError')
    throw new Error(`memory was not refused as it should be: ${refusal?.stack}`);
  const before = first.toSafetensors();
  await first.fit(x, y, { verbose: 0 });
  kept[kept.length - 1].predict(x);
  if (Buffer.compare(before, first.toSafetensors()) === 0) throw new Error('the first model did not go on');
  const count = kept.length;
  kept.length = 0;
  await new Promise((resolve) => setTimeout(resolve));
  memory();
  await network(8, 1).fit(x, y, { verbose: 0 });
  console.log(
    `out of memory with ${count} models: "${refusal.message}"; the others went on, and new ones after`,
  );
}

if (process.argv[2] === 'out-of-memory') await outOfMemory();
else if (!global.gc) {
  const self = (args, wrap = []) => {
    const [command, ...rest] = [...wrap, process.execPath, '--expose-gc', import.meta.filename, ...args];
    const { status } = spawnSync(command, rest, { stdio: 'inherit' });
    if (status !== 0) process.exit(1);
  };
  self(process.argv.slice(2));
  // 96 GiB: each memory reserves 8 GiB of address space or more.
  if (process.platform === 'linux')
    self(['out-of-memory'], ['bash', '-c', `ulimit -v ${96 * 2 ** 20}; exec "$@"`, 'bash']);
} else {
  await millionSteps();
  await manyModels(Number(process.argv[2] ?? 200));
}
