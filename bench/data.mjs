/**
 * npm run bench:data: how fast data come in. Rows a second of the CSV reader beside plain loops over csv-parse, in
 * turns; what streaming costs a training beside data in memory; and the memory of a training on millions of rows.
 *
 *     npm run bench:data -- [--rows 5000000] [--rounds 5] [--folder FOLDER]
 */
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { data, layers, optimizers, sequential, tensor } from 'chainrule';
import { parse } from 'csv-parse';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string', default: os.tmpdir() },
    train: { type: 'string' },
  },
});
const FEATURES = 10;

/** Random numbers below 1, the same for a seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Friedman's function of ten features, five of which count. */
const friedman = ([a, b, c, d, e]) => 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e;

async function makeFile(path, rows) {
  const draw = random(7);
  const file = await open(path, 'w');
  let text = `${Array.from({ length: FEATURES }, (_, i) => `f${i}`).join(',')},y\n`;
  for (let row = 0; row < rows; row++) {
    const x = Array.from({ length: FEATURES }, draw);
    text += `${x.map((v) => v.toFixed(4)).join(',')},${friedman(x).toFixed(3)}\n`;
    if (text.length > 2 ** 20 || row === rows - 1) {
      await file.write(text);
      text = '';
    }
  }
  await file.close();
}

const network = () =>
  sequential({
    layers: [
      layers.dense({ units: 32, activation: 'relu', inputShape: [FEATURES] }),
      layers.dense({ units: 32, activation: 'relu' }),
      layers.dense({ units: 1 }),
    ],
  }).compile({ optimizer: optimizers.adam({ learningRate: 2e-3 }), loss: 'meanSquaredError' });

/** In a process of its own, so that nothing else counts as its memory. */
if (values.train) {
  const start = performance.now();
  const rows = await data.csv(values.train, { label: 'y' });
  const { history } = await network().fitDataset(rows.shuffle(10_000), { batchSize: 128, verbose: 0 });
  const seconds = (performance.now() - start) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ loss: history.loss[0], seconds, peak }));
  process.exit();
}

const folder = await mkdtemp(join(values.folder, 'chainrule-bench-'));
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

/** Each in turn, round by round; the median of each. */
async function inTurns(sides) {
  const times = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, side] of Object.entries(sides)) times[name].push(await seconds(side));
  return Object.entries(times).map(([name, list]) => [name, median(list)]);
}

try {
  const small = join(folder, 'small.csv');
  const rows = 200_000;
  await makeFile(small, rows);
  const counted = (count) => {
    if (count !== rows) throw new Error(`${count} rows were read of ${rows}`);
  };
  const plain = async (each) => {
    let count = 0;
    for await (const row of createReadStream(small).pipe(parse({ from_line: 2 }))) {
      each(row, count);
      count++;
    }
    counted(count);
  };
  const numbers = new Float32Array(rows * (FEATURES + 1));
  const readers = await inTurns({
    'data.csv, to f32 batches': async () => {
      let count = 0;
      for await (const { x } of await data.csv(small, { label: 'y' })) count += x.shape[0];
      counted(count);
    },
    'csv-parse, strings only': () => plain(() => {}),
    'csv-parse, to f32': () =>
      plain((row, at) => {
        for (let i = 0; i <= FEATURES; i++) numbers[at * (FEATURES + 1) + i] = Number(row[i]);
      }),
  });
  console.log(`\nreading ${rows} rows of ${FEATURES + 1} numbers`);
  for (const [name, time] of readers)
    console.log(
      `  ${name.padEnd(28)} ${Math.round(rows / time)
        .toLocaleString('en-US')
        .padStart(12)} rows/s`,
    );

  const count = 100_000;
  const draw = random(1);
  const x = tensor(Float32Array.from({ length: count * FEATURES }, draw), [count, FEATURES]);
  const y = Float32Array.from({ length: count }, (_, i) => friedman(x.data.subarray(i * FEATURES)));
  const settings = { epochs: 4, batchSize: 128, verbose: 0 };
  const training = await inTurns({
    'fit, in memory': () => network().fit(x, y, settings),
    'fitDataset, tensors': () => network().fitDataset(data.tensors(x, y), settings),
    'fitDataset, shuffled': () => network().fitDataset(data.tensors(x, y).shuffle(10_000), settings),
    'fitDataset, single examples': () =>
      network().fitDataset(
        data.examples(function* () {
          for (let i = 0; i < count; i++)
            yield { x: x.data.subarray(i * FEATURES, (i + 1) * FEATURES), y: y[i] };
        }),
        settings,
      ),
  });
  console.log(`\ntraining ${FEATURES}-32-32-1 on ${count} examples, batches of ${settings.batchSize}`);
  const [, first] = training[0];
  for (const [name, time] of training) {
    const speed = Math.round((count * settings.epochs) / time).toLocaleString('en-US');
    console.log(
      `  ${name.padEnd(28)} ${speed.padStart(12)} examples/s   ${(time / first).toFixed(2)} times fit's time`,
    );
  }

  console.log('\ntraining an epoch straight from a CSV file');
  for (const size of [Number(values.rows) / 10, Number(values.rows)].map(Math.round)) {
    const file = join(folder, 'large.csv');
    await makeFile(file, size);
    const self = fileURLToPath(import.meta.url);
    const { loss, seconds, peak } = JSON.parse(
      execFileSync(process.execPath, [self, '--train', file], { encoding: 'utf8' }),
    );
    console.log(
      `  ${String(size).padStart(9)} rows: ${seconds.toFixed(1)} s, ${Math.round(size / seconds).toLocaleString('en-US')} rows/s, ` +
        `RSS at most ${Math.round(peak)} MiB, loss ${loss.toFixed(2)}`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
