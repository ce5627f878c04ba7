import type { Node } from '../graph/node.js';

/** A metric: a number for each example (or element), averaged over all examples of an epoch. */
export interface Metric {
  readonly name: string;
  readonly call: (yTrue: Node, yPred: Node) => Node;
}
