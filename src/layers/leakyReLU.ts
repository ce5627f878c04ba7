import type { Node } from '../graph/node.js';
import { leakyRelu } from '../ops/leakyRelu.js';
import { checkConfig, finite } from '../settings.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

export interface LeakyReLUConfig extends LayerConfig {
  negativeSlope?: number;
}

/**
 * y = x for x > 0, else negativeSlope·x. x [batch, ...], y of the same shape.
 * Default: negativeSlope 0.3 (the activation 'leakyRelu' has 0.2; Keras has it so).
 */
export class LeakyReLU extends Layer {
  readonly kind = 'leakyReLU';
  declare readonly config: LeakyReLUConfig;
  readonly negativeSlope: number;

  constructor(config: LeakyReLUConfig = {}) {
    checkConfig('layers.leakyReLU', config, ['negativeSlope', ...layerSettings]);
    super(config);
    const { negativeSlope = 0.3 } = config;
    this.negativeSlope = finite('layers.leakyReLU: negativeSlope', negativeSlope, 0);
  }

  call(x: Node): Node {
    return leakyRelu(x, this.negativeSlope);
  }
}
