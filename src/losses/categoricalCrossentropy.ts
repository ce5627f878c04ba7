import type { Node } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import { crossEntropy } from '../ops/crossEntropy.js';
import { div } from '../ops/div.js';
import { log } from '../ops/log.js';
import { mul } from '../ops/mul.js';
import { neg } from '../ops/neg.js';
import { offset, scale } from '../ops/scale.js';
import { sum } from '../ops/sum.js';
import { made } from '../recipe.js';
import { checkConfig, flag, numberIn } from '../settings.js';
import type { Loss } from './loss.js';
import { clipProbability, logitsOfSoftmax } from './probability.js';
import { alike, checkEach } from './targets.js';

const name = 'categoricalCrossentropy';

export interface CategoricalCrossentropyConfig {
  /** Predictions are logits, any number, rather than probabilities. */
  fromLogits?: boolean;
  /** s draws the targets to all classes alike: t·(1 − s) + s/classes. */
  labelSmoothing?: number;
}

/**
 * −Σ t·log p over the last axis, with t = yTrue, one number for each class, and p = yPred, or p = softmax(yPred) with
 * fromLogits. yTrue and yPred [batch, ..., classes], the result [batch, ...]. Defaults: fromLogits false,
 * labelSmoothing 0.
 *
 * Probabilities are divided by their sum, then clipped to [1e-7, 1 − 1e-7], and no gradient flows beyond; but a
 * prediction that was made by a softmax is taken by its logits, which needs no clipping.
 */
export function categoricalCrossentropy(config: CategoricalCrossentropyConfig = {}): Loss {
  const what = `losses.${name}`;
  checkConfig(what, config, ['fromLogits', 'labelSmoothing']);
  const fromLogits = flag(`${what}: fromLogits`, config.fromLogits ?? false);
  const smoothing = numberIn(`${what}: labelSmoothing`, config.labelSmoothing ?? 0, 0, 1);
  return made(what, config, {
    name,
    fromLogits,
    call(yTrue, yPred) {
      const targets = alike(name, yTrue, yPred);
      const logits = fromLogits ? yPred : logitsOfSoftmax(yPred);
      if (logits) return crossEntropy(logits, targets, { smoothing });
      const classes = yPred.shape[yPred.shape.length - 1];
      return fromProbability(offset(scale(targets, 1 - smoothing), smoothing / classes), yPred);
    },
    targetShape: (prediction) => prediction,
    targetHint: 'For class indices, such as 3, use sparseCategoricalCrossentropy.',
    checkTargets(targets, prediction) {
      const expected = 'a number that is not negative: how much of the example belongs to that class.';
      checkEach(targets, sizeOf(prediction), (value) => value >= 0, {
        loss: name,
        target: 'target',
        expected,
      });
    },
  });
}

/** −Σ t·log(p / Σp) over the last axis. */
export function fromProbability(t: Node, p: Node): Node {
  return neg(sum(mul(t, log(clipProbability(div(p, sum(p, -1, true))))), -1));
}
