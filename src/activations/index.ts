import { ConfigError, show, suggest } from '../errors.js';
import { isNode, type Node } from '../graph/node.js';
import { elu } from '../ops/elu.js';
import { exp } from '../ops/exp.js';
import { gelu } from '../ops/gelu.js';
import { hardSigmoid } from '../ops/hardSigmoid.js';
import { leakyRelu } from '../ops/leakyRelu.js';
import { linear } from '../ops/linear.js';
import { mish } from '../ops/mish.js';
import { relu } from '../ops/relu.js';
import { relu6 } from '../ops/relu6.js';
import { selu } from '../ops/selu.js';
import { sigmoid } from '../ops/sigmoid.js';
import { silu } from '../ops/silu.js';
import { logSoftmax, softmax } from '../ops/softmax.js';
import { softplus } from '../ops/softplus.js';
import { softsign } from '../ops/softsign.js';
import { tanh } from '../ops/tanh.js';

/** Activations by the names that layers take, at Keras' defaults. */
export const activations = {
  linear,
  relu,
  relu6,
  leakyRelu: (x: Node) => leakyRelu(x),
  elu: (x: Node) => elu(x),
  selu,
  gelu: (x: Node) => gelu(x),
  silu,
  swish: silu,
  mish,
  sigmoid,
  hardSigmoid,
  tanh,
  softplus,
  softsign,
  softmax,
  logSoftmax,
  exponential: exp,
} as const satisfies Record<string, (x: Node) => Node>;

export type ActivationName = keyof typeof activations;

/** A name, or any function of symbolic ops: x => ops.mul(x, ops.sigmoid(x)). */
export type Activation = ActivationName | ((x: Node) => Node);

/** The function that an `activation` setting means. */
export function resolveActivation(what: string, activation: Activation | undefined): (x: Node) => Node {
  if (activation === undefined) return linear;
  if (typeof activation === 'function') {
    return (x) => {
      const y: unknown = activation(x);
      if (isNode(y)) return y;
      throw new ConfigError(
        `${what}: the activation function returned ${show(y)}; it must return a value made by ops.`,
      );
    };
  }
  if (typeof activation === 'string' && Object.hasOwn(activations, activation))
    return activations[activation];
  throw new ConfigError(
    `${what}: there is no activation ${show(activation)}. ${suggest(activation, Object.keys(activations))}`,
  );
}
