import type { Node } from '../graph/node.js';
import { dropout } from '../ops/dropout.js';
import { constant } from '../ops/leaf.js';
import { checkConfig, numberIn, wholeNumber } from '../settings.js';
import { type CallContext, Layer, type LayerConfig, layerSettings } from './layer.js';

export interface DropoutConfig extends LayerConfig {
  rate: number;
  seed?: number;
}

/**
 * In training y = x / (1 − rate) with probability 1 − rate, else 0; otherwise y = x.
 * x [batch, ...], y of the same shape. The mask is new at every step and in every layer.
 *
 * rate goes from 0 (the identity, which costs nothing) to 1 (all zeros, and zero gradients).
 * seed: a whole number that fixes this layer's masks whatever the seed of `fit`, which draws them by
 * default.
 */
export class Dropout extends Layer {
  readonly kind = 'dropout';
  declare readonly config: DropoutConfig;
  readonly rate: number;
  readonly seed: number | undefined;

  constructor(config: DropoutConfig) {
    checkConfig('layers.dropout', config, ['rate', 'seed', ...layerSettings]);
    super(config);
    this.rate = numberIn('layers.dropout: rate', config.rate, 0, 1);
    if (config.seed !== undefined) this.seed = wholeNumber('layers.dropout: seed', config.seed, 0);
  }

  call(x: Node, { training, random }: CallContext): Node {
    if (!training || this.rate === 0) return x;
    const { seed, step, stream } = random();
    const own = this.seed === undefined ? seed : constant(Uint32Array.of(this.seed));
    return dropout(x, own, step, { rate: this.rate, stream });
  }
}
