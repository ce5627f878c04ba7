import type { Node } from '../graph/node.js';
import { add } from '../ops/add.js';
import { mul } from '../ops/mul.js';
import { checkConfig, finite } from '../settings.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

export interface RescalingConfig extends LayerConfig {
  scale: number;
  offset?: number;
}

/**
 * y = x·scale + offset. x [batch, ...], y of the same shape. Default: offset 0. With scale 1/255 images
 * may stay bytes in memory and still reach the next layer between 0 and 1.
 */
export class Rescaling extends Layer {
  readonly kind = 'rescaling';
  declare readonly config: RescalingConfig;

  constructor(config: RescalingConfig) {
    checkConfig('layers.rescaling', config, ['scale', 'offset', ...layerSettings]);
    super(config);
    finite('layers.rescaling: scale', config.scale);
    if (config.offset !== undefined) finite('layers.rescaling: offset', config.offset);
  }

  call(x: Node): Node {
    const { scale, offset = 0 } = this.config;
    return add(mul(x, scale), offset);
  }
}
