import { square } from '../ops/square.js';
import { sub } from '../ops/sub.js';
import { mean } from '../ops/sum.js';
import { made } from '../recipe.js';
import { checkConfig } from '../settings.js';
import type { Loss } from './loss.js';
import { alike } from './targets.js';

const name = 'meanSquaredError';

/** mean((yTrue − yPred)²) over the last axis. yTrue and yPred [batch, ...], the result [batch, ...] without the last axis. */
export function meanSquaredError(config = {}): Loss {
  checkConfig('losses.meanSquaredError', config, []);
  return made(`losses.${name}`, config, {
    name,
    call: (yTrue, yPred) => mean(square(sub(yPred, alike(name, yTrue, yPred))), -1),
    targetShape: (prediction) => prediction,
  });
}
