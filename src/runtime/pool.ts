/**
 * The threads beside the calling one: workers that sleep until a job comes, then walk the same
 * program on their slices. Jobs go through shared memory; messages only bring in new models.
 */

/** Words of the control block. */
enum Word {
  /** Counts up with every job; workers sleep on it. */
  Job,
  Kind,
  Model,
  Program,
  Steps,
  /** Workers that have begun the job. */
  Started,
  /** Messages that workers have taken in, all together. */
  Received,
}

enum Kind {
  /** Go to the event loop, where messages wait, and come back. */
  Listen = 0,
  Run,
}

/** Milliseconds in which a living worker begins a job, even on a busy machine. */
const PATIENCE = 2000;

/**
 * Models let go after which the workers are replaced: a sleeping worker never collects its garbage, and
 * the memory of a model is gone only when all threads have let it go.
 */
const MOST_DETACHED = 8;

/** What a worker runs. Plain text, so that no bundler has to know of a second file. */
const source = `
const models = new Map();
let control, thread, threads, seen = 0;
const receive = (message) => {
  if (message.control) ({ control, thread, threads } = message);
  if (message.memory) models.set(message.model, new WebAssembly.Instance(message.module, { env: { memory: message.memory } }).exports);
  else if (message.model !== undefined) models.delete(message.model);
  Atomics.add(control, ${Word.Received}, 1);
  if (message.control) work();
};
const work = () => {
  for (;;) {
    Atomics.wait(control, ${Word.Job}, seen);
    const job = Atomics.load(control, ${Word.Job});
    if (job === seen) continue;
    seen = job;
    if (Atomics.load(control, ${Word.Kind}) === ${Kind.Listen}) return setTimeout(work);
    Atomics.add(control, ${Word.Started}, 1);
    models.get(control[${Word.Model}])?.run(control[${Word.Program}], control[${Word.Steps}], thread, threads);
  }
};
`;
const nodeSource = `${source} require('node:worker_threads').parentPort.on('message', receive);`;
const webSource = `${source} onmessage = ({ data }) => receive(data);`;

/** The little that Node's and the web's workers have in common. */
interface Thread {
  postMessage(message: unknown): void;
  terminate(): unknown;
  unref?(): void;
}

type Builtins = { getBuiltinModule?(name: string): unknown };

function builtin<T>(name: string): T | undefined {
  return (globalThis as { process?: Builtins }).process?.getBuiltinModule?.(name) as T | undefined;
}

/** Starts a worker where the platform has them; `lost` is called when it ends. */
function startWorker(lost: () => void): Thread | undefined {
  const node = builtin<typeof import('node:worker_threads')>('node:worker_threads');
  if (node?.Worker) {
    const worker = new node.Worker(nodeSource, { eval: true });
    worker.unref();
    worker.on('error', lost);
    worker.on('exit', lost);
    return worker;
  }
  if (typeof Worker !== 'function' || typeof URL.createObjectURL !== 'function') return undefined;
  const url = URL.createObjectURL(new Blob([webSource], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onerror = lost;
  return worker;
}

/** Whether memory can be shared with workers here: pages need cross-origin isolation. */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer !== 'function') return false;
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) return false;
  return builtin('node:worker_threads') !== undefined || typeof Worker === 'function';
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

  constructor(readonly threads: number) {
    for (let thread = 1; thread < threads && !this.#lost; thread++) {
      const worker = startWorker(() => this.close());
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
