/** What treatments are. */
import type { Shape } from '../../graph/shape.js';
import type { Layer } from '../../layers/layer.js';
import type { Loss } from '../../losses/loss.js';
import type { Optimizer } from '../../optimizers/optimizer.js';
import type { RemedyKind } from '../diagnosis.js';
import type { Data } from '../patient.js';

/** The model as treatments see it. */
export interface Case {
  readonly layers: readonly Layer[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly loss: Loss | undefined;
  readonly optimizer: Optimizer;
  /** The rate in use, whatever the optimizer began with. */
  readonly learningRate: number;
  /** The training data. */
  readonly data: Data;
  /** Training had come somewhere before it failed: what it has learned is worth keeping, and it is rather the steps that are to blame. */
  readonly trained: boolean;
}

/** A change that may help. What is not given stays as it is. */
export interface Treatment {
  readonly remedy: RemedyKind;
  readonly why: string;
  readonly layers?: readonly Layer[];
  readonly optimizer?: Optimizer;
  readonly loss?: Loss;
  /** Layers whose weights are drawn anew rather than carried over. */
  readonly drawn?: readonly Layer[];
  /** Goes with the structure itself, so that a short run need only show that it does no harm. */
  readonly sure?: boolean;
  /** Powers of ten by which steps are longer than before. Short runs flatter haste: the calmest of those that do about equally well is taken. */
  readonly haste?: number;
}

/** Alternatives that cost about the same: the best of a tier is taken, and the next tier only if none helps. */
export type Tier = readonly Treatment[];
