import type { Loss } from '../../losses/loss.js';
import type { Anatomy } from '../anatomy.js';
import type { Diagnosis, Remedy } from '../diagnosis.js';
import type { Data, Patient } from '../patient.js';
import type { Probe } from '../probe.js';
import type { Course } from '../trial.js';
import type { Effort, Work } from '../work.js';

/** The first layer with a kernel and what it is given. */
export interface Entering {
  /** Its place in the model. */
  readonly at: number;
  readonly values: Float32Array;
}

/** What a check may look at. Costly looks are taken at the first need of them, and once. */
export interface Exam {
  readonly patient: Patient;
  /** All of the data. */
  readonly data: Data;
  /** The loss, where it is one of the library's. */
  readonly loss: Loss | undefined;
  /** The layers as the graph shows them. */
  readonly anatomy: Anatomy;
  /** What reaches the first layer with a kernel, for some of the examples; undefined where no layer has one. */
  readonly entering: Entering | undefined;
  /** A batch through all layers, forward and backward. */
  readonly probe: Probe;
  /** Updates that fit is going to do, where that is known. */
  readonly plannedUpdates: number | undefined;
  /** Some updates on a few batches at the model's settings, taken back afterwards. */
  trial(): Work<Course>;
  /** The same with other data or another learning rate. */
  retry(change: { learningRate?: number; data?: (batch: Data) => Data }): Work<Course>;
  /** What the checks before this one have found: causes come before what follows from them. */
  readonly found: readonly Diagnosis[];
}

/** What a check finds; where and when is added by the check-up. */
export type Finding = Omit<Diagnosis, 'step' | 'epoch'>;

/** One family of faults: looks at a model before training, and tells what it is sure of. */
export type Check = (exam: Exam) => Effort<readonly Finding[]>;

export const remedy = (kind: Remedy['remedy'], code: string, why: string): Remedy => ({
  remedy: kind,
  code,
  why,
});

export const isRegression = (loss: Loss | undefined): boolean =>
  ['meanSquaredError', 'meanAbsoluteError', 'huber'].includes(loss?.name ?? '');
