/**
 * The threads beside the calling one: workers that sleep until a job comes, then walk the same
 * program on their slices. Jobs go through shared memory; messages only bring in new models.
 */
import { Kind, Word, workerSource } from './worker.js';

/** Milliseconds in which a living worker begins a job, even on a busy machine. */
const PATIENCE = 2000;

/**
 * Models let go after which the workers are replaced: a sleeping worker never collects its garbage, and
 * the memory of a model is gone only when all threads have let it go.
 */
const MOST_DETACHED = 8;

/** The little that is needed of a worker, Node's or the web's. */
export interface Thread {
  postMessage(message: unknown): void;
  terminate(): unknown;
  /** Node: an idle worker does not keep the process alive. */
  unref?(): void;
  on?(event: 'error' | 'exit', listener: () => void): void;
  addEventListener?(event: 'error', listener: () => void): void;
}

/** Makes a worker that runs the package's dist/worker.js. */
export type WorkerFactory = () => Thread;

type Builtins = { getBuiltinModule?(name: string): unknown };

function builtin<T>(name: string): T | undefined {
  return (globalThis as { process?: Builtins }).process?.getBuiltinModule?.(name) as T | undefined;
}

/** Node's module of threads. Deno and Bun have it too, and their own workers would keep the process alive. */
const nodeThreads = () => builtin<typeof import('node:worker_threads')>('node:worker_threads');

/** Whether the platform has any kind of worker; edge runtimes have none. Loading Node's own only to see takes milliseconds. */
export const hasWorkers = (): boolean =>
  builtin<typeof import('node:module')>('node:module')?.isBuiltin?.('node:worker_threads') ||
  typeof Worker === 'function';

let blob: string | undefined;

function makeWorker(): Thread {
  const node = nodeThreads();
  if (node) return new node.Worker(workerSource, { eval: true });
  blob ??= URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  return new Worker(blob);
}

/** Starts a worker; `lost` is called when it ends, or is about to. Undefined where the platform forbids it. */
function startWorker(factory: WorkerFactory | undefined, lost: () => void): Thread | undefined {
  let worker: Thread | undefined;
  try {
    worker = factory ? factory() : makeWorker();
  } catch (error) {
    // Where a security policy forbids workers there is one thread; a factory's mistake is to be seen.
    if (factory) throw error;
  }
  if (!worker) return undefined;
  worker.unref?.();
  if (worker.on) for (const event of ['error', 'exit'] as const) worker.on(event, lost);
  else worker.addEventListener?.('error', lost);
  // A browser lets a worker that is ended go on for seconds and stops it anywhere, in the middle of a step too: no further one
  // may begin.
  const terminate = worker.terminate.bind(worker);
  worker.terminate = () => {
    lost();
    return terminate();
  };
  return worker;
}

/** Whether memory can be shared with workers here: pages need cross-origin isolation. */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer !== 'function') return false;
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) return false;
  return hasWorkers();
}

/** Whether the calling thread may sleep: all but a page's main thread. */
export const maySleep = (): boolean => typeof document === 'undefined';

/** One thread for each core. */
export function cores(): number {
  const os = builtin<{ availableParallelism?(): number; cpus?(): unknown[] }>('node:os');
  return os?.availableParallelism?.() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** A pool of `threads − 1` workers; the calling thread is thread 0. */
export class Pool {
  readonly #control = new Int32Array(new SharedArrayBuffer(64));
  readonly #workers: Thread[] = [];
  #sent = 0;
  #lost = false;
  #retired = false;
  #detached = 0;
  #nextModel = 0;

  constructor(
    readonly threads: number,
    readonly factory?: WorkerFactory,
  ) {
    for (let thread = 1; thread < threads && !this.#lost; thread++) {
      const worker = startWorker(factory, () => this.close());
      if (!worker) {
        this.close();
        break;
      }
      this.#workers.push(worker);
      this.#post(worker, { control: this.#control, thread, threads });
    }
  }

  #post(worker: Thread, message: unknown): void {
    worker.postMessage(message);
    this.#sent++;
  }

  #job(kind: Kind): void {
    Atomics.store(this.#control, Word.Kind, kind);
    Atomics.add(this.#control, Word.Job, 1);
    Atomics.notify(this.#control, Word.Job);
  }

  /** Lets the workers see a model's memory. Returns the model's number. */
  attach(memory: WebAssembly.Memory, module: WebAssembly.Module): number {
    const model = this.#nextModel++;
    for (const worker of this.#workers) this.#post(worker, { model, memory, module });
    this.#job(Kind.Listen);
    return model;
  }

  /** Lets the workers forget a model. */
  detach(model: number): void {
    if (++this.#detached >= MOST_DETACHED) {
      this.#retired = true;
      this.close();
    }
    for (const worker of this.#workers) this.#post(worker, { model });
    this.#job(Kind.Listen);
  }

  /** The workers have ended because they held too much; a new pool is to take their place. */
  get retired(): boolean {
    return this.#retired;
  }

  /** Whether all workers live and know of all models. */
  get ready(): boolean {
    if (this.#lost) return false;
    if (Atomics.load(this.#control, Word.Received) === this.#sent) return true;
    this.#job(Kind.Listen);
    return false;
  }

  /** No worker could be started, or one has ended. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Sets the workers to a program, and returns when all have begun; false when one does not. */
  start(model: number, program: number, steps: number): boolean {
    const control = this.#control;
    control[Word.Model] = model;
    control[Word.Program] = program;
    control[Word.Steps] = steps;
    Atomics.store(control, Word.Started, 0);
    this.#job(Kind.Run);
    const deadline = performance.now() + PATIENCE;
    while (Atomics.load(control, Word.Started) < this.#workers.length) {
      if (performance.now() > deadline) {
        this.close();
        return false;
      }
    }
    return true;
  }

  /** Ends the workers; programs then run on the calling thread alone. */
  close(): void {
    this.#lost = true;
    for (const worker of this.#workers.splice(0)) worker.terminate();
  }
}
