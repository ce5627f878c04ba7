/** Which WebAssembly binary runs, and how it is compiled: once a process. */
import { instantiateSync } from '@assemblyscript/loader';
import { ConfigError, StateError, show } from '../errors.js';
import { checkConfig, numberIn, wholeNumber } from '../settings.js';
import { binary, precompiled, type Variant } from './binaries.js';
import { hasRelaxedSimd } from './features.js';
import { canShare, cores, hasWorkers, Pool, type WorkerFactory } from './pool.js';

/** 'fast' may use relaxed multiply-add; 'portable' gives the same bits on every engine and processor. */
export type Numerics = 'fast' | 'portable';

export interface InitOptions {
  /** Threads that share the work of a program, the calling one included. Default: one for each core, where memory can be shared. */
  threads?: number;
  numerics?: Numerics;
  /** A compiled module, for hosts that forbid compiling: its bytes stand in the package's dist/wasm. */
  module?: WebAssembly.Module;
  /**
   * Makes a worker that runs the package's dist/worker.js, for pages whose security policy forbids workers
   * from a blob: `() => new Worker('/chainrule-worker.js')`. Default: workers need no file.
   */
  workerFactory?: WorkerFactory;
}

/** What `init` found. */
export interface Engine {
  /** Threads that stand ready, the calling one included: one where memory cannot be shared. */
  readonly threads: number;
  /** Whether kernels use relaxed multiply-add. */
  readonly relaxedSimd: boolean;
}

/** What assembly/index.ts exports. */
export interface Kernels extends Record<string, unknown> {
  run(program: number, steps: number, thread: number, threads: number): number;
  shuffle(index: number, n: number, seed: number, epoch: number): void;
  philox(out: number, n: number, seed: number, stream: number, step: number): void;
  uniform(out: number, n: number, seed: number, stream: number, from: number, to: number): void;
}

/** Each is a worker with memory of its own; a larger number is a mistake. */
const MOST_THREADS = 1024;

const settings: InitOptions & { numerics: Numerics } = { numerics: 'fast' };
const compiled = new Map<string, WebAssembly.Module>();
let pool: Pool | undefined;

/**
 * Chooses the engine for models made from now on. Optional: the first use takes the defaults
 * (`numerics: 'fast'`, the best variant that the JavaScript engine offers, a thread for each core).
 * Awaiting it also waits until the worker threads have started, and tells what there is.
 */
export async function init(options: InitOptions = {}): Promise<Engine> {
  checkConfig('init', options, ['threads', 'numerics', 'module', 'workerFactory']);
  const { numerics = 'fast', module, threads, workerFactory } = options;
  if (numerics !== 'fast' && numerics !== 'portable') {
    throw new ConfigError(`init: numerics is ${show(numerics)}; it must be 'fast' or 'portable'.`);
  }
  if (module !== undefined && !(module instanceof WebAssembly.Module)) {
    throw new ConfigError(`init: module is ${show(module)}; expected a WebAssembly.Module.`);
  }
  if (threads !== undefined) {
    wholeNumber('init: threads', threads);
    numberIn('init: threads', threads, 1, MOST_THREADS);
  }
  if (workerFactory !== undefined && typeof workerFactory !== 'function') {
    throw new ConfigError(
      `init: workerFactory is ${show(workerFactory)}; expected a function such as () => new Worker('/chainrule-worker.js').`,
    );
  }
  Object.assign(settings, { numerics, module, threads, workerFactory });
  if (pool && (pool.lost || pool.threads !== threadCount() || pool.factory !== workerFactory)) {
    pool.close();
    pool = undefined;
  }
  const workers = threadPool();
  while (workers && !workers.lost && !workers.ready) await new Promise((resolve) => setTimeout(resolve, 1));
  return {
    threads: workers && !workers.lost ? workers.threads : 1,
    relaxedSimd: variantInUse() === 'relaxed',
  };
}

/** The binary that kernels come from; what `module` holds cannot be told. */
function variantInUse(): Variant | undefined {
  if (settings.module) return undefined;
  return settings.numerics === 'fast' && hasRelaxedSimd() ? 'relaxed' : 'simd';
}

/** How many threads programs may use. */
export function threadCount(): number {
  if (settings.module || precompiled || !canShare()) return 1;
  return settings.threads ?? cores();
}

/** The worker threads, started unless only those that run are asked for; none where there is one thread only. */
export function threadPool(start = true): Pool | undefined {
  if (threadCount() === 1) return undefined;
  if (start && (!pool || pool.retired)) pool = new Pool(threadCount(), settings.workerFactory);
  return pool;
}

/** The compiled kernels for private or shared memory, by the settings of `init`. */
export function kernelModule(shared: boolean): WebAssembly.Module {
  const variant = variantInUse();
  return variant ? variantModule(variant, shared) : (settings.module as WebAssembly.Module);
}

function variantModule(variant: Variant, shared: boolean): WebAssembly.Module {
  const key = `${variant} ${shared}`;
  let module = compiled.get(key);
  if (!module) {
    const kernels = binary(variant) as Uint8Array<ArrayBuffer> | WebAssembly.Module;
    if (shared && kernels instanceof Uint8Array) importSharedMemory(kernels);
    module = kernels instanceof Uint8Array ? compile(kernels) : kernels;
    compiled.set(key, module);
  }
  return module;
}

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw new StateError(
      `this platform refuses to compile WebAssembly here (${(cause as Error).message}). Compile the package's ` +
        'dist/wasm/simd.wasm where it may be, and give it to init({ module }).',
      { cause },
    );
  }
}

/** The import of memory in a binary: module "env", name "memory", kind 2. The byte after it holds the memory's flags. */
const memoryImport = [3, ...'env', 6, ...'memory', 2].map((x) =>
  typeof x === 'number' ? x : x.charCodeAt(0),
);

/**
 * Turns a binary that imports private memory into one that imports shared memory: the code is the same
 * (atomic instructions work on both), only a flag of the import differs, and nobody need load two.
 */
function importSharedMemory(bytes: Uint8Array<ArrayBuffer>): void {
  const at = bytes.findIndex((_, i) => memoryImport.every((byte, k) => bytes[i + k] === byte));
  const hasMaximum = 1;
  const isShared = 2;
  bytes[at + memoryImport.length] = hasMaximum | isShared;
}

/** The kernels, working on the given memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return instantiateSync(module, { env: { memory } }).exports as unknown as Kernels;
}

// Edge runtimes may compile while a module loads, but not while they serve a request. If even that is refused,
// the first use says what to do.
if (!hasWorkers() && !precompiled) {
  try {
    for (const variant of ['simd', 'relaxed'] as const) variantModule(variant, false);
  } catch {}
}
