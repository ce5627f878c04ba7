/** How the cost of a training step grows with width, depth, batch and threads, beside the arithmetic bound. */
import { rm } from 'node:fs/promises';
import { exportNetwork } from './networks.mjs';
import { median, timeOf } from './race.mjs';
import { startNode } from './sides/process.mjs';

const base = { activation: 'relu', task: 'classes', optimizer: 'adam', learningRate: 1e-4, epsilon: 1e-7 };
const powers = (from, to) => Array.from({ length: Math.log2(to / from) + 1 }, (_, i) => from * 2 ** i);

/** The three sweeps: what is varied, over which values, and the network at each. */
export const sweeps = [
  {
    of: 'width',
    title: 'width w: w-w-w-10, batch 64',
    values: powers(16, 2048),
    network: (w) => ({ ...base, inputs: w, hidden: [w, w], outputs: 10, batch: 64 }),
  },
  {
    of: 'depth',
    title: 'depth d: d hidden layers of 128, batch 64',
    values: powers(1, 64),
    network: (d) => ({ ...base, inputs: 128, hidden: Array(d).fill(128), outputs: 10, batch: 64 }),
  },
  {
    of: 'batch',
    title: 'batch b: 784-128-10',
    values: powers(1, 1024),
    network: (b) => ({ ...base, inputs: 784, hidden: [128], outputs: 10, batch: b }),
  },
];

/** Floating-point operations of the products in a training step: three of each layer, but no gradient for the data. */
export function stepFlops({ inputs, hidden, outputs, batch }) {
  const widths = [inputs, ...hidden, outputs];
  const products = widths.slice(1).map((units, i) => 2 * batch * widths[i] * units);
  return 3 * products.reduce((a, b) => a + b, 0) - products[0];
}

const parametersOf = ({ inputs, hidden, outputs }) => {
  const widths = [inputs, ...hidden, outputs];
  return widths.slice(1).reduce((sum, units, i) => sum + units * (widths[i] + 1), 0);
};

/**
 * Lines { of, title, name, threads, peak (GFLOP/s of one thread), points: [{ value, flops, parameters, micros,
 * attained, share }] }: attained are the GFLOP/s of the fastest round, share is how much that is of the
 * arithmetic bound, all threads on registers alone.
 */
export async function benchGrowth({
  nodes,
  threads = [1, 2],
  clock = 'wall',
  rounds = 3,
  seconds = 0.08,
  say = () => {},
}) {
  const sides = [];
  for (const { name, node, turbo, error } of nodes) {
    if (error) continue;
    for (const count of threads) {
      const side = await startNode('chainrule.mjs', { threads: count, turbo }, node);
      if (side.error) continue;
      sides.push({ name, threads: count, ...side });
    }
  }
  const peaks = new Map();
  // Before and after all else, since a busy moment only lowers it. Threads do not change what one can do at most.
  const measurePeaks = async () => {
    for (const { name, ask } of sides)
      peaks.set(name, Math.max(peaks.get(name) ?? 0, (await ask({ ask: 'peak' })).gflops));
  };
  await measurePeaks();
  const lines = [];
  for (const { of, title, values, network: at } of sweeps) {
    say(`growth with ${of}`);
    const own = sides.map(({ name, threads }) => ({ of, title, name, threads, points: [] }));
    for (const value of values) {
      const network = await exportNetwork({ ...at(value), epochs: 1 });
      const steps = network.count / network.batch;
      const flops = stepFlops(network);
      const runs = [];
      for (const side of sides) {
        await side.ask({ ask: 'build', network });
        let epochs = 1;
        let took = 0;
        // The very first runs long enough for the engine to have optimized the kernels.
        const enough = lines.length === 0 && value === values[0] ? 10 * seconds : seconds / 2;
        while (took < enough) {
          took = (await side.ask({ ask: 'train', epochs })).seconds;
          if (took < enough) epochs *= 2;
        }
        runs.push({ epochs, times: [] });
      }
      for (let round = 0; round < rounds; round++) {
        for (const [i, { epochs, times }] of runs.entries())
          times.push(timeOf(await sides[i].ask({ ask: 'train', epochs }), clock) / (epochs * steps));
      }
      for (const [i, { times }] of runs.entries()) {
        const micros = median(times) * 1e6;
        const attained = flops / Math.min(...times) / 1e9;
        own[i].points.push({ value, flops, parameters: parametersOf(network), micros, attained });
      }
      await rm(network.folder, { recursive: true });
    }
    lines.push(...own);
  }
  await measurePeaks();
  for (const { stop } of sides) stop();
  for (const line of lines) {
    line.peak = peaks.get(line.name);
    for (const point of line.points) point.share = point.attained / (line.peak * line.threads);
  }
  return lines;
}

/** The share of the arithmetic bound from which a step counts as bound by arithmetic. */
export const NEAR = 0.5;

/** Where a line is so: { from, to } of the swept values, or undefined. */
export function nearBound({ points }) {
  const near = points.filter(({ share }) => share >= NEAR);
  return near.length > 0 ? { from: near[0].value, to: near.at(-1).value } : undefined;
}

/** The lines as text. */
export function printGrowth(lines) {
  const out = [];
  for (const { of, title, values } of sweeps) {
    out.push(
      '',
      title,
      `  ${'µs a step (% of the arithmetic bound)'.padEnd(44)}${values.map((v) => String(v).padStart(13)).join('')}`,
    );
    for (const line of lines.filter((line) => line.of === of)) {
      const cells = line.points.map(({ micros, share }) =>
        `${micros.toFixed(micros < 10 ? 1 : 0)} (${(100 * share).toFixed(0)})`.padStart(13),
      );
      out.push(`  ${`${line.name}, ${threadsOf(line)}`.padEnd(44)}${cells.join('')}`);
    }
    for (const line of lines.filter((line) => line.of === of)) out.push(`  ${sentence(line)}`);
  }
  return out.join('\n');
}

const threadsOf = ({ threads }) => (threads === 1 ? 'one thread' : `${threads} threads`);

/** In words: where the curve leaves the arithmetic bound. */
function sentence(line) {
  const near = nearBound(line);
  const who = `${line.name}, ${threadsOf(line)} (${(line.peak * line.threads).toFixed(0)} GFLOP/s on registers)`;
  const best = line.points.reduce((a, b) => (b.share > a.share ? b : a));
  const most = `at most ${(100 * best.share).toFixed(0)} % of it, at ${line.of} ${best.value}`;
  if (!near) return `${who}: nowhere within half of the bound; ${most}`;
  const leaves = [
    ...(near.from > line.points[0].value ? [`below ${line.of} ${near.from}`] : []),
    ...(near.to < line.points.at(-1).value ? [`above ${line.of} ${near.to}`] : []),
  ];
  return `${who}: ${leaves.length ? `less than half of the bound ${leaves.join(' and ')}` : 'half of the bound or more everywhere'}; ${most}`;
}
