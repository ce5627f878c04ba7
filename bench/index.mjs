/**
 * npm run bench: whole training steps beside the peers that are installed, then matrix products
 * and the other kernels beside the processor's own limits. Prints tables, writes bench/results.json.
 *
 *     npm run bench -- [--rounds 7] [--seconds 0.25] [--only 784-128-10] [--out results.json]
 */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { benchKernels, printKernels } from './kernels.mjs';
import { benchMatmul, printMatmul } from './matmul.mjs';
import { printSteps, raceSteps } from './steps.mjs';

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
const kernels = values.only ? undefined : await benchKernels();
if (kernels) console.log(printKernels(kernels));

await writeFile(
  values.out,
  `${JSON.stringify({ date: new Date().toISOString(), machine, steps, matmul, kernels }, null, 2)}\n`,
);
console.log(`\nwritten to ${values.out}`);
process.exit(0);
