/**
 * Speed of the kernels other than the matrix product, beside a copy's bandwidth: nanoseconds an element,
 * and GB/s of what each must read and write at least.
 *
 *     node bench/kernels.mjs [--turbo] [--relaxed] [--json] [names that contain this text]
 *
 * Each row is one instruction, run many times inside one call of `run`; the best of interleaved rounds counts.
 */
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import { codes, Machine, race, variants } from './wasm.mjs';

const { BinaryFn, Fn, Opcode, ReduceFn, Storage } = codes;

/** What is not timed here: products have a bench of their own, the others write a number or two. */
const ELSEWHERE = ['End', 'Matmul', 'Advance', 'Lap'];

/** Elements: as many as stay in the second-level cache, and as a dense layer 784 × 512 has. */
const SIZES = [16_384, 401_408];
/** [rows, columns] of activations and of logits. */
const TABLES = [
  [128, 512],
  [128, 10],
];

/** { name, elements, bytes, run } of every kernel; bytes are what an element takes to read and write. */
function jobsFor(module) {
  const jobs = [];
  for (const n of SIZES) jobs.push(...elementwise(new Machine(module), n));
  for (const [rows, columns] of TABLES) jobs.push(...tables(new Machine(module), rows, columns));
  jobs.push(...gathers(new Machine(module)));
  const timed = new Set(jobs.map(({ opcode }) => opcode));
  const left = Object.keys(Opcode).filter((name) => Number.isNaN(Number(name)) && !timed.has(name));
  const forgotten = left.filter((name) => !ELSEWHERE.includes(name));
  if (forgotten.length > 0) throw new Error(`no bench of ${forgotten.join(', ')}`);
  return jobs;
}

function elementwise(machine, n) {
  const vector = () => machine.place(n, () => Math.random() * 2 - 1);
  const [x, y, out, square] = [vector(), vector(), vector(), machine.place(n, Math.random)];
  const [rate, counter] = [machine.place(1, () => 1e-9), machine.place(1)];
  const row = (name, bytes, opcode, operands) => ({
    name: `${name} ${n}`,
    elements: n,
    bytes,
    ...machine.job(opcode, operands),
  });
  const sums = machine.place(32);
  const mask = machine.place(Math.ceil(n / 32));
  const flat = { d0: 1, d1: 1, d2: 1, d3: n, a0: 0, a1: 0, a2: 0, a3: 1, b0: 0, b1: 0, b2: 0, b3: 1 };
  const update = { parameters: x, gradients: y, n, rate, weightDecay: 0 };
  return [
    row('copy', 8, 'Unary', { x, out, n, fn: Fn.Linear, alpha: 0 }),
    row('add', 12, 'Binary', { a: x, b: y, out, fn: BinaryFn.Add, ...flat }),
    ...['Relu', 'Exp', 'Log', 'Tanh', 'Sigmoid', 'Gelu', 'GeluTanh'].map((fn) =>
      row(fn.toLowerCase(), 8, 'Unary', { x: square, out, n, fn: Fn[fn], alpha: 0 }),
    ),
    ...['Relu', 'Tanh', 'Sigmoid', 'Gelu'].map((fn) =>
      row(`${fn.toLowerCase()}'`, 12, 'UnaryGrad', { dy: x, saved: y, out, n, fn: Fn[fn], alpha: 0 }),
    ),
    row('power', 12, 'Binary', { a: square, b: square, out, fn: BinaryFn.Pow, ...flat }),
    row('select', 16, 'Select', { condition: x, a: x, b: y, out, n }),
    row("dropout's mask", 0.125, 'DropoutMask', {
      out: mask,
      n,
      rate: 0.2,
      seed: counter,
      step: counter,
      stream: 1,
    }),
    row('dropout', 8.125, 'Dropout', { x, mask, out, n, rate: 0.2 }),
    row('moving average', 12, 'MovingAverage', { average: out, value: x, n, momentum: 0.99 }),
    row('clip by value', 8, 'ClipValue', { x: out, n, limit: 0.9 }),
    row('clip by norm', 12, 'ClipNorm', { x: out, n, limit: 1 }),
    row('accumulate', 4, 'Accumulate', { x, total: sums, n, scale: 1 }),
    row('statistics', 4, 'Statistics', { x, out: sums, n, center: 0, radius: 0.9 }),
    row('change', 8, 'Change', { after: x, before: y, out: sums, n }),
    row('sgd', 12, 'Sgd', { ...update, velocity: 0, momentum: 0, nesterov: 0 }),
    row('sgd, momentum', 20, 'Sgd', { ...update, velocity: out, momentum: 0.9, nesterov: 0 }),
    row('rmsprop', 20, 'RmsProp', {
      ...update,
      square,
      velocity: 0,
      meanGradient: 0,
      rho: 0.9,
      momentum: 0,
      epsilon: 1e-7,
    }),
    row('adam', 28, 'Adam', {
      ...update,
      mean: out,
      square,
      iterations: counter,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
    }),
  ];
}

