/**
 * Speed of the Matmul instruction, next to what the processor does on registers alone.
 *
 *     node bench/matmul.mjs [seconds per row]
 *
 * Each row is one instruction, run many times inside one call of `run`; the best of interleaved rounds counts.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import asc from 'assemblyscript/asc';

const MATMUL = 7;
const kinds = { nn: 0, tn: 1, nt: 2 };
const epilogues = { none: 0, relu: 1, slope: 2 };
const RELU = 13;
const PROGRAM = 64;
const DATA = 4096;

/** [kind, m, n, k, epilogue]: squares, then the products of small and MNIST-sized networks. */
const shapes = [
  ...[128, 256, 512, 1024].flatMap((s) => ['nn', 'tn', 'nt'].map((kind) => [kind, s, s, s, 'none'])),
  ['nn', 32, 128, 784, 'relu'],
  ['nn', 128, 128, 784, 'relu'],
  ['nn', 128, 512, 784, 'relu'],
  ['nn', 128, 512, 512, 'relu'],
  ['nn', 32, 10, 128, 'none'],
  ['nn', 128, 10, 512, 'none'],
  ['nn', 32, 64, 64, 'relu'],
  ['nn', 128, 1, 128, 'none'],
  ['nn', 1, 128, 784, 'relu'],
  ['nn', 1, 512, 784, 'relu'],
  ['tn', 784, 128, 32, 'none'],
  ['tn', 784, 512, 128, 'none'],
  ['tn', 512, 512, 128, 'none'],
  ['tn', 1024, 1024, 128, 'none'],
  ['tn', 512, 10, 128, 'none'],
  ['tn', 64, 64, 32, 'none'],
  ['nt', 32, 128, 10, 'slope'],
  ['nt', 128, 512, 10, 'slope'],
  ['nt', 128, 512, 512, 'slope'],
  ['nt', 32, 64, 64, 'slope'],
  ['nn', 1, 8, 2, 'relu'],
  ['nn', 1, 1, 8, 'none'],
  ['tn', 2, 8, 1, 'none'],
  ['tn', 8, 1, 1, 'none'],
  ['nt', 1, 8, 1, 'slope'],
  ['nn', 4, 8, 2, 'relu'],
  ['nt', 4, 8, 3, 'slope'],
];

/** Multiply-adds that never leave the registers, in as many chains as keep every unit busy. */
async function registerPeak(relaxed) {
  const step = relaxed
    ? (i) => `s${i} = f32x4.relaxed_madd(s${i}, x, x); t${i} = f32x4.relaxed_madd(t${i}, x, x);`
    : (i) => `s${i} = f32x4.mul(s${i}, x); t${i} = f32x4.add(t${i}, x);`;
  const chains = [0, 1, 2, 3, 4, 5];
  const { binary, error, stderr } = await asc.compileString(
    `export function peak(rounds: i32, f: f32): f32 {
       const x = f32x4.splat(f);
       let ${chains.map((i) => `s${i} = x, t${i} = x`).join(', ')};
       for (; rounds > 0; rounds--) { ${chains.map(step).join(' ')} }
       return f32x4.extract_lane(${chains.reduce((sum, i) => `f32x4.add(${sum}, f32x4.add(s${i}, t${i}))`, 'x')}, 0);
     }`,
    { optimizeLevel: 3, runtime: 'stub', enable: relaxed ? ['simd', 'relaxed-simd'] : ['simd'] },
  );
  if (error) throw new Error(stderr.toString());
  const { peak } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
  return { flops: chains.length * (relaxed ? 16 : 8), run: (rounds) => peak(rounds, 1) };
}

function product(wasm, [kind, m, n, k, epilogue]) {
  const memory = new WebAssembly.Memory({ initial: 512, maximum: 65536 });
  const { run } = new WebAssembly.Instance(wasm, { env: { memory } }).exports;
  const words = new Int32Array(memory.buffer);
  const floats = new Float32Array(memory.buffer);
  let end = DATA;
  const place = (count) => {
    const at = end;
    end += (count * 4 + 63) & ~63;
    for (let i = 0; i < count; i++) floats[at / 4 + i] = Math.random() - 0.5;
    return at;
  };
  const [a, b, out, bias, saved, work] = [m * k, k * n, m * n, n, m * n, 65536].map(place);
  const code = epilogues[epilogue];
  const operands = [a, b, out, bias, saved, work, kinds[kind], m, n, k, code, code ? RELU : 0, 0];
  words.set([MATMUL | ((operands.length + 1) << 8), ...operands, 0], PROGRAM / 4);
  return { flops: 2 * m * n * k, run: (steps) => run(PROGRAM, steps, 0, 1) };
}

/** Rows { variant, name, gflops, nanoseconds } of every variant that this engine can run. */
export async function benchMatmul({ rounds = 12, milliseconds = 4, only = '' } = {}) {
  const rows = [];
  for (const variant of ['simd', 'relaxed']) {
    const bytes = await readFile(new URL(`../build/wasm/${variant}.wasm`, import.meta.url));
    if (!WebAssembly.validate(bytes)) continue;
    const wasm = new WebAssembly.Module(bytes);
    const jobs = [
      { name: 'register peak', ...(await registerPeak(variant === 'relaxed')) },
      ...shapes.map((shape) => ({ name: shape.join(' '), ...product(wasm, shape) })),
    ].filter(({ name }) => name === 'register peak' || name.includes(only));
    for (const job of jobs) {
      job.steps = 1;
      job.best = Number.POSITIVE_INFINITY;
      while (time(job) < milliseconds) job.steps *= 2;
    }
    for (let round = 0; round < rounds; round++) {
      for (const job of jobs) job.best = Math.min(job.best, time(job) / job.steps);
    }
    for (const { name, flops, best } of jobs) {
      rows.push({ variant, name, gflops: flops / best / 1e6, nanoseconds: best * 1e6 });
    }
  }
  return rows;
}

function time({ run, steps }) {
  const start = performance.now();
  run(steps);
  return performance.now() - start;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--relaxed')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  const only = process.argv[2]?.startsWith('--') ? '' : process.argv[2];
  let peak = 0;
  for (const { variant, name, gflops, nanoseconds } of await benchMatmul({ only })) {
    if (name === 'register peak') {
      peak = gflops;
      console.log(`\n${variant.padEnd(26)}  GFLOP/s  % of peak          ns`);
    }
    const percent = ((100 * gflops) / peak).toFixed(0);
    console.log(
      `${name.padEnd(26)}  ${gflops.toFixed(1).padStart(7)}  ${percent.padStart(9)}  ${nanoseconds.toFixed(1).padStart(10)}`,
    );
  }
}
