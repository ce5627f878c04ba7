/** Whole training steps of small networks, against the peers that are installed, in interleaved rounds. */
import { networks } from './networks.mjs';
import { brain } from './sides/brain.mjs';
import { chainrule } from './sides/chainrule.mjs';
import { startTorch } from './sides/pytorch.mjs';

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Microseconds a step: median and best of the rounds, each about `seconds` long. */
export async function raceSteps({ rounds = 7, seconds = 0.25, only = '' } = {}) {
  const torch = await startTorch(1);
  const missing = [];
  if (!torch) missing.push('PyTorch (python3-torch)');
  const rows = [];
  try {
    for (const network of networks.filter(({ name }) => name.includes(only))) {
      const sides = { chainrule: await chainrule(network) };
      if (torch) sides.PyTorch = await torch.build(network);
      try {
        sides['brain.js'] = await brain(network);
      } catch {
        if (!missing.includes('brain.js'))
          missing.push('brain.js (npm ci --prefix bench/peers --ignore-scripts)');
      }
      const racing = Object.entries(sides).filter(([, run]) => run);
      const lengths = new Map();
      for (const [side, run] of racing) {
        // Doubled until it is long enough to tell the pace: the beginning of a run is not the pace of a long one.
        let trial = await run(50);
        while (trial.seconds < seconds / 2) trial = await run(trial.steps * 2);
        lengths.set(side, Math.max(50, Math.ceil((seconds * trial.steps) / trial.seconds)));
      }
      const times = new Map(racing.map(([side]) => [side, []]));
      for (let round = 0; round < rounds; round++) {
        for (const [side, run] of racing) {
          const { seconds: took, steps } = await run(lengths.get(side));
          times.get(side).push((took * 1e6) / steps);
        }
      }
      const sidesOut = Object.fromEntries(
        racing.map(([side]) => [
          side,
          { median: median(times.get(side)), best: Math.min(...times.get(side)) },
        ]),
      );
      rows.push({ network: network.name, ...sidesOut });
    }
  } finally {
    torch?.stop();
  }
  return { rows, missing, torch: torch?.version };
}

/** The rows as lines of text: microseconds a step (median), and how many times as fast chainrule is. */
export function printSteps({ rows, missing, torch }) {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => key !== 'network' && key !== 'chainrule',
  );
  const width = Math.max(...rows.map(({ network }) => network.length));
  const number = (value) => (value === undefined ? '–' : value.toFixed(value < 10 ? 2 : 0));
  const lines = [
    `${'µs a step, one thread (median of rounds)'.padEnd(width)}  ${['chainrule', ...peers].map((name) => name.padStart(18)).join('')}`,
  ];
  for (const row of rows) {
    const cells = peers.map((peer) => {
      if (!row[peer]) return '–';
      return `${number(row[peer].median)} (${(row[peer].median / row.chainrule.median).toFixed(1)}×)`;
    });
    lines.push(
      `${row.network.padEnd(width)}  ${[number(row.chainrule.median), ...cells].map((cell) => cell.padStart(18)).join('')}`,
    );
  }
  if (torch) lines.push(`PyTorch ${torch}`);
  for (const peer of missing) lines.push(`not installed: ${peer}`);
  return lines.join('\n');
}
