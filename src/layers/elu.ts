import type { Node } from '../graph/node.js';
import { elu } from '../ops/elu.js';
import { checkConfig, finite } from '../settings.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

export interface ELUConfig extends LayerConfig {
  alpha?: number;
}

/** y = x for x > 0, else alpha·(eˣ − 1). x [batch, ...], y of the same shape. Default: alpha 1. */
export class ELU extends Layer {
  readonly kind = 'elu';
  declare readonly config: ELUConfig;
  readonly alpha: number;

  constructor(config: ELUConfig = {}) {
    checkConfig('layers.elu', config, ['alpha', ...layerSettings]);
    super(config);
    this.alpha = finite('layers.elu: alpha', config.alpha ?? 1, 0);
  }

  call(x: Node): Node {
    return elu(x, this.alpha);
  }
}
