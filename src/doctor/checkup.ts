/** The check-up before training: data, targets, output and loss, weights, first signals, learning rate. */

import type { Exam } from './checks/check.js';
import { checks } from './checks/index.js';
import type { Diagnosis } from './diagnosis.js';
import { batches, type Data, type Patient, sample } from './patient.js';
import { type Probe, probe, probeSize } from './probe.js';
import { type Course, trial } from './trial.js';

export interface CheckupOptions {
  /** Examples an update, as fit will use. Default 32. */
  readonly batchSize?: number;
  /** Passes over the data that fit will do: tells whether the learning rate suffices for them. */
  readonly epochs?: number;
}

/** Examples that are looked at, layer by layer. */
const LOOK = 512;
/** Batches of a trial: many where they are tiny, since their losses differ. */
const batchesOf = (batchSize: number): number => (batchSize < 8 ? 32 : 8);
/** Updates of a trial, at least: each batch has its turn again and again. */
const UPDATES = 40;

/**
 * What can be told about a model and data that fit together, before any training: causes first, nothing
 * where nothing is wrong. Some updates may be tried on a few batches; the model is left exactly as it was.
 */
export function checkup(
  patient: Patient,
  data: Data,
  { batchSize = 32, epochs }: CheckupOptions = {},
): Diagnosis[] {
  let look: Probe | undefined;
  const size = Math.min(batchSize, 128);
  let parts: readonly Data[] | undefined;
  let course: Course | undefined;
  const run: Exam['retry'] = ({ learningRate = patient.learningRate, data: change = (same) => same }) => {
    parts ??= batches(sample(data, size * batchesOf(batchSize)), size);
    return trial(patient, parts.map(change), {
      turns: Math.max(3, Math.ceil(UPDATES / parts.length)),
      learningRate,
    });
  };
  const found: Diagnosis[] = [];
  const exam: Exam = {
    patient,
    data,
    loss: patient.compiled('diagnose').loss,
    plannedUpdates: epochs === undefined ? undefined : epochs * Math.ceil(data.x.count / batchSize),
    get probe() {
      look ??= probe(patient, sample(data, probeSize(patient, LOOK)));
      return look;
    },
    get trial() {
      course ??= run({});
      return course;
    },
    retry: run,
    found,
  };
  for (const check of checks)
    found.push(...check(exam).map((finding) => ({ ...finding, step: 0, epoch: 0 })));
  return found;
}
