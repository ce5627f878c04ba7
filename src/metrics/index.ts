import { ConfigError, show, suggest } from '../errors.js';
import { recipeOf } from '../recipe.js';
import { text } from '../settings.js';
import { accuracy } from './accuracy.js';
import { binaryAccuracy } from './binaryAccuracy.js';
import { categoricalAccuracy } from './categoricalAccuracy.js';
import { meanAbsoluteError } from './meanAbsoluteError.js';
import { meanSquaredError } from './meanSquaredError.js';
import type { Metric, MetricFunction } from './metric.js';
import { sparseCategoricalAccuracy } from './sparseCategoricalAccuracy.js';

/** Metrics by name; `acc`, `mse` and `mae` are Keras' short names. */
export const metrics = {
  accuracy,
  acc: accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  meanSquaredError,
  mse: meanSquaredError,
  meanAbsoluteError,
  mae: meanAbsoluteError,
};

export type MetricName = keyof typeof metrics;

/** A name of `metrics`, an object of `metrics`, or a function of symbolic ops. */
export type MetricLike = MetricName | Metric | MetricFunction;

/** Refuses what the library made for another purpose: a layer has a `call` as well. */
export function checkRoom(what: string, like: object, rooms: readonly string[]): void {
  const recipe = recipeOf(like);
  if (!recipe || rooms.includes(recipe.make.split('.')[0])) return;
  throw new ConfigError(`compile: ${what} cannot be made by ${recipe.make}; see ${rooms.join(' and ')}.`);
}

/** Each is gone through for every batch, and has its place in memory; more of them are a mistake. */
const MOST_METRICS = 256;

/** The metric that a setting means, under the name that the user gave it. */
function resolveMetric(like: MetricLike): Metric {
  const called = Object.entries(metrics).find(([, make]) => make === like);
  if (called)
    throw new ConfigError(`compile: a metric is the function ${called[0]}; call it: metrics.${called[0]}().`);
  if (typeof like === 'function') return { name: like.name || 'metric', call: like };
  if (typeof like === 'object' && like !== null && typeof like.call === 'function') {
    checkRoom('a metric', like, ['metrics', 'losses']);
    text('compile: the name of a metric', like.name);
    return like;
  }
  if (typeof like === 'string' && Object.hasOwn(metrics, like)) return { ...metrics[like](), name: like };
  throw new ConfigError(`compile: there is no metric ${show(like)}. ${suggest(like, Object.keys(metrics))}`);
}

/** The metrics of a `metrics` setting. Names must differ, from `loss` too: the second 'f' is logged as 'f_1', as in Keras. */
export function resolveMetrics(likes: readonly MetricLike[]): Metric[] {
  if (!Array.isArray(likes)) {
    throw new ConfigError(`compile: metrics is ${show(likes)}; expected a list such as ['accuracy'].`);
  }
  if (likes.length > MOST_METRICS)
    throw new ConfigError(
      `compile: ${likes.length} metrics are more than the ${MOST_METRICS} that there can be.`,
    );
  const uses = new Map([['loss', 1]]);
  // Array.from sees the holes of a list as well.
  return Array.from(likes, resolveMetric).map((metric) => {
    const before = uses.get(metric.name) ?? 0;
    uses.set(metric.name, before + 1);
    if (before === 0) return metric;
    return { name: `${metric.name}_${before}`, call: (yTrue, yPred) => metric.call(yTrue, yPred) };
  });
}
