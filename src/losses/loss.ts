import type { TensorData } from '../data/tensor.js';
import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';

/** A loss, as users may write one: any formula of symbolic ops. Its mean is what training lowers. */
export type LossFunction = (yTrue: Node, yPred: Node) => Node;

/** Targets that users handed in: the numbers, and what messages call them, such as 'the validation y'. */
export interface Targets {
  readonly what: string;
  readonly data: TensorData;
}

/** A loss of the library: the formula, and what its targets must look like. */
export interface Loss {
  readonly name: string;
  /** Of losses that compare probabilities: whether predictions are taken as logits. */
  readonly fromLogits?: boolean;
  /** One number for each example (or element); the mean over the batch is the loss. */
  readonly call: LossFunction;
  /** The shape of one example's target, given the shape of one prediction. */
  targetShape(prediction: Shape): Shape;
  /** What to do when targets have another shape. */
  readonly targetHint?: string;
  /** Throws a DataError where targets make no sense for this loss. */
  checkTargets?(targets: Targets, prediction: Shape): void;
}
