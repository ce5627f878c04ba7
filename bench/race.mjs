/** Whole training steps: chainrule against the peers that are installed, in interleaved rounds, their losses compared. */
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { exportNetwork, networks } from './networks.mjs';
import { startNode, startPython } from './sides/process.mjs';

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/** Seconds of an answer, by the clock on the wall or the processor's. */
export const timeOf = ({ seconds, cpu }, clock) => (clock === 'cpu' ? cpu : seconds);

/**
 * The binaries that 'this', '24' (through npx) or a path name, with '+turbo' behind those that are to turn
 * it on: [{ name, node, turbo }], or { name, error }.
 */
export function nodesOf(list) {
  return list.split(',').map((entry) => {
    const [which, ...extras] = entry.trim().split('+');
    const turbo = extras.includes('turbo');
    try {
      const ask = ['-p', 'process.execPath + " " + process.versions.node'];
      const [command, ...args] = /^\d[\d.]*$/.test(which)
        ? ['npx', '-y', `node@${which}`]
        : [which === 'this' ? process.execPath : which];
      const said = execFileSync(command, [...args, ...ask], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [node, version] = said.trim().split(' ');
      return { name: `chainrule${turbo ? ' turbo' : ''}, Node ${version.split('.')[0]}`, node, turbo };
    } catch {
      return { name: `chainrule${turbo ? ' turbo' : ''}, Node ${which}`, error: `no Node ${which} found` };
    }
  });
}

const peersHow = 'npm ci --prefix bench/peers --ignore-scripts';
const torchHow = 'pip install torch numpy, and name that Python: --python PATH or CHAINRULE_PYTHON';

/** Everyone who may race: { name, family, color?, start(threads), how } in the order of the table. */
function entrants({ nodes, python }) {
  const torch = (mode) => (threads) => startPython('pytorch.py', { threads, mode, python });
  const js = (file, options) => (threads) => startNode(file, { ...options, threads });
  return [
    ...nodes.map(({ name, node, turbo, error }) => ({
      name,
      family: 'chainrule',
      start: (threads) => (error ? { error } : startNode('chainrule.mjs', { threads, turbo }, node)),
      how: 'Node 24 or newer, or npx and a registry',
    })),
    { name: 'PyTorch eager', family: 'PyTorch', start: torch('eager'), how: torchHow },
    {
      name: 'PyTorch compiled',
      family: 'PyTorch',
      start: torch('compile'),
      how: `${torchHow}; a C++ compiler`,
    },
    { name: 'tfjs wasm', start: js('tfjs.mjs', { backend: 'wasm' }), how: peersHow },
    { name: 'tfjs cpu', start: js('tfjs.mjs', { backend: 'cpu' }), how: peersHow },
    { name: 'jax-js', start: js('jax.mjs'), how: peersHow },
    { name: 'brain.js', start: js('brain.mjs'), how: peersHow },
    { name: 'ConvNetJS', start: js('convnet.mjs'), how: peersHow },
  ];
}

/** Those of the entrants that start, as { name, family, version, ask, stop }, and why the others don't. */
export async function startSides(options, threads) {
  const sides = [];
  const missing = [];
  for (const { name, family = name, start, how } of entrants(options)) {
    if (!name.toLowerCase().match(options.sides ?? '')) continue;
    const side = await start(threads);
    if (side.error) missing.push({ name, why: side.error.split('\n')[0], how });
    else sides.push({ name, family, ...side });
  }
  return { sides, missing };
}

/**
 * How far losses may lie apart, as a share of the way that the loss has come since the first epoch. Not
 * less: now and then an activation is within rounding of ReLU's kink, and then libraries that add in
 * another order let its example's gradient pass or not. A learning rate 5 % off shows. With dropout
 * everyone draws masks of their own.
 */
const APART = 0.02;
const APART_WITH_DROPOUT = 0.3;

/** What is wrong with losses that should be like ours; undefined if nothing is. */
function differs(theirs, ours, dropout) {
  const way = Math.abs(ours[0] - ours.at(-1));
  const share = Math.max(...ours.map((loss, i) => Math.abs(theirs[i] - loss))) / way;
  if (theirs.length === ours.length && share <= (dropout ? APART_WITH_DROPOUT : APART)) return undefined;
  return `another loss: ${theirs.at(-1)?.toPrecision(5)} instead of ${ours.at(-1).toPrecision(5)}`;
}

/** Builds a network on a side and trains its first epochs: { losses, note }, or { lacks } where it can't. */
async function prepare(side, network) {
  let losses;
  let built;
  // Masks of dropout differ: so the losses without it are compared closely, and those with it loosely.
  for (const dropout of network.dropout ? [0, network.dropout] : [0]) {
    built = await side.ask({ ask: 'build', network: { ...network, dropout } });
    if (built.lacks || built.error) return { lacks: built.lacks ?? `failed: ${built.error}` };
    const trained = await side.ask({ ask: 'train', epochs: network.epochs, losses: true });
    if (trained.error) return { lacks: `failed: ${trained.error}` };
    losses = { ...losses, [dropout]: trained.losses };
  }
  return { losses, note: built.note };
}

/** Times one network on every side: { network, threads, cells: { [side]: { times (µs a step), … } or { lacks } } }. */
async function raceNetwork(network, sides, { threads, rounds, seconds, clock }) {
  const exported = await exportNetwork(network);
  const perEpoch = exported.count / network.batch;
  const cells = {};
  const racing = [];
  let ours;
  for (const side of sides) {
    const { lacks, losses, note } = await prepare(side, exported);
    if (lacks) {
      cells[side.name] = { lacks };
      continue;
    }
    ours ??= losses;
    const problem = Object.keys(losses)
      .map((dropout) => differs(losses[dropout], ours[dropout], dropout > 0))
      .find(Boolean);
    cells[side.name] = { losses, note, problem, times: [] };
    racing.push({ side, cell: cells[side.name] });
  }
  for (const entry of racing) {
    // Doubled until it is long enough to tell the pace: the beginning of a run is not the pace of a long one.
    let epochs = 1;
    let took = 0;
    while (took < seconds / 2) {
      took = (await entry.side.ask({ ask: 'train', epochs })).seconds;
      if (took < seconds / 2) epochs *= 2;
    }
    entry.epochs = Math.max(1, Math.ceil((seconds * epochs) / took));
    entry.rounds = took / epochs > 4 * seconds ? Math.min(rounds, 2) : rounds;
  }
  for (let round = 0; round < rounds; round++) {
    for (const { side, cell, epochs, rounds: most } of racing) {
      if (round >= most) continue;
      const answer = await side.ask({ ask: 'train', epochs });
      cell.times.push((timeOf(answer, clock) * 1e6) / (epochs * perEpoch));
    }
  }
  for (const { cell } of racing) {
    const half = (Math.max(...cell.times) - Math.min(...cell.times)) / 2;
    cell.median = median(cell.times);
    cell.best = Math.min(...cell.times);
    cell.spread = half / cell.median;
  }
  await rm(exported.folder, { recursive: true });
  return { network: network.name, threads, cells };
}

/**
 * Races every network, on one thread and on two: { rows, sides, missing }. A round gives each side about
 * `seconds`, in turn. The clock is the wall's, or 'cpu': the processor time of the process, which others that
 * keep the machine busy disturb less, but which says nothing about threads that work at the same time.
 */
export async function race({
  threads = [1, 2],
  rounds = 7,
  seconds = 0.25,
  clock = 'wall',
  only = '',
  say = () => {},
  ...options
}) {
  const rows = [];
  const versions = {};
  const missing = [];
  for (const count of threads) {
    const { sides, missing: absent } = await startSides(options, count);
    for (const { name, version } of sides) versions[name] = version;
    missing.push(...absent.map((side) => ({ ...side, threads: count })));
    try {
      for (const network of networks.filter(({ name }) => name.includes(only))) {
        say(`${network.name}, ${count === 1 ? 'one thread' : `${count} threads`}`);
        rows.push(await raceNetwork(network, sides, { threads: count, rounds, seconds, clock }));
      }
    } finally {
      for (const { stop } of sides) stop();
    }
  }
  return { rows, versions, missing, clock };
}

/** How many times as fast a chainrule side is as another: the median of the rounds' ratios. */
export function ratio(theirs, ours) {
  const rounds = Math.min(theirs.times.length, ours.times.length);
  return median(Array.from({ length: rounds }, (_, i) => theirs.times[i] / ours.times[i]));
}

/** The fastest of several cells, as of PyTorch's ways. */
export const fastestOf = (cells) =>
  cells.filter((cell) => cell?.median).reduce((a, b) => (a && a.median <= b.median ? a : b), undefined);

const number = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** The race as lines of text: a block a network. */
export function printRace({ rows, versions, missing }) {
  const lines = [];
  for (const { network, threads, cells } of rows) {
    const names = Object.keys(cells);
    const own = names.filter((name) => name.startsWith('chainrule') && cells[name].median);
    const title = `${network}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
    const heads = own.map((name) =>
      `× ${name.replace('chainrule', '').replace(/^, /, '').trim()}`.padStart(15),
    );
    lines.push('', `${title.padEnd(68)}${'µs a step'.padStart(10)}${'±'.padStart(6)}${heads.join('')}`);
    for (const name of names) {
      const cell = cells[name];
      const label = `  ${[name, versions[name]].filter(Boolean).join(' · ')}`;
      if (cell.lacks) {
        lines.push(`${label.padEnd(68)}  not comparable: ${cell.lacks}`);
        continue;
      }
      const ratios = own.map((ours) =>
        (name.startsWith('chainrule') ? '' : `${ratio(cell, cells[ours]).toFixed(2)}`).padStart(15),
      );
      const { median, spread, note, problem } = cell;
      const remark = [note, problem && `NOT THE SAME TRAINING: ${problem}`].filter(Boolean).join('; ');
      lines.push(
        `${label.padEnd(68)}${number(median).padStart(10)}${`${(100 * spread).toFixed(0)} %`.padStart(6)}${ratios.join('')}  ${remark}`.trimEnd(),
      );
    }
  }
  lines.push('');
  for (const { name, threads, why, how } of missing)
    lines.push(
      `not raced, ${threads === 1 ? 'one thread' : `${threads} threads`}: ${name} — ${why} (${how})`,
    );
  return lines.join('\n');
}
