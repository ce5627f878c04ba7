import { sizeOf } from '../graph/shape.js';
import { crossEntropy } from '../ops/crossEntropy.js';
import { oneHot } from '../ops/oneHot.js';
import { made } from '../recipe.js';
import { checkConfig, flag } from '../settings.js';
import { fromProbability } from './categoricalCrossentropy.js';
import type { Loss } from './loss.js';
import { logitsOfSoftmax } from './probability.js';
import { checkEach, classIndices } from './targets.js';

const name = 'sparseCategoricalCrossentropy';

export interface SparseCategoricalCrossentropyConfig {
  /** Predictions are logits, any number, rather than probabilities. */
  fromLogits?: boolean;
}

/**
 * −log p[yTrue]: categoricalCrossentropy with the index of the right class instead of a number for each class.
 * yTrue [batch, ...] of whole numbers in [0, classes) (or [batch, ..., 1]), yPred [batch, ..., classes], the result
 * [batch, ...]. Default: fromLogits false; probabilities are treated as in categoricalCrossentropy.
 */
export function sparseCategoricalCrossentropy(config: SparseCategoricalCrossentropyConfig = {}): Loss {
  const what = `losses.${name}`;
  checkConfig(what, config, ['fromLogits']);
  const fromLogits = flag(`${what}: fromLogits`, config.fromLogits ?? false);
  return made(what, config, {
    name,
    fromLogits,
    call(yTrue, yPred) {
      const labels = classIndices(name, yTrue, yPred);
      const logits = fromLogits ? yPred : logitsOfSoftmax(yPred);
      if (logits) return crossEntropy(logits, labels, { sparse: true });
      return fromProbability(oneHot(labels, yPred.shape[yPred.shape.length - 1]), yPred);
    },
    targetShape: (prediction) => prediction.slice(0, -1),
    targetHint: 'For a number per class, such as [0, 0, 1], use categoricalCrossentropy.',
    checkTargets(targets, prediction) {
      const classes = prediction[prediction.length - 1] ?? 1;
      const isClass = (value: number) => Number.isInteger(value) && value >= 0 && value < classes;
      const expected =
        `a whole number from 0 to ${classes - 1}, since the model tells ${classes} classes apart. ` +
        'Number the classes from 0, or give the last layer as many units as there are classes.';
      checkEach(targets, sizeOf(prediction.slice(0, -1)), isClass, { loss: name, target: 'label', expected });
    },
  });
}
