import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import type { TensorData } from '../data/tensor.js';

/** A loss, as users may write one: any formula of symbolic ops. Its mean is what training lowers. */
export type LossFunction = (yTrue: Node, yPred: Node) => Node;

/** A loss of the library: the formula, and what its targets must look like. */
export interface Loss {
  readonly name: string;
  /** One number for each example (or element); the mean over the batch is the loss. */
  readonly call: LossFunction;
  /** The shape of one example's target, given the shape of one prediction. */
  targetShape(prediction: Shape): Shape;
  /** What to do when targets have another shape. */
  readonly targetHint?: string;
  /** Throws a DataError where targets make no sense for this loss. */
  checkTargets?(targets: { readonly data: TensorData }, prediction: Shape): void;
}
