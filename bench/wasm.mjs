/** The kernels themselves, without the rest of the library: memory, programs in it, and a clock. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The opcodes and operand layouts, and what a matrix product needs, from assembly/. */
export const codes = await portable(
  "export * from './assembly/opcodes.ts'; export * from './assembly/matmul-work.ts'; " +
    "export { isFloat } from './src/compile/program.ts';",
);

async function portable(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: 'esm',
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/** The variants that this engine can run: [{ variant, module }]. */
export async function variants() {
  const found = [];
  for (const variant of ['simd', 'relaxed']) {
    const bytes = await readFile(new URL(`../build/wasm/${variant}.wasm`, import.meta.url));
    if (WebAssembly.validate(bytes)) found.push({ variant, module: new WebAssembly.Module(bytes) });
  }
  return found;
}

/** A memory with kernels that work on it. Data first, then programs. */
export class Machine {
  memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  #end = codes.ARENA_START;
  #run;

  constructor(module) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.exports = exports;
    this.#run = exports.run;
  }

  get f32() {
    return new Float32Array(this.memory.buffer);
  }

  get u32() {
    return new Uint32Array(this.memory.buffer);
  }

  /** The address of `count` new numbers, each made by `value(i)`; zeros where there is none. */
  place(count, value) {
    const at = this.#end;
    this.#end += Math.ceil(count / 16) * 64;
    const missing = Math.ceil((this.#end - this.memory.buffer.byteLength) / 65536);
    if (missing > 0) this.memory.grow(missing);
    if (value) {
      const { f32 } = this;
      for (let i = 0; i < count; i++) f32[at / 4 + i] = value(i);
    }
    return at;
  }

  /** One instruction, to be run many times in one call: a job for `race`. */
  job(name, operands) {
    const layout = codes[name];
    const length = Object.keys(layout).length / 2 + 1;
    const at = this.place(length + 1);
    const { f32, u32 } = this;
    u32[at / 4] = codes.Opcode[name] | (length << 8);
    for (const [operand, value] of Object.entries(operands)) {
      (codes.isFloat(codes.Opcode[name], operand) ? f32 : u32)[at / 4 + layout[operand]] = value;
    }
    u32[at / 4 + length] = codes.Opcode.End | (1 << 8);
    return { opcode: name, run: (steps) => this.#run(at, steps, 0, 1) };
  }
}

function time({ run, steps }) {
  const start = performance.now();
  run(steps);
  return performance.now() - start;
}

/** Sets `best`, the milliseconds of a step, on every job: the best of rounds in which they take turns. */
export function race(jobs, { rounds = 12, milliseconds = 4 } = {}) {
  // First of all the engine must have optimized what is raced.
  for (const start = performance.now(); performance.now() - start < 1000; )
    for (const { run } of jobs) run(1);
  for (const job of jobs) {
    job.steps = 1;
    job.best = Number.POSITIVE_INFINITY;
    while (time(job) < milliseconds) job.steps *= 2;
  }
  for (let round = 0; round < rounds; round++) {
    for (const job of jobs) job.best = Math.min(job.best, time(job) / job.steps);
  }
}
