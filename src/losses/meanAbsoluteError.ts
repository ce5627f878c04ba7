import { abs } from '../ops/abs.js';
import { sub } from '../ops/sub.js';
import { mean } from '../ops/sum.js';
import { made } from '../recipe.js';
import { checkConfig } from '../settings.js';
import type { Loss } from './loss.js';
import { alike } from './targets.js';

const name = 'meanAbsoluteError';

/** mean(|yTrue − yPred|) over the last axis; an error of exactly 0 has gradient 0. Shapes as meanSquaredError. */
export function meanAbsoluteError(config = {}): Loss {
  checkConfig('losses.meanAbsoluteError', config, []);
  return made(`losses.${name}`, config, {
    name,
    call: (yTrue, yPred) => mean(abs(sub(yPred, alike(name, yTrue, yPred))), -1),
    targetShape: (prediction) => prediction,
  });
}
