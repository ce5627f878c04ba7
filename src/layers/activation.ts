import { type Activation as ActivationLike, resolveActivation } from '../activations/index.js';
import { ConfigError } from '../errors.js';
import type { Node } from '../graph/node.js';
import { checkConfig } from '../settings.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

export interface ActivationConfig extends LayerConfig {
  activation: ActivationLike;
}

/** y = activation(x). x [batch, ...], y of the same shape. No default: the activation must be given. */
export class Activation extends Layer {
  readonly kind = 'activation';
  declare readonly config: ActivationConfig;
  readonly activation: (x: Node) => Node;

  constructor(config: ActivationConfig) {
    checkConfig('layers.activation', config, ['activation', ...layerSettings]);
    super(config);
    if (config.activation === undefined) {
      throw new ConfigError(
        "layers.activation needs an activation, such as layers.activation({ activation: 'relu' }).",
      );
    }
    this.activation = resolveActivation('layers.activation', config.activation);
  }

  call(x: Node): Node {
    return this.activation(x);
  }
}
