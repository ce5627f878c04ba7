import { ConfigError } from '../errors.js';
import { showShape, sizeOf } from '../graph/shape.js';
import { made } from '../recipe.js';
import { checkConfig, finite } from '../settings.js';
import { inverseNormal, unit } from './draw.js';
import { checkSeed, type Initializer, type RandomWords, type SeedConfig } from './initializer.js';

export interface OrthogonalConfig extends SeedConfig {
  gain?: number;
}

/**
 * `gain` times a random orthogonal matrix (Saxe et al. 2014), each equally likely: Q of the QR decomposition of
 * normal numbers, with signs such that R has a positive diagonal. A weight [..., columns] counts as a matrix
 * [rows, columns]; if it is not square, its shorter side's vectors are the orthogonal ones. Default gain 1.
 */
export function orthogonal(config: OrthogonalConfig = {}): Initializer {
  const what = 'initializers.orthogonal';
  checkConfig(what, config, ['gain', 'seed']);
  const gain = finite(`${what}: gain`, config.gain ?? 1);
  return made('initializers.orthogonal', config, {
    name: 'orthogonal',
    seed: checkSeed(what, config),
    values(shape, random) {
      if (shape.length < 2) {
        throw new ConfigError(
          `${what}: the weight has shape ${showShape(shape)}; expected at least two axes.`,
        );
      }
      const columns = shape[shape.length - 1];
      const rows = sizeOf(shape) / columns;
      const vectors = orthonormal(Math.min(rows, columns), Math.max(rows, columns), random);
      const values = new Float32Array(rows * columns);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          values[r * columns + c] = gain * (rows < columns ? vectors[r][c] : vectors[c][r]);
        }
      }
      return values;
    },
  });
}

/** Vectors at right angles and of length 1: modified Gram–Schmidt, which makes R's diagonal (the lengths) positive. */
function orthonormal(count: number, length: number, random: RandomWords): Float64Array[] {
  const done: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const v = new Float64Array(length);
    for (let i = 0; i < length; i++) v[i] = inverseNormal(unit(random));
    for (const q of done) {
      const along = dot(q, v);
      for (let i = 0; i < length; i++) v[i] -= along * q[i];
    }
    const norm = Math.sqrt(dot(v, v));
    for (let i = 0; i < length; i++) v[i] /= norm;
    done.push(v);
  }
  return done;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
