/**
 * npm run bench: whole training steps beside the peers that are installed, and everything below them beside
 * the machine's own limits. Prints tables; writes results.json, table.md and the figures to a folder.
 *
 *     npm run bench -- [options]
 */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { growthFigure, raceFigure, raceTable } from './figures.mjs';
import { benchGrowth, printGrowth } from './growth.mjs';
import { printKernels } from './kernels.mjs';
import { benchLatency, printLatency } from './latency.mjs';
import { printMatmul } from './matmul.mjs';
import { benchMemory, printMemory } from './memory.mjs';
import { nodesOf, printRace, race } from './race.mjs';
import { benchStart, printStart } from './start.mjs';

const local = (file) => fileURLToPath(new URL(file, import.meta.url));
const all = ['race', 'latency', 'start', 'memory', 'growth', 'products', 'kernels'];
const ours = Number(process.versions.node.split('.')[0]) >= 24 ? 'this,this+turbo' : 'this,24+turbo';

const help = `npm run bench -- [options]

  --sections LIST   of ${all.join(',')}   (all)
  --nodes LIST      binaries that run chainrule: this, a version (through npx) or a path, with
                    +turbo behind those that are to turn it on   (${ours})
  --python PATH     the interpreter that has PyTorch and numpy   (CHAINRULE_PYTHON, python3, /usr/bin/python3)
  --threads LIST    on every side   (1,2; by processor time 1)
  --only TEXT       networks whose name has it
  --sides TEXT      sides of the race whose name matches this regular expression
  --clock wall|cpu  what a step costs: time, or processor time, for one thread on a busy machine   (wall)
  --rounds N        turns that everyone takes   (5)
  --seconds X       a turn's length   (0.2)
  --out FOLDER      for results.json, table.md, race.svg, growth.svg   (bench/results)`;

const { values } = parseArgs({
  options: {
    sections: { type: 'string', default: all.join(',') },
    nodes: { type: 'string', default: ours },
    python: { type: 'string', default: process.env.CHAINRULE_PYTHON },
    threads: { type: 'string' },
    only: { type: 'string', default: '' },
    sides: { type: 'string', default: '' },
    clock: { type: 'string', default: 'wall' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '0.2' },
    out: { type: 'string', default: local('results') },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const sections = values.sections.split(',');
const stranger = sections.find((section) => !all.includes(section));
if (stranger) {
  console.error(`bench: there is no section '${stranger}'; there are ${all.join(', ')}.`);
  process.exit(1);
}

const say = (what) => console.error(`… ${what}`);
const nodes = nodesOf(values.nodes);
const threads = (values.threads ?? (values.clock === 'cpu' ? '1' : '1,2')).split(',').map(Number);
const { python } = values;
const machine = `${os.cpus()[0].model.trim()}, ${os.cpus().length} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, ${os.type()} ${os.arch()}; peers in JavaScript on Node ${process.versions.node}`;
const results = { date: new Date().toISOString(), machine };
await mkdir(values.out, { recursive: true });

/** Runs a section, keeps what it finds and prints it. */
async function section(name, run, print) {
  if (!sections.includes(name)) return;
  say(name);
  results[name] = await run();
  console.log(`\n## ${name}\n\n${print(results[name]).trim()}`);
}

/** A bench of kernels under each Node binary: { [name]: its rows }. */
function underEach(script, args = []) {
  const found = {};
  for (const { name, node, turbo, error } of nodes) {
    if (error) continue;
    say(name);
    const env = { ...process.env, ...(python ? { CHAINRULE_PYTHON: python } : {}) };
    const options = [local(script), '--json', ...(turbo ? ['--turbo'] : []), ...args];
    const { stdout, status, stderr } = spawnSync(node, options, {
      encoding: 'utf8',
      env,
      maxBuffer: 2 ** 26,
    });
    if (status === 0) found[name] = JSON.parse(stdout);
    else console.error(stderr);
  }
  return found;
}
const eachOf = (print) => (found) =>
  Object.entries(found)
    .map(([name, rows]) => `${name}\n${print(rows)}`)
    .join('\n\n');

console.log(machine);
const { only, sides } = values;
const pace = { clock: values.clock, rounds: Number(values.rounds), seconds: Number(values.seconds) };
const options = { nodes, python, threads, only, sides: sides.toLowerCase(), say, ...pace };
await section('race', () => race(options), printRace);
await section('latency', () => benchLatency({ nodes, python, clock: values.clock }), printLatency);
await section('start', () => benchStart({ nodes }), printStart);
await section('memory', benchMemory, printMemory);
await section('growth', () => benchGrowth({ nodes, threads, clock: values.clock, say }), printGrowth);
await section('products', () => underEach('matmul.mjs'), eachOf(printMatmul));
await section('kernels', () => underEach('kernels.mjs'), eachOf(printKernels));

const put = (name, content) => writeFile(join(values.out, name), content);
await put('results.json', `${JSON.stringify(results, null, 1)}\n`);
if (results.race) {
  await put('race.svg', raceFigure(results.race, results));
  await put('table.md', raceTable(results.race, results));
}
if (results.growth) await put('growth.svg', growthFigure(results.growth, results));
console.log(`\nwritten to ${values.out}`);
process.exit(0);
