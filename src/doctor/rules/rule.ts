import type { Chart } from '../chart.js';
import type { Finding } from '../checks/check.js';
import type { Problem } from '../diagnosis.js';
import type { Effort, Work } from '../work.js';

/** One fault that shows itself while a model trains. */
export interface Rule {
  readonly problem: Problem;
  /** Problems that explain this one: where one of them is found, this is only a symptom. */
  readonly after: readonly Problem[];
  /** 'sample': looked for after every sampled step; 'epoch': at the end of each epoch. */
  readonly when: 'sample' | 'epoch';
  /** What it finds, where it is sure. */
  look(chart: Chart, tools: Tools): Effort<Finding | undefined>;
}

/** What a check-up finds before training, and what then explains most of what happens during it. */
export const faults: readonly Problem[] = [
  'target-range-mismatch',
  'loss-activation-mismatch',
  'unscaled-inputs',
  'poor-initialization',
  'degenerate-labels',
  'constant-inputs',
];

/** What costs too much to do at every look. */
export interface Tools {
  /**
   * What a check-up of the state before training finds by trying updates; nothing when asked again. Where it is not
   * `sure` that training fails, nothing either if that would take long beside the training.
   */
  causes(sure: boolean): Work<readonly Finding[]>;
  /** The mean loss of the last of some more epochs at a multiple of the learning rate, taken back afterwards. */
  hasten(factor: number): Work<number>;
  /** The share of units of each measured layer that fire for no example of (a large part of) the data; NaN where none can die. */
  deadShares(): Work<DeadShares>;
}

export interface DeadShares {
  readonly shares: readonly number[];
  readonly examples: number;
}
