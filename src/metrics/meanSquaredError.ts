import { losses } from '../losses/index.js';
import { made } from '../recipe.js';
import type { Metric } from './metric.js';

/** The loss of the same name as a metric: mean((yTrue − yPred)²) over the last axis. */
export function meanSquaredError(): Metric {
  const { name, call } = losses.meanSquaredError();
  return made(`metrics.${name}`, {}, { name, call });
}
