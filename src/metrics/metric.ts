import type { Node } from '../graph/node.js';

/** A metric, as users may write one: any formula of symbolic ops. */
export type MetricFunction = (yTrue: Node, yPred: Node) => Node;

/** A metric: a number for each example (or element), averaged over all examples of an epoch. */
export interface Metric {
  /** What history and logs call it. */
  readonly name: string;
  readonly call: MetricFunction;
}
