import { alike } from '../losses/targets.js';
import { argMax } from '../ops/argMax.js';
import { equal } from '../ops/equal.js';
import { made } from '../recipe.js';
import type { Metric } from './metric.js';

const name = 'categoricalAccuracy';

/**
 * 1 where the largest prediction stands at the largest target (the first of equal ones), else 0.
 * yTrue and yPred [batch, ..., classes], the result [batch, ...].
 */
export function categoricalAccuracy(): Metric {
  return made(
    `metrics.${name}`,
    {},
    {
      name,
      call: (yTrue, yPred) => equal(argMax(alike(name, yTrue, yPred)), argMax(yPred)),
    },
  );
}
