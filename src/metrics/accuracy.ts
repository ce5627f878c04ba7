import { made } from '../recipe.js';
import { binaryAccuracy } from './binaryAccuracy.js';
import { categoricalAccuracy } from './categoricalAccuracy.js';
import type { Metric } from './metric.js';
import { sparseCategoricalAccuracy } from './sparseCategoricalAccuracy.js';

/**
 * The share of right predictions, told from the shapes as Keras does: binaryAccuracy where the model has one
 * output unit, sparseCategoricalAccuracy where targets are class indices, else categoricalAccuracy.
 */
export function accuracy(): Metric {
  return made(
    'metrics.accuracy',
    {},
    {
      name: 'accuracy',
      call(yTrue, yPred) {
        const [t, p] = [yTrue.shape, yPred.shape];
        if (p.length < 2 || p[p.length - 1] === 1) return binaryAccuracy().call(yTrue, yPred);
        const sparse = t.length < p.length || t[t.length - 1] === 1;
        return (sparse ? sparseCategoricalAccuracy() : categoricalAccuracy()).call(yTrue, yPred);
      },
    },
  );
}
