import type { Node } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import { reshape } from '../ops/reshape.js';
import { checkConfig } from '../settings.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

/** x [batch, a, b, ...] → y [batch, a·b·...]; nothing moves in memory. No settings of its own. */
export class Flatten extends Layer {
  readonly kind = 'flatten';

  constructor(config: LayerConfig = {}) {
    checkConfig('layers.flatten', config, layerSettings);
    super(config);
  }

  call(x: Node): Node {
    const [batch, ...example] = x.shape;
    return reshape(x, [batch, sizeOf(example)]);
  }
}
