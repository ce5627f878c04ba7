/** What watching costs: the same trainings with doctor 'off' and 'watch', in interleaved rounds. */
import * as chainrule from 'chainrule';
import { dataFor, networks } from './networks.mjs';
import { build } from './sides/chainrule.mjs';

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

// One thread, as in the race.
await chainrule.init({ threads: 1 });

/**
 * Microseconds a step in both ways, each fit about `seconds` long, and by how much 'watch' is slower. Every
 * fit begins anew: the dense sampling of the first steps is part of the price.
 */
export async function raceDoctor({ rounds = 15, seconds = 0.5, only = '' } = {}) {
  const rows = [];
  for (const network of networks.filter(({ name }) => name.includes(only))) {
    const { x, y, count } = dataFor(network);
    const perEpoch = Math.ceil(count / network.batch);
    const nets = { off: build(chainrule, network), watch: build(chainrule, network) };
    const run = async (doctor, epochs) => {
      const start = performance.now();
      await nets[doctor].fit(x, y, { epochs, batchSize: network.batch, verbose: 0, doctor });
      return ((performance.now() - start) * 1000) / (epochs * perEpoch);
    };
    for (const doctor of ['off', 'watch']) await run(doctor, Math.ceil(100 / perEpoch));
    const epochs = Math.ceil((seconds * 1e6) / (await run('off', Math.ceil(500 / perEpoch))) / perEpoch);
    const times = { off: [], watch: [] };
    const ratios = [];
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? ['off', 'watch'] : ['watch', 'off'];
      for (const doctor of order) times[doctor].push(await run(doctor, epochs));
      ratios.push(times.watch[round] / times.off[round]);
    }
    rows.push({
      network: network.name,
      steps: epochs * perEpoch,
      off: median(times.off),
      watch: median(times.watch),
      overhead: median(ratios) - 1,
      best: Math.min(...times.watch) / Math.min(...times.off) - 1,
    });
  }
  return rows;
}

const percent = (share) => `${(share * 100).toFixed(1)} %`.padStart(8);
if (import.meta.main ?? process.argv[1]?.endsWith('doctor-overhead.mjs')) {
  console.log('µs a step without and with the doctor; median of the rounds’ ratios, and of the best times');
  for (const { network, steps, off, watch, overhead, best } of await raceDoctor({
    only: process.argv[2] ?? '',
  })) {
    console.log(
      `${network.padEnd(58)} ${String(steps).padStart(8)} steps ${off.toFixed(2).padStart(9)} ${watch.toFixed(2).padStart(9)} ${percent(overhead)} ${percent(best)}`,
    );
  }
}
