/**
 * The worker's side of the pool, as plain text: no bundler then has to know of a second file. The same text is
 * the package's dist/worker.js.
 */

import { BARRIER_BROKEN } from '../../assembly/opcodes.js';

/** Words of the control block. */
export enum Word {
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

export enum Kind {
  /** Go to the event loop, where messages wait, and come back. */
  Listen = 0,
  Run,
}

/** What a worker runs, whether Node's or the web's. */
export const workerSource = `
const models = new Map();
let control, thread, threads, seen = 0;
const receive = (message) => {
  if (message.control) ({ control, thread, threads } = message);
  if (message.memory) {
    const { run } = new WebAssembly.Instance(message.module, { env: { memory: message.memory } }).exports;
    models.set(message.model, { run, memory: message.memory });
  }
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
    const model = models.get(control[${Word.Model}]);
    try {
      model?.run(control[${Word.Program}], control[${Word.Steps}], thread, threads);
    } catch (error) {
      // The others are not to wait for this one.
      Atomics.store(new Int32Array(model.memory.buffer), ${BARRIER_BROKEN / 4}, 1);
      throw error;
    }
  }
};
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
if (port) port.on('message', receive);
else onmessage = ({ data }) => receive(data);
`;
