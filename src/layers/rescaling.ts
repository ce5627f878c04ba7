import type { Node } from '../graph/node.js';
import { add } from '../ops/add.js';
import { mul } from '../ops/mul.js';
import { checkConfig, Layer, type LayerConfig, layerSettings, numberIn } from './layer.js';

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
  readonly scale: number;
  readonly offset: number;

  constructor(override readonly config: RescalingConfig) {
    checkConfig('layers.rescaling', config, ['scale', 'offset', ...layerSettings]);
    super(config);
    this.scale = numberIn('layers.rescaling: scale', config.scale, -LARGEST, LARGEST);
    this.offset = numberIn('layers.rescaling: offset', config.offset ?? 0, -LARGEST, LARGEST);
  }

  call(x: Node): Node {
    return add(mul(x, this.scale), this.offset);
  }
}
