/** The check-up before training: data, targets, output and loss, weights, first signals, learning rate. */
import { checks } from './checks/index.js';
import type { Exam } from './checks/check.js';
import type { Diagnosis } from './diagnosis.js';
import { type Data, type Patient, sample } from './patient.js';
import { type Probe, probe, probeSize } from './probe.js';
import { trial } from './trial.js';

export interface CheckupOptions {
  /** Examples an update, as fit will use. Default 32. */
  readonly batchSize?: number;
}

/** Examples that are looked at, layer by layer. */
const LOOK = 512;
/** Updates of a trial. */
const STEPS = 30;

/**
 * What can be told about a model and data that fit together, before any training: causes first, nothing
 * where nothing is wrong. Some updates may be tried on one batch; the model is left exactly as it was.
 */
export function checkup(patient: Patient, data: Data, { batchSize = 32 }: CheckupOptions = {}): Diagnosis[] {
  let look: Probe | undefined;
  const batch = sample(data, Math.max(8, Math.min(batchSize, 128)));
  let course: readonly number[] | undefined;
  const found: Diagnosis[] = [];
  const exam: Exam = {
    patient,
    data,
    loss: patient.compiled('diagnose').loss,
    get probe() {
      look ??= probe(patient, sample(data, probeSize(patient, LOOK)));
      return look;
    },
    get trial() {
      course ??= trial(patient, batch, { steps: STEPS });
      return course;
    },
    retry: ({ learningRate, data: change = (same) => same }) => trial(patient, change(batch), { steps: STEPS, ...(learningRate === undefined ? {} : { learningRate }) }),
    found,
  };
  for (const check of checks) found.push(...check(exam).map((finding) => ({ ...finding, step: 0, epoch: 0 })));
  return found;
}
