import { ConfigError, show } from '../errors.js';
import { alike } from '../losses/targets.js';
import { equal } from '../ops/equal.js';
import { greater } from '../ops/greater.js';
import { mean } from '../ops/sum.js';
import { made } from '../recipe.js';
import { checkConfig } from '../settings.js';
import type { Metric } from './metric.js';

const name = 'binaryAccuracy';

export interface BinaryAccuracyConfig {
  /** Predictions above it count as 1, all others as 0. */
  threshold?: number;
}

/**
 * The mean over the last axis of (yPred > threshold) = yTrue. yTrue of 0 and 1 and yPred [batch, ...].
 * Default: threshold 0.5, so predictions are probabilities.
 */
export function binaryAccuracy(config: BinaryAccuracyConfig = {}): Metric {
  checkConfig(`metrics.${name}`, config, ['threshold']);
  const { threshold = 0.5 } = config;
  if (!(typeof threshold === 'number' && threshold > 0 && threshold < 1)) {
    throw new ConfigError(
      `metrics.${name}: threshold is ${show(threshold)}; expected a number between 0 and 1.`,
    );
  }
  return made(`metrics.${name}`, config, {
    name,
    call: (yTrue, yPred) => mean(equal(alike(name, yTrue, yPred), greater(yPred, threshold)), -1),
  });
}
