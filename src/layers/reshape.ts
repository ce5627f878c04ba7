import { ConfigError, ShapeError, show } from '../errors.js';
import type { Node } from '../graph/node.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import { reshape } from '../ops/reshape.js';
import { checkConfig } from '../settings.js';
import { Layer, type LayerConfig, layerSettings } from './layer.js';

export interface ReshapeConfig extends LayerConfig {
  targetShape: Shape;
}

/**
 * The elements of each example in another shape: x [batch, ...] → y [batch, ...targetShape]; nothing
 * moves in memory. One axis of targetShape may be -1: it takes what the others leave.
 */
export class Reshape extends Layer {
  readonly kind = 'reshape';
  declare readonly config: ReshapeConfig;

  constructor(config: ReshapeConfig) {
    checkConfig('layers.reshape', config, ['targetShape', ...layerSettings]);
    super(config);
    const { targetShape } = config;
    const valid =
      Array.isArray(targetShape) &&
      targetShape.length > 0 &&
      targetShape.every((axis) => Number.isInteger(axis) && (axis > 0 || axis === -1)) &&
      targetShape.filter((axis) => axis === -1).length <= 1;
    if (!valid) {
      throw new ConfigError(
        `layers.reshape: targetShape is ${show(targetShape)}; expected the new shape of one example, without the ` +
          'batch axis, such as [28, 28]. One of its axes may be -1.',
      );
    }
  }

  call(x: Node): Node {
    const { targetShape } = this.config;
    const [batch, ...example] = x.shape;
    const size = sizeOf(example);
    const known = sizeOf(targetShape.filter((axis) => axis !== -1));
    if (targetShape.includes(-1) ? size % known !== 0 : size !== known) {
      throw new ShapeError(
        `${this.name}: targetShape ${showShape(targetShape)} does not fit: an example of shape ${showShape(example)} has ` +
          `${size} elements, and targetShape needs ${targetShape.includes(-1) ? `a multiple of ${known}` : known}.`,
      );
    }
    return reshape(x, [batch, ...targetShape.map((axis) => (axis === -1 ? size / known : axis))]);
  }
}
