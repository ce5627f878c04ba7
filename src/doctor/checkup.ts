/** The check-up before training: data, targets, output and loss, weights, first signals, learning rate. */

import { sizeOf } from '../graph/shape.js';
import { anatomy } from './anatomy.js';
import type { Check, Entering, Exam } from './checks/check.js';
import { quickChecks, triedChecks } from './checks/index.js';
import { signal } from './checks/signal.js';
import type { Diagnosis } from './diagnosis.js';
import { batches, type Data, kernelOf, type Patient, sample } from './patient.js';
import { arriving, probe, probeSize } from './probe.js';
import { type Course, trial } from './trial.js';
import { outcome, type Work } from './work.js';

export interface CheckupOptions {
  /** Examples an update, as fit will use. Default 32. */
  readonly batchSize?: number;
  /** Passes over the data that fit will do: tells whether the learning rate suffices for them. */
  readonly epochs?: number;
}

/** Examples that are looked at, layer by layer. */
const LOOK = 512;
/** Numbers, in whole examples, that a look at the inputs takes in. */
const ENTERING = 25_000;
/** Batches of a trial: many where they are tiny, since their losses differ. */
const batchesOf = (batchSize: number): number => (batchSize < 8 ? 32 : 8);
/** Updates of a trial, at least: each batch has its turn again and again. */
const UPDATES = 40;

/** The largest batch that a trial runs. */
const LARGEST_BATCH = 128;

/**
 * What can be told about a model and data that fit together, before any training: causes first, nothing
 * where nothing is wrong. `quick` takes well under a millisecond for a healthy model; `tried` runs a batch and
 * some updates, and leaves the model exactly as it was.
 */
export class Checkup {
  /** Everything found so far: a check reads what those before it have found. */
  readonly found: Diagnosis[] = [];
  /** Examples that are looked at layer by layer. */
  readonly looked: number;
  readonly #exam: Exam;
  readonly #done = new Set<Check>();

  constructor(patient: Patient, data: Data, { batchSize = 32, epochs }: CheckupOptions = {}) {
    const size = Math.min(batchSize, LARGEST_BATCH);
    const { found } = this;
    const run: Exam['retry'] = ({ learningRate = patient.learningRate, data: change = (same) => same }) => {
      const parts = batches(sample(data, size * batchesOf(batchSize)), size);
      return trial(patient, parts.map(change), {
        turns: Math.max(3, Math.ceil(UPDATES / parts.length)),
        learningRate,
      });
    };
    const body = once(() => anatomy(patient));
    const entering = once((): Entering | undefined => {
      const at = patient.layers.findIndex((layer) => kernelOf(layer));
      if (at < 0) return undefined;
      const rows = Math.max(32, Math.min(LOOK, Math.floor(ENTERING / sizeOf(patient.inputShape))));
      return { at, values: arriving(patient, sample(data, rows), at) };
    });
    this.looked = Math.min(probeSize(patient, LOOK), data.x.count);
    const look = once(() => probe(patient, sample(data, this.looked)));
    let course: Course | undefined;
    this.#exam = {
      patient,
      data,
      loss: patient.compiled('diagnose').loss,
      plannedUpdates: epochs === undefined ? undefined : epochs * Math.ceil(data.x.count / batchSize),
      get anatomy() {
        return body();
      },
      get entering() {
        return entering();
      },
      get probe() {
        return look();
      },
      *trial() {
        course ??= yield* run({});
        return course;
      },
      retry: run,
      found,
    };
  }

  quick(): Work<readonly Diagnosis[]> {
    return this.#look(quickChecks);
  }

  /** One batch through the layers and back. */
  probed(): Work<readonly Diagnosis[]> {
    return this.#look([signal]);
  }

  tried(): Work<readonly Diagnosis[]> {
    return this.#look(triedChecks);
  }

  /** Does those that have not been done yet. */
  *#look(checks: readonly Check[]): Work<readonly Diagnosis[]> {
    const before = this.found.length;
    for (const check of checks) {
      if (this.#done.has(check)) continue;
      this.#done.add(check);
      const findings = yield* outcome(check(this.#exam));
      this.found.push(...findings.map((finding) => ({ ...finding, step: 0, epoch: 0 })));
      yield;
    }
    return this.found.slice(before);
  }
}

/** Worked out at the first need of it, and once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
