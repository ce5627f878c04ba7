/** Microseconds of a prediction of one example, beside libraries that predict: in interleaved rounds, outputs compared. */
import { rm } from 'node:fs/promises';
import { exportNetwork, networks } from './networks.mjs';
import { median, timeOf } from './race.mjs';
import { startNode, startPython } from './sides/process.mjs';

/** Rows { network, cells: { [side]: { median, best } or { lacks } } }. */
export async function benchLatency({ nodes, python, clock = 'wall', rounds = 9, seconds = 0.1 }) {
  const starts = [
    ...nodes
      .filter(({ error }) => !error)
      .map(({ name, node, turbo }) => [name, () => startNode('chainrule.mjs', { threads: 1, turbo }, node)]),
    ['onnxruntime-web', () => startNode('onnxruntime.mjs')],
    ['tfjs wasm', () => startNode('tfjs.mjs', { backend: 'wasm' })],
    ['tfjs cpu', () => startNode('tfjs.mjs', { backend: 'cpu' })],
    ['jax-js', () => startNode('jax.mjs')],
    ['PyTorch eager', () => startPython('pytorch.py', { mode: 'eager', python })],
  ];
  const sides = [];
  const missing = [];
  for (const [name, start] of starts) {
    const side = await start();
    if (side.error) missing.push({ name, why: side.error.split('\n')[0] });
    else sides.push({ name, ...side });
  }
  const rows = [];
  for (const name of [
    '2-64-64-3, batch 32, Adam',
    '784-128-10, batch 32, Adam',
    '784-512-512-10, batch 128, SGD',
  ]) {
    // A prediction knows no optimizer, but a library might: every one has this.
    const sgd = { optimizer: 'sgd', learningRate: 0.1, epsilon: undefined };
    const network = await exportNetwork({ ...networks.find((each) => each.name === name), ...sgd });
    const cells = {};
    const racing = [];
    let ours;
    for (const side of sides) {
      const built = await side.ask({ ask: 'build', network });
      const first = built.lacks || built.error ? built : await side.ask({ ask: 'predict', times: 50 });
      if (!first.out) {
        cells[side.name] = { lacks: first.lacks ?? first.error };
        continue;
      }
      ours ??= first.out;
      const apart = Math.max(...first.out.map((value, i) => Math.abs(value - ours[i])));
      if (apart > 1e-4) cells[side.name] = { lacks: `another prediction, by ${apart}` };
      else {
        let times = 50;
        let took = 0;
        while (took < seconds / 2) {
          took = (await side.ask({ ask: 'predict', times })).seconds;
          if (took < seconds / 2) times *= 2;
        }
        cells[side.name] = { rounds: [] };
        racing.push({ side, times, rounds: cells[side.name].rounds });
      }
    }
    for (let round = 0; round < rounds; round++)
      for (const { side, times, rounds } of racing)
        rounds.push((timeOf(await side.ask({ ask: 'predict', times }), clock) * 1e6) / times);
    for (const cell of Object.values(cells)) {
      if (!cell.rounds) continue;
      cell.median = median(cell.rounds);
      cell.best = Math.min(...cell.rounds);
    }
    rows.push({ network: name.split(',')[0], cells });
    await rm(network.folder, { recursive: true });
  }
  for (const { stop } of sides) stop();
  return { rows, missing };
}

/** The rows as lines of text. */
export function printLatency({ rows, missing }) {
  const lines = [
    `${'prediction of one example, µs'.padEnd(32)}${rows.map(({ network }) => network.padStart(18)).join('')}`,
  ];
  for (const name of Object.keys(rows[0].cells)) {
    const cells = rows.map(({ cells }) =>
      (cells[name].median ? cells[name].median.toFixed(1) : '–').padStart(18),
    );
    lines.push(`  ${name.padEnd(30)}${cells.join('')}`);
  }
  for (const { network, cells } of rows)
    for (const [name, { lacks }] of Object.entries(cells))
      if (lacks) lines.push(`not comparable, ${network}: ${name} — ${lacks}`);
  for (const { name, why } of missing) lines.push(`not raced: ${name} — ${why}`);
  return lines.join('\n');
}
