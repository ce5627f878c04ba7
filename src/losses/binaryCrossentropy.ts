import type { Node } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import { add } from '../ops/add.js';
import { log } from '../ops/log.js';
import { mul } from '../ops/mul.js';
import { neg } from '../ops/neg.js';
import { offset, scale } from '../ops/scale.js';
import { sigmoidCrossEntropy } from '../ops/sigmoidCrossEntropy.js';
import { sub } from '../ops/sub.js';
import { mean } from '../ops/sum.js';
import { made } from '../recipe.js';
import { checkConfig, flag, numberIn } from '../settings.js';
import type { Loss } from './loss.js';
import { clipProbability, logitsOfSigmoid } from './probability.js';
import { alike, checkEach } from './targets.js';

const name = 'binaryCrossentropy';

export interface BinaryCrossentropyConfig {
  /** Predictions are logits, any number, rather than probabilities. */
  fromLogits?: boolean;
  /** s draws the targets to one half: t·(1 − s) + s/2. */
  labelSmoothing?: number;
}

/**
 * The mean over the last axis of −t·log p − (1 − t)·log(1 − p), with t = yTrue in [0, 1] and p = yPred, or
 * p = sigmoid(yPred) with fromLogits. Shapes as meanSquaredError. Defaults: fromLogits false, labelSmoothing 0.
 *
 * p and 1 − p are clipped to [1e-7, 1 − 1e-7], and no gradient flows beyond; but a prediction that was made by
 * a sigmoid is taken by its logits, which needs no clipping.
 */
export function binaryCrossentropy(config: BinaryCrossentropyConfig = {}): Loss {
  const what = `losses.${name}`;
  checkConfig(what, config, ['fromLogits', 'labelSmoothing']);
  const fromLogits = flag(`${what}: fromLogits`, config.fromLogits ?? false);
  const smoothing = numberIn(`${what}: labelSmoothing`, config.labelSmoothing ?? 0, 0, 1);
  return made(what, config, {
    name,
    fromLogits,
    call(yTrue, yPred) {
      const targets = offset(scale(alike(name, yTrue, yPred), 1 - smoothing), smoothing / 2);
      const logits = fromLogits ? yPred : logitsOfSigmoid(yPred);
      return mean(logits ? sigmoidCrossEntropy(logits, targets) : fromProbability(targets, yPred), -1);
    },
    targetShape: (prediction) => prediction,
    checkTargets(targets, prediction) {
      const expected = 'a number from 0 to 1. Map the two classes to 0 and 1, and do not scale the targets.';
      const inRange = (value: number) => value >= 0 && value <= 1;
      checkEach(targets, sizeOf(prediction), inRange, { loss: name, target: 'target', expected });
    },
  });
}

/** 1 − p is clipped by itself: in f32, 1 minus the clipped p would be off by a fifth where p is nearly 1. */
function fromProbability(t: Node, p: Node): Node {
  const [logP, logQ] = [p, sub(1, p)].map((probability) => log(clipProbability(probability)));
  return neg(add(mul(t, logP), mul(sub(1, t), logQ)));
}
