/**
 * Speed of the Matmul instruction, beside what the processor does on registers alone, and beside
 * OpenBLAS where a Python with numpy is found (CHAINRULE_PYTHON, or python3).
 *
 *     node bench/matmul.mjs [--turbo] [--relaxed] [--json] [shapes that contain this text]
 *
 * Each row is one instruction, run many times inside one call of `run`; the best of interleaved rounds counts.
 */
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import { peaks } from './peak.mjs';
import { startPython } from './sides/process.mjs';
import { codes, Machine, race, variants } from './wasm.mjs';

const { Epilogue, Fn, MatmulKind, workBytes } = codes;
const kinds = { nn: MatmulKind.NN, tn: MatmulKind.TN, nt: MatmulKind.NT };
const epilogues = { none: Epilogue.None, relu: Epilogue.Activate, slope: Epilogue.Differentiate };
/** Rows and columns of the tiles that src/runtime/tile.ts chooses from. */
const tiles = [
  [5, 8],
  [6, 8],
  [5, 16],
  [6, 16],
];

/** The products of a training step of a dense network. */
function step(batch, widths) {
  return widths.slice(1).flatMap((units, i) => {
    const end = i + 2 < widths.length ? 'relu' : 'none';
    const products = [
      ['nn', batch, units, widths[i], end],
      ['tn', widths[i], units, batch, 'none'],
    ];
    // Nobody needs the gradient of the data.
    return i === 0 ? products : [...products, ['nt', batch, widths[i], units, 'slope']];
  });
}

/** What is not 0 in the first operand: of MNIST's digits a fifth, of what ReLU lets through a half. */
const sparse = (share) => (shape) => [...shape, share];

/** [kind, m, n, k, epilogue, per cent of the first operand that are not 0 (100)] */
const shapes = [
  ...[128, 256, 512, 1024].flatMap((s) => ['nn', 'tn', 'nt'].map((kind) => [kind, s, s, s, 'none'])),
  // The networks of the race: forward, gradients of the weights, gradients of what came before.
  ...step(32, [784, 128, 10]),
  ...step(128, [784, 128, 10]),
  ...step(128, [784, 512, 512, 10]),
  ...step(64, [784, 256, 128, 10]),
  ...step(32, [2, 64, 64, 3]),
  ...step(1, [2, 8, 1]),
  ...[20, 50, 65].flatMap((share) =>
    [
      ['nn', 128, 128, 784, 'relu'],
      ['tn', 784, 128, 128, 'none'],
      ['nn', 32, 128, 784, 'relu'],
      ['tn', 784, 128, 32, 'none'],
      ['nn', 128, 512, 512, 'relu'],
      ['tn', 512, 512, 128, 'none'],
      ['nt', 128, 512, 512, 'slope'],
    ].map(sparse(share)),
  ),
  // Few rows, as in predictions, and few columns.
  ...[1, 2, 3, 4, 6, 8].map((m) => ['nn', m, 128, 784, 'relu']),
  ['nn', 1, 512, 784, 'relu'],
  ...[1, 2, 3, 4, 6, 8].map((n) => ['nn', 128, n, 128, 'none']),
  ...[1, 2, 4, 8].map((n) => ['tn', 128, n, 128, 'none']),
  ...[1, 2, 4, 8].map((k) => ['nt', 128, 128, k, 'slope']),
];

function product(module, [kind, m, n, k, epilogue, share = 100], [tileRows, tileColumns]) {
  const machine = new Machine(module);
  const random = () => Math.random() - 0.5;
  const a = machine.place(m * k, () => (Math.random() < share / 100 ? random() : 0));
  const [b, out, bias, saved] = [k * n, m * n, n, m * n].map((count) => machine.place(count, random));
  const work = machine.place(workBytes(kinds[kind], m, n, k) / 4);
  const code = epilogues[epilogue];
  const size = { kind: kinds[kind], m, n, k, tileRows, tileColumns };
  const end = { bias, saved, epilogue: code, fn: code ? Fn.Relu : Fn.Linear, alpha: 0 };
  return { flops: 2 * m * n * k, ...machine.job('Matmul', { a, b, out, work, ...size, ...end }) };
}

