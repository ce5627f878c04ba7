import type { Node } from '../graph/node.js';
import { minimum } from '../ops/minimum.js';
import { relu } from '../ops/relu.js';
import { relu6 } from '../ops/relu6.js';
import { checkConfig, finite } from '../settings.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

export interface ReLUConfig extends LayerConfig {
  maxValue?: number;
}

/** y = min(max(x, 0), maxValue). x [batch, ...], y of the same shape. Default: no maxValue. */
export class ReLU extends Layer {
  readonly kind = 'reLU';
  declare readonly config: ReLUConfig;
  readonly maxValue: number | undefined;

  constructor(config: ReLUConfig = {}) {
    checkConfig('layers.reLU', config, ['maxValue', ...layerSettings]);
    super(config);
    const { maxValue } = config;
    if (maxValue !== undefined) this.maxValue = finite('layers.reLU: maxValue', maxValue, 0);
  }

  call(x: Node): Node {
    if (this.maxValue === 6) return relu6(x);
    return this.maxValue === undefined ? relu(x) : minimum(relu(x), this.maxValue);
  }
}
