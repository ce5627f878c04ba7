/**
 * npm run bench: whole training steps beside the peers that are installed, then matrix products
 * beside the processor's own limit. Prints tables, writes bench/results.json.
 *
 *     npm run bench -- [--rounds 7] [--seconds 0.25] [--only 784-128-10] [--out results.json]
 */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { benchMatmul } from './matmul.mjs';
import { printSteps, raceSteps } from './steps.mjs';

/** Products as lines of text, each beside what the same variant does on registers alone. */
function printMatmul(rows) {
  let peak = 0;
  return rows
    .map(({ variant, name, gflops }) => {
      if (name === 'register peak') peak = gflops;
      const share = `${((100 * gflops) / peak).toFixed(0)} %`;
      return `${variant.padEnd(8)} ${name.padEnd(26)} ${gflops.toFixed(1).padStart(7)} GFLOP/s ${share.padStart(6)} of peak`;
    })
    .join('\n');
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '0.25' },
    only: { type: 'string', default: '' },
    out: { type: 'string', default: new URL('results.json', import.meta.url).pathname },
  },
});
const machine = `${os.cpus()[0].model.trim()}, ${os.cpus().length} cores, Node ${process.version}`;
console.log(`${machine}\n`);

const steps = await raceSteps({
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  only: values.only,
});
console.log(`${printSteps(steps)}\n`);
const matmul = values.only ? undefined : await benchMatmul();
if (matmul) console.log(printMatmul(matmul));

await writeFile(
  values.out,
  `${JSON.stringify({ date: new Date().toISOString(), machine, steps, matmul }, null, 2)}\n`,
);
console.log(`\nwritten to ${values.out}`);
process.exit(0);
