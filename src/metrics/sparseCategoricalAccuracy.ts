import { classIndices } from '../losses/targets.js';
import { argMax } from '../ops/argMax.js';
import { equal } from '../ops/equal.js';
import { made } from '../recipe.js';
import type { Metric } from './metric.js';

const name = 'sparseCategoricalAccuracy';

/**
 * 1 where the largest prediction (the first of equal ones) is the one of class yTrue, else 0.
 * yTrue [batch, ...] of class indices (or [batch, ..., 1]), yPred [batch, ..., classes], the result [batch, ...].
 */
export function sparseCategoricalAccuracy(): Metric {
  return made(
    `metrics.${name}`,
    {},
    {
      name,
      call: (yTrue, yPred) => equal(classIndices(name, yTrue, yPred), argMax(yPred)),
    },
  );
}
