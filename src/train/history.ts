import type { Diagnosis } from '../doctor/diagnosis.js';
import type { Repair } from '../doctor/repair/record.js';
import type { Vitals } from '../doctor/vitals.js';

/** What fit returns: one number an epoch for the loss, each metric, and their validation forms (val_...). */
export interface History {
  readonly epoch: number[];
  readonly history: Record<string, number[]>;
  /** What the doctor found, in the order in which it found it. */
  readonly diagnoses: Diagnosis[];
  /** What the doctor tried, and whether it helped; empty unless `doctor` is 'repair'. */
  readonly repairs: Repair[];
  /** What the doctor measured at sampled steps; absent with `doctor: 'off'`. */
  readonly vitals?: Vitals;
}

/** Loss and metrics by name. */
export type Logs = Record<string, number>;
