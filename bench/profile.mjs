/**
 * Where the time of a training step goes: each instruction of a network's program, timed as they run one after
 * the other, beside the whole step.
 *
 *     node bench/profile.mjs [--turbo] [--relaxed] [networks whose name contains this text]
 */
import v8 from 'node:v8';
import { dataFor, networks } from './networks.mjs';
import { build } from './sides/chainrule.mjs';
import { codes, race } from './wasm.mjs';

const args = process.argv.slice(2);
if (args.includes('--turbo')) await import('chainrule/turbo');
if (args.includes('--relaxed')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
const chainrule = await import('chainrule');
await chainrule.init({ threads: 1 });

/** Instructions that move a counter; alone, they would move it out of bounds. */
const skipped = [codes.Opcode.Advance, codes.Opcode.Lap];

/**
 * Sets `best` of the jobs, in ms, by rounds in which each has its turn in order, since what one computes lies where the
 * next finds it only then; short ones so many times in a row that the clock can tell.
 */
function timeInOrder(jobs) {
  for (const job of jobs) Object.assign(job, { best: Number.POSITIVE_INFINITY, times: 1 });
  for (const begun = performance.now(); performance.now() - begun < 2000; ) {
    for (const job of jobs) {
      const start = performance.now();
      job.run(job.times);
      job.best = Math.min(job.best, (performance.now() - start) / job.times);
      job.times = Math.ceil(0.02 / job.best);
    }
  }
}

/** What an instruction works on, and how many floating-point operations a product is. */
function describe(words) {
  const name = codes.Opcode[words[0] & 0xff];
  const operand = (key) => words[codes[name][key]];
  if (name !== 'Matmul') {
    const sizes = ['n', 'rows', 'columns', 'batch', 'size', 'd2', 'd3', 'outer', 'count', 'inner'];
    const known = sizes.filter((key) => key in codes[name] && operand(key) > 1);
    return { what: `${name} ${known.map((key) => `${key} ${operand(key)}`).join(', ')}` };
  }
  const [m, n, k] = ['m', 'n', 'k'].map(operand);
  const what = `Matmul ${codes.MatmulKind[operand('kind')].toLowerCase()} ${m} ${n} ${k}`;
  const end = codes.Epilogue[operand('epilogue')];
  const tile = `tile ${operand('tileRows')}×${operand('tileColumns')}`;
  return { what: `${what} ${end === 'None' ? '' : end.toLowerCase()} ${tile}`, flops: 2 * m * n * k };
}

for (const network of networks.filter(({ name }) =>
  name.includes(args.find((arg) => !arg.startsWith('--')) ?? ''),
)) {
  const { x, y, count } = dataFor(network);
  const net = build(chainrule, network);
  const train = (epochs) =>
    net.fit(x, y, { epochs, batchSize: network.batch, shuffle: false, verbose: 0, doctor: 'off' });
  let epochs = 1;
  let took = 0;
  // Long enough for the engine to optimize, and for the tile to be chosen.
  for (const begun = performance.now(); performance.now() - begun < 3000 || took < 200; ) {
    const start = performance.now();
    await train(epochs);
    took = performance.now() - start;
    if (took < 200) epochs *= 2;
  }
  const steps = (epochs * count) / network.batch;
  const { arena } = net.executor;
  const { F32, I32 } = codes.Storage;
  const xor = network.task === 'xor';
  const feed = { xShape: [network.inputs], xStorage: F32, yShape: xor ? [1] : [], yStorage: xor ? F32 : I32 };
  const { loaded } = net.program('train', { ...feed, key: JSON.stringify(feed) }, network.batch);
  const { cells } = net.compiled('the profile').parts;
  const jobs = [];
  const all = [];
  for (let at = 0; at < loaded.words.length; at += (loaded.words[at] >>> 8) & 0xffff) {
    const length = (loaded.words[at] >>> 8) & 0xffff;
    const opcode = loaded.words[at] & 0xff;
    if (opcode === codes.Opcode.End || skipped.includes(opcode)) continue;
    const words = loaded.words.slice(at, at + length);
    all.push(...words);
    const address = arena.allocate(4 * (length + 1), 'an instruction');
    const { i32 } = arena.views;
    i32.set([...words, codes.Opcode.End | (1 << 8)], address / 4);
    jobs.push({ ...describe(words), run: (n) => arena.kernels.run(address, n, 0, 1) });
  }
  const program = arena.allocate(4 * (all.length + 1), 'the instructions');
  arena.views.i32.set([...all, codes.Opcode.End | (1 << 8)], program / 4);
  // The examples of fit are gone: here they are again, in their order.
  const index = Uint32Array.from({ length: count }, (_, i) => i);
  for (const [cell, values] of Object.entries({ xTable: x, yTable: y, index })) {
    const address = arena.allocate(values.byteLength, cell);
    new values.constructor(arena.views.u32.buffer, address, values.length).set(values);
    arena.views.u32[cells[cell].address / 4] = address;
  }
  // Thousands of updates by the same batch are not to spoil the weights.
  const rate = net.learningRate;
  net.learningRate = 0;
  arena.views.u32[cells.cursor.address / 4] = 0;
  const together = { run: (n) => arena.kernels.run(program, n, 0, 1) };
  race([together], { rounds: 8, milliseconds: 2 });
  timeInOrder(jobs);
  net.learningRate = rate;
  const times = [];
  for (let round = 0; round < 5; round++) {
    // The processor's time, which others on the machine take less from than from the clock's.
    const start = process.cpuUsage();
    await train(epochs);
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000 / steps);
  }
  const whole = Math.min(...times);
  const row = (what, ms, flops) =>
    `  ${what.padEnd(46)}${(ms * 1e3).toFixed(2).padStart(10)}${((100 * ms) / whole).toFixed(1).padStart(8)}${flops ? (flops / ms / 1e6).toFixed(1).padStart(10) : ''}`;
  console.log(
    `\n${`${network.name}`.padEnd(48)}${'µs'.padStart(10)}${'%'.padStart(8)}${'GFLOP/s'.padStart(10)}`,
  );
  for (const { what, best, flops } of jobs.sort((a, b) => b.best - a.best))
    console.log(row(what, best, flops));
  const sum = jobs.reduce((total, { best }) => total + best, 0);
  console.log(row('the instructions, each by itself', sum));
  console.log(row('the instructions, one after the other', together.best));
  console.log(row('the whole step', whole));
}
process.exit(0);
