/** What a repair is to users: in `history.repairs`, to onRepair, in reports. */
import type { Problem, RemedyKind } from '../diagnosis.js';

/** How a model does after a short run, on the validation data or, where these are few or none, on some that it trains on. */
export interface Outcome {
  /** Of what a constant guess leaves to learn: 1 all, 0 nothing, below 0 worse than the guess. */
  readonly learned: number;
  /** The share of right answers, where the targets are classes. */
  readonly accuracy?: number;
  /** The loss as the model has it at that time; two losses compare only where the loss itself stayed. */
  readonly loss: number;
}

/** A change that was tried on a model in training. */
export interface Repair {
  readonly remedy: RemedyKind;
  /** What it is to cure, as it was diagnosed. */
  readonly problem: Problem;
  readonly layer?: string;
  /** When it was diagnosed. */
  readonly step: number;
  readonly epoch: number;
  /** The exact change, as code. */
  readonly code: string;
  /** Why it should help, in a sentence. */
  readonly why: string;
  /** Whether it helped and stayed; else everything is as before. */
  readonly kept: boolean;
  /** The epoch that the short runs, and with a kept repair the training, began from: the last before the failure. */
  readonly backTo: number;
  /** Updates of each short run. */
  readonly updates: number;
  /** Where the short run ended without the change (or training by then, if it was worse) ... */
  readonly before: Outcome;
  /** ... and with it. */
  readonly after: Outcome;
}
