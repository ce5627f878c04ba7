import { abs } from '../ops/abs.js';
import { minimum } from '../ops/minimum.js';
import { mul } from '../ops/mul.js';
import { scale } from '../ops/scale.js';
import { sub } from '../ops/sub.js';
import { mean } from '../ops/sum.js';
import { made } from '../recipe.js';
import { checkConfig, positive } from '../settings.js';
import type { Loss } from './loss.js';
import { alike } from './targets.js';

const name = 'huber';

export interface HuberConfig {
  /** The error up to which the loss is a parabola. */
  delta?: number;
}

/**
 * The mean over the last axis of ½e² where |e| ≤ delta, else delta·|e| − ½delta², e = yTrue − yPred.
 * Shapes as meanSquaredError. Default: delta 1.
 */
export function huber(config: HuberConfig = {}): Loss {
  checkConfig('losses.huber', config, ['delta']);
  const delta = positive('losses.huber: delta', config.delta ?? 1);
  return made(`losses.${name}`, config, {
    name,
    call(yTrue, yPred) {
      const error = abs(sub(yPred, alike(name, yTrue, yPred)));
      // Both branches at once: m·(|e| − m/2) with m = min(|e|, delta).
      const m = minimum(error, delta);
      return mean(mul(m, sub(error, scale(m, 0.5))), -1);
    },
    targetShape: (prediction) => prediction,
  });
}
