import { type Activation, resolveActivation } from '../activations/index.js';
import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { type InitializerLike, resolveInitializer } from '../initializers/index.js';
import type { Initializer } from '../initializers/initializer.js';
import { add } from '../ops/add.js';
import { matmul } from '../ops/matmul.js';
import { reshape } from '../ops/reshape.js';
import { checkConfig, flag, wholeNumber } from '../settings.js';
import { lastAxis } from './lastAxis.js';
import { type CallContext, Layer, type LayerConfig, layerSettings, type Weight } from './layer.js';

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
  declare readonly config: DenseConfig;
  readonly units: number;
  readonly activation: (x: Node) => Node;
  readonly useBias: boolean;
  readonly #initializers: Readonly<Record<'kernel' | 'bias', Initializer>>;
  #kernel?: Weight;
  #bias?: Weight;

  constructor(config: DenseConfig) {
    checkConfig('layers.dense', config, [
      'units',
      'activation',
      'useBias',
      'kernelInitializer',
      'biasInitializer',
      ...layerSettings,
    ]);
    super(config);
    this.units = wholeNumber('layers.dense: units', config.units);
    this.activation = resolveActivation('layers.dense', config.activation);
    this.useBias = flag('layers.dense: useBias', config.useBias ?? true);
    this.#initializers = {
      kernel: resolveInitializer('layers.dense', config.kernelInitializer ?? 'glorotUniform'),
      bias: resolveInitializer('layers.dense', config.biasInitializer ?? 'zeros'),
    };
  }

  override build(inputShape: Shape): void {
    const inputs = lastAxis(this.name, inputShape);
    this.#kernel = this.addWeight('kernel', [inputs, this.units], this.#initializers.kernel);
    if (this.useBias) this.#bias = this.addWeight('bias', [this.units], this.#initializers.bias);
  }

  call(x: Node, { weight }: CallContext): Node {
    const product = matmul(reshape(x, [-1, x.shape[x.shape.length - 1]]), weight(this.#kernel as Weight));
    const sums = this.#bias ? add(product, weight(this.#bias)) : product;
    const shape = [...x.shape.slice(0, -1), this.units];
    // Rows keep the activation beside the product, so that the two are fused; but a function of the user's
    // may look at other axes.
    if (typeof this.config.activation === 'function') return this.activation(reshape(sums, shape));
    return reshape(this.activation(sums), shape);
  }
}
