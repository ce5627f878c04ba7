/** Initializers that draw nothing. */
import { ConfigError } from '../errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import { made } from '../recipe.js';
import { checkConfig, finite } from '../settings.js';
import type { Initializer } from './initializer.js';

const filled = (name: string, value: number, config = {}): Initializer =>
  made(`initializers.${name}`, config, {
    name,
    values: (shape: Shape) => new Float32Array(sizeOf(shape)).fill(value),
  });

/** All 0. */
export const zeros = (): Initializer => filled('zeros', 0);

/** All 1. */
export const ones = (): Initializer => filled('ones', 1);

/** All `value`. Default 0. */
export function constant(config: { value?: number } = {}): Initializer {
  checkConfig('initializers.constant', config, ['value']);
  return filled('constant', finite('initializers.constant: value', config.value ?? 0), config);
}

/** `gain` on the diagonal of a matrix (square or not), 0 elsewhere. Default gain 1. */
export function identity(config: { gain?: number } = {}): Initializer {
  checkConfig('initializers.identity', config, ['gain']);
  const gain = finite('initializers.identity: gain', config.gain ?? 1);
  return made('initializers.identity', config, {
    name: 'identity',
    values(shape: Shape) {
      if (shape.length !== 2) {
        throw new ConfigError(
          `initializers.identity: the weight has shape ${showShape(shape)}; only a matrix has a diagonal.`,
        );
      }
      const [rows, columns] = shape;
      return new Float32Array(rows * columns).map((_, i) =>
        Math.floor(i / columns) === i % columns ? gain : 0,
      );
    },
  });
}
