/** Time to the first step in fresh processes, by Node binary, taken in turns. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './race.mjs';

const local = (file) => fileURLToPath(new URL(`sides/${file}`, import.meta.url));

/** Rows { name, import, compile, step, total, best, cpu, before }: medians of milliseconds. A peer that is not installed has none. */
export function benchStart({ nodes, rounds = 11 }) {
  const own = nodes
    .filter(({ error, turbo }) => !error && !turbo)
    .flatMap(({ name, node }) =>
      ['trainOnBatch', 'fit'].map((how) => ({
        name: `${name}, ${how}`,
        command: [node, local('first-step.mjs'), how],
      })),
    );
  const tfjs = { name: 'tfjs wasm, trainOnBatch', command: [process.execPath, local('first-step-tfjs.mjs')] };
  const rows = [...own, tfjs].map((row) => ({ ...row, runs: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { command, runs } of rows) {
      const { stdout, status } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
      if (status === 0) runs.push(JSON.parse(stdout));
    }
  }
  return rows
    .filter(({ runs }) => runs.length > 0)
    .map(({ name, runs }) => ({
      name,
      ...Object.fromEntries(Object.keys(runs[0]).map((part) => [part, median(runs.map((run) => run[part]))])),
      best: Math.min(...runs.map(({ total }) => total)),
    }));
}

/** The rows as lines of text. */
export function printStart(rows) {
  const parts = ['import', 'compile', 'step', 'total', 'best', 'cpu', 'before'];
  const heads = ['import', 'compile', 'first step', 'together', 'best', 'processor', 'Node itself'];
  const cells = (values) => values.map((value) => value.padStart(13)).join('');
  return [
    `${'time to the first step, ms (784-128-10, batch 32)'.padEnd(52)}${cells(heads)}`,
    ...rows.map((row) => `  ${row.name.padEnd(50)}${cells(parts.map((part) => row[part].toFixed(1)))}`),
    'together: what a program waits for; processor: the time of all of its threads; the start of Node itself comes before and is not in it',
  ].join('\n');
}