function tables(machine, rows, columns) {
  const n = rows * columns;
  const random = (count, low = -1, high = 1) =>
    machine.place(count, () => low + (high - low) * Math.random());
  const [x, dy, y, out] = [random(n), random(n), random(n, 0, 1), machine.place(2 * n)];
  const classes = machine.place(rows, () => Math.floor(Math.random() * columns));
  const row = (name, bytes, opcode, operands) => ({
    name: `${name} ${rows}×${columns}`,
    elements: n,
    bytes,
    ...machine.job(opcode, { ...('rows' in codes[opcode] ? { rows, columns } : {}), ...operands }),
  });
  const loss = { logits: x, targets: classes, sparse: 1, smoothing: 0 };
  const reduce = (fn, outer, count, inner) => {
    const shape = { outer, count, inner };
    const what = `${fn.toLowerCase()} of ${inner === 1 ? 'rows' : 'columns'}`;
    return row(what, 4, 'Reduce', { x, out, fn: ReduceFn[fn], ...shape, scale: 1 });
  };
  const grid = { d0: 1, d1: 1, d2: rows, d3: columns };
  const whole = { a0: 0, a1: 0, a2: columns, a3: 1, b0: 0, b1: 0 };
  const counts = machine.place(columns);
  const turned = { d0: 1, d1: 1, d2: columns, d3: rows, s0: 0, s1: 0, s2: 1, s3: columns };
  const plus = (name, strides) =>
    row(name, 8, 'Binary', { a: x, b: y, out, fn: BinaryFn.Add, ...grid, ...whole, ...strides });
  const [gamma, beta] = [random(columns), random(columns)];
  const norms = [0, 1].flatMap((perRow) => {
    const groups = perRow ? rows : columns;
    const mean = machine.place(2 * groups, () => 0.5);
    const sums = machine.place(2 * columns);
    const norm = { mean, variance: mean + 4 * groups, perRow, epsilon: 1e-3 };
    const kind = perRow ? 'layer norm' : 'batch norm';
    return [
      row(`${kind}: moments`, 4, 'Moments', { x, out: mean, perRow }),
      row(`${kind}: normalize`, 8, 'Normalize', { ...norm, x, gamma, beta, out }),
      row(`${kind}: dγ, dβ`, 8, 'NormalizeGradParams', { ...norm, dy, x, out: sums }),
      row(`${kind}: dx`, 12, 'NormalizeGradInput', { ...norm, dy, x, gamma, sums: perRow ? 0 : sums, out }),
    ];
  });
  return [
    row('softmax', 8, 'Softmax', { x, out, log: 0 }),
    row("softmax'", 12, 'SoftmaxGrad', { dy, y, out, log: 0 }),
    row('cross-entropy', 4, 'CrossEntropy', { ...loss, out }),
    row("cross-entropy'", 8, 'CrossEntropyGrad', { ...loss, dloss: y, out }),
    reduce('Sum', rows, columns, 1),
    reduce('Sum', 1, rows, columns),
    reduce('Max', rows, columns, 1),
    plus('plus a row', { b2: 0, b3: 1 }),
    plus('plus a column', { b2: 1, b3: 0 }),
    row('transpose', 8, 'StridedCopy', { x, out, ...turned }),
    row('arg max', 4, 'ArgMax', { x, out }),
    row('one-hot', 4, 'OneHot', { labels: classes, out }),
    row('fired', 4, 'Fired', { x, counts }),
    ...norms,
  ];
}

/** Batches out of a data set as large as a tenth of MNIST. */
function gathers(machine) {
  const [batch, size, examples] = [128, 784, 6000];
  const out = machine.place(batch * size);
  const index = machine.place(examples);
  machine.exports.shuffle(index, examples, 7, 0);
  return [
    ['u8', Storage.U8, 1],
    ['f32', Storage.F32, 4],
  ].map(([type, storage, bytes]) => {
    const data = machine.place((examples * size * bytes) / 4);
    const cells = machine.place(3);
    machine.u32.set([data, index, 0], cells / 4);
    const job = machine.job('Gather', {
      table: cells,
      index: cells + 4,
      cursor: cells + 8,
      out,
      batch,
      size,
      storage,
    });
    return { name: `gather ${type} ${batch}×${size}`, elements: batch * size, bytes: bytes + 4, ...job };
  });
}

/** Rows { variant, name, nanoseconds (an element), bandwidth (GB/s) } of every variant that this engine can run. */
export async function benchKernels({ rounds = 10, milliseconds = 3, only = '' } = {}) {
  const rows = [];
  for (const { variant, module } of await variants()) {
    const jobs = jobsFor(module).filter(({ name }) => name.startsWith('copy') || name.includes(only));
    race(jobs, { rounds, milliseconds });
    for (const { name, elements, bytes, best } of jobs) {
      const nanoseconds = (best * 1e6) / elements;
      rows.push({ variant, name, nanoseconds, bandwidth: bytes / nanoseconds });
    }
  }
  return rows;
}

/** The rows as lines of text. */
export function printKernels(rows) {
  const lines = [];
  for (const variant of new Set(rows.map((row) => row.variant))) {
    const own = rows.filter((row) => row.variant === variant);
    const copy = Math.max(
      ...own.filter(({ name }) => name.startsWith('copy')).map(({ bandwidth }) => bandwidth),
    );
    lines.push('', `${variant.padEnd(30)}  ns an element     GB/s  % of copy`);
    for (const { name, nanoseconds, bandwidth } of own) {
      const cells = [nanoseconds.toFixed(3).padStart(13), bandwidth.toFixed(1).padStart(7)];
      lines.push(
        `${name.padEnd(30)}  ${cells.join('  ')}  ${((100 * bandwidth) / copy).toFixed(0).padStart(9)}`,
      );
    }
  }
  return lines.join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  if (args.includes('--turbo')) await import('chainrule/turbo');
  if (args.includes('--relaxed')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  const rows = await benchKernels({ only: args.find((arg) => !arg.startsWith('--')) });
  process.stdout.write(`${args.includes('--json') ? JSON.stringify(rows) : printKernels(rows)}\n`);
}
