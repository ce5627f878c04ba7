import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { softmax } from '../ops/softmax.js';
import { checkConfig } from '../settings.js';
import { checkAxis, lastAxis } from './lastAxis.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

export interface SoftmaxConfig extends LayerConfig {
  axis?: number;
}

/** y_j = exp(x_j) / Σ exp(x) along the last axis. x [batch, ..., classes], y of the same shape. */
export class Softmax extends Layer {
  readonly kind = 'softmax';
  declare readonly config: SoftmaxConfig;

  constructor(config: SoftmaxConfig = {}) {
    checkConfig('layers.softmax', config, ['axis', ...layerSettings]);
    super(config);
    checkAxis('layers.softmax', config.axis);
  }

  override build(inputShape: Shape): void {
    lastAxis(this.name, inputShape);
  }

  call(x: Node): Node {
    return softmax(x);
  }
}