const gflops = ({ flops, best }) => flops / best / 1e6;

/** The fastest of jobs. */
function fastest(jobs) {
  race(jobs, { rounds: 6 });
  return jobs.reduce((one, other) => (gflops(other) > gflops(one) ? other : one));
}

/** numpy's time for a product. */
async function seconds(blas, [kind, m, n, k]) {
  return (await blas.ask({ ask: 'product', kind, m, n, k })).seconds;
}

/**
 * { rows, blas, missing }: rows { variant, tile, name, gflops, nanoseconds, blas } of every variant that this
 * engine can run, blas OpenBLAS's GFLOP/s, for square products.
 */
export async function benchMatmul({ rounds = 12, milliseconds = 4, only = '', python } = {}) {
  const rows = [];
  const side = await startPython('blas.py', { python });
  const blas = side.error ? undefined : side;
  for (const { variant, module } of await variants()) {
    const relaxed = variant === 'relaxed';
    const tile = fastest(
      tiles.map((tile) => ({ tile, ...product(module, ['nn', 120, 128, 256, 'none'], tile) })),
    ).tile;
    const jobs = shapes
      .map((shape) => ({ shape, name: shape.join(' '), ...product(module, shape, tile) }))
      .filter(({ name }) => name.includes(only));
    jobs.unshift({ name: 'register peak', ...fastest(await peaks(relaxed)) });
    const rivals = blas
      ? jobs.filter(({ shape }) => shape && shape[1] === shape[2] && shape[2] === shape[3])
      : [];
    const times = new Map(rivals.map(({ name }) => [name, Number.POSITIVE_INFINITY]));
    for (let half = 0; half < 2; half++) {
      const before = jobs.map(({ best = Number.POSITIVE_INFINITY }) => best);
      race(jobs, { rounds: rounds / 2, milliseconds });
      for (const [i, job] of jobs.entries()) job.best = Math.min(job.best, before[i]);
      for (const { name, shape } of rivals)
        times.set(name, Math.min(times.get(name), await seconds(blas, shape)));
    }
    for (const job of jobs) {
      const { name, flops, best } = job;
      const theirs = times.has(name) ? flops / times.get(name) / 1e9 : undefined;
      rows.push({
        variant,
        tile: tile.join('×'),
        name,
        gflops: gflops(job),
        nanoseconds: best * 1e6,
        blas: theirs,
      });
    }
  }
  blas?.stop();
  return {
    rows,
    blas: blas?.version,
    missing: blas ? [] : ['OpenBLAS (a Python with numpy, named by CHAINRULE_PYTHON)'],
  };
}

/** The rows as lines of text. */
export function printMatmul({ rows, blas: version, missing }) {
  const lines = [];
  let peak = 0;
  for (const { variant, tile, name, gflops, nanoseconds, blas } of rows) {
    if (name === 'register peak') {
      peak = gflops;
      const title = `${variant}, tiles of ${tile}`;
      lines.push('', `${title.padEnd(26)}  GFLOP/s  % of peak          ns  × OpenBLAS`);
    }
    const cells = [gflops.toFixed(1).padStart(7), ((100 * gflops) / peak).toFixed(0).padStart(9)];
    cells.push(nanoseconds.toFixed(1).padStart(10), blas ? (gflops / blas).toFixed(2).padStart(10) : '');
    lines.push(`${name.padEnd(26)}  ${cells.join('  ')}`.trimEnd());
  }
  if (version) lines.push('', version);
  for (const peer of missing) lines.push('', `not installed: ${peer}`);
  return lines.join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  if (args.includes('--turbo')) await import('chainrule/turbo');
  if (args.includes('--relaxed')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  const rows = await benchMatmul({ only: args.find((arg) => !arg.startsWith('--')) });
  process.stdout.write(`${args.includes('--json') ? JSON.stringify(rows) : printMatmul(rows)}\n`);
}
