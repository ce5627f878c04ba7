import { ConfigError, show, suggest } from '../errors.js';
import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { square } from '../ops/square.js';
import { sub } from '../ops/sub.js';
import { mean } from '../ops/sum.js';
import type { Metric } from './metric.js';

export const metrics = {
  meanSquaredError: (): Metric => ({
    name: 'meanSquaredError',
    call: (yTrue, yPred) => mean(square(sub(yPred, yTrue)), -1),
  }),
};

export type MetricLike = string | Metric | ((yTrue: Node, yPred: Node) => Node);

/** The metric that a setting means; 'accuracy' is chosen by the loss and the shape of a prediction. */
export function resolveMetric(like: MetricLike, _loss: string | undefined, _prediction: Shape): Metric {
  if (typeof like === 'function') return { name: like.name || 'metric', call: like };
  if (typeof like === 'object' && like !== null && typeof like.call === 'function') return like;
  if (typeof like === 'string' && Object.hasOwn(metrics, like)) return metrics[like as keyof typeof metrics]();
  throw new ConfigError(`compile: there is no metric ${show(like)}. ${suggest(like, Object.keys(metrics))}`);
}
