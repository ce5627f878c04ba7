/** Calls one layer outside of any model, with inputs, weights, seed and step of the test's choice. */
import type { Node } from '../../src/graph/node.js';
import type { Variable } from '../../src/graph/variable.js';
import type { CallContext, Layer } from '../../src/layers/layer.js';
import { variable } from '../../src/ops/leaf.js';
import { given, write } from './run.js';

export interface CallOptions {
  readonly training?: boolean;
  readonly seed?: number;
  readonly step?: number;
  /** Tells random layers apart, as their place in a model does. */
  readonly stream?: number;
}

/** A layer's part of a graph. */
export interface Called {
  readonly y: Node;
  /** The effects that belong to a training step. */
  readonly updates: readonly Node[];
  /** The node of each weight that the layer used. */
  readonly weights: ReadonlyMap<Variable, Node>;
}

/** Makes the layer's weights, with the given values, in the layer's order. */
export function built<L extends Layer>(layer: L, x: Node, values: readonly ArrayLike<number>[] = []): L {
  layer.name ||= layer.kind;
  layer.build(x.shape.slice(1));
  layer.built = true;
  for (const [i, weight] of layer.weights.entries()) write(weight, values[i]);
  return layer;
}

export function call(
  layer: Layer,
  x: Node,
  { training = false, seed = 0, step = 0, stream = 0 }: CallOptions = {},
): Called {
  const weights = new Map<Variable, Node>();
  const updates: Node[] = [];
  const context: CallContext = {
    training,
    weight(weight) {
      const node = weights.get(weight) ?? variable(weight);
      weights.set(weight, node);
      return node;
    },
    update: (effect) => updates.push(effect),
    random: () => ({
      seed: given([seed], [], 'u32', 'seed'),
      step: given([step], [], 'u32', 'step'),
      stream,
    }),
  };
  return { y: layer.call(x, context), updates, weights };
}
