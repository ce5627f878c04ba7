/** Cross-entropies of probabilities, kept away from log(0). */
import type { Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { maximum } from '../ops/maximum.js';
import { minimum } from '../ops/minimum.js';
import { reshape, reshapeOp } from '../ops/reshape.js';
import { sigmoidOp } from '../ops/sigmoid.js';
import { softmaxOp } from '../ops/softmax.js';

/** Keras' fuzz factor: probabilities are taken to lie in [1e-7, 1 − 1e-7]. */
const FUZZ = 1e-7;

/** The probability clipped to [1e-7, 1 − 1e-7]; no gradient flows where that changes it. */
export const clipProbability = (p: Node): Node => minimum(maximum(p, FUZZ), 1 - FUZZ);

/**
 * The logits, where a prediction was made from logits by the given activation. The loss of those is the
 * same in exact arithmetic, but neither overflows nor loses its gradient where the activation saturates.
 */
function logitsBehind(activation: Op, yPred: Node): Node | undefined {
  let node = yPred;
  while (node.op === reshapeOp) node = node.inputs[0];
  return node.op === activation ? node.inputs[0] : undefined;
}

/** The logits of a prediction that is a sigmoid, under whatever shape. */
export function logitsOfSigmoid(yPred: Node): Node | undefined {
  const logits = logitsBehind(sigmoidOp, yPred);
  return logits && reshape(logits, yPred.shape);
}

/** The logits of a prediction that is a softmax whose rows are still the prediction's rows. */
export function logitsOfSoftmax(yPred: Node): Node | undefined {
  const logits = logitsBehind(softmaxOp, yPred);
  return logits && logits.shape.at(-1) === yPred.shape.at(-1) ? reshape(logits, yPred.shape) : undefined;
}
