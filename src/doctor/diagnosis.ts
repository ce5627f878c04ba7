/** What the doctor says: the vocabulary that code, reports and tests share. */

export const problems = [
  'vanishing-gradient',
  'exploding-gradient',
  'dead-relu',
  'saturated-activation',
  'non-finite',
  'diverging-loss',
  'oscillating-loss',
  'slow-convergence',
  'overfitting',
  'unscaled-inputs',
  'constant-inputs',
  'target-range-mismatch',
  'loss-activation-mismatch',
  'degenerate-labels',
  'class-imbalance',
  'poor-initialization',
  'learning-rate-too-high',
  'learning-rate-too-low',
  'too-much-dropout',
] as const;
export type Problem = (typeof problems)[number];

export const remedyKinds = [
  'lower-learning-rate',
  'raise-learning-rate',
  'clip-gradients',
  'add-batch-normalization',
  'use-relu',
  // Any ReLU that lets something through below 0: leaky ReLU, ELU or SELU; the code says which.
  'use-leaky-relu',
  'revive-dead-units',
  'reinitialize-weights',
  'standardize-inputs',
  'scale-targets',
  'change-output-activation',
  'change-loss',
  'change-optimizer',
  'lower-dropout',
  'stop-early',
  'train-longer',
] as const;
export type RemedyKind = (typeof remedyKinds)[number];

export interface Remedy {
  readonly remedy: RemedyKind;
  /** The exact change, as code that can be pasted. */
  readonly code: string;
  /** Why it helps, in a sentence. */
  readonly why: string;
}

/** note: worth knowing. warning: training suffers. error: training cannot succeed like this. */
export type Severity = 'note' | 'warning' | 'error';

export interface Diagnosis {
  readonly problem: Problem;
  /** The layer's name, where there is one. */
  readonly layer?: string;
  /** Updates done when it was found; 0 before training. */
  readonly step: number;
  readonly epoch: number;
  readonly severity: Severity;
  /** The numbers that it rests on, by name. */
  readonly evidence: Readonly<Record<string, number | string | readonly number[]>>;
  /** Two or three sentences in plain words: what happens, why, what it leads to. */
  readonly explanation: string;
  /** The most promising first. */
  readonly remedies: readonly Remedy[];
}
