import { type Activation, resolveActivation } from '../activations/index.js';
import { ConfigError } from '../errors.js';
import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { type InitializerLike, resolveInitializer } from '../initializers/index.js';
import { add } from '../ops/add.js';
import { matmul } from '../ops/matmul.js';
import { type CallContext, checkConfig, Layer, type LayerConfig, layerSettings, wholeNumber, type Weight } from './layer.js';

export interface DenseConfig extends LayerConfig {
  units: number;
  activation?: Activation;
  useBias?: boolean;
  kernelInitializer?: InitializerLike;
  biasInitializer?: InitializerLike;
}

/**
 * y = activation(x · kernel + bias), along the last axis of x.
 * x [batch, ..., inputs], kernel [inputs, units], bias [units], y [batch, ..., units].
 * Defaults: no activation, bias, kernel glorotUniform, bias zeros.
 */
export class Dense extends Layer {
  readonly kind = 'dense';
  readonly units: number;
  readonly activation: (x: Node) => Node;
  #kernel?: Weight;
  #bias?: Weight;

  constructor(override readonly config: DenseConfig) {
    checkConfig('layers.dense', config, ['units', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer', ...layerSettings]);
    super(config);
    this.units = wholeNumber('layers.dense: units', config.units);
    this.activation = resolveActivation('layers.dense', config.activation);
  }

  override build(inputShape: Shape): void {
    const { useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = this.config;
    const inputs = inputShape[inputShape.length - 1];
    if (inputs === undefined) {
      throw new ConfigError(`${this.name}: dense needs an input with at least one axis besides the batch, such as inputShape: [784].`);
    }
    this.#kernel = this.addWeight('kernel', [inputs, this.units], resolveInitializer(this.name, kernelInitializer));
    if (useBias) this.#bias = this.addWeight('bias', [this.units], resolveInitializer(this.name, biasInitializer));
  }

  call(x: Node, { weight }: CallContext): Node {
    const product = matmul(x, weight(this.#kernel as Weight));
    return this.activation(this.#bias ? add(product, weight(this.#bias)) : product);
  }
}
