import { losses } from '../losses/index.js';
import { made } from '../recipe.js';
import type { Metric } from './metric.js';

/** The loss of the same name as a metric: mean(|yTrue − yPred|) over the last axis. */
export function meanAbsoluteError(): Metric {
  const { name, call } = losses.meanAbsoluteError();
  return made(`metrics.${name}`, {}, { name, call });
}
