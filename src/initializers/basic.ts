import { sizeOf } from '../graph/shape.js';
import type { Initializer } from './initializer.js';

export const zeros = (): Initializer => ({ name: 'zeros', values: (shape) => new Float32Array(sizeOf(shape)) });

export const glorotUniform = ({ seed }: { seed?: number } = {}): Initializer => ({
  name: 'glorotUniform',
  seed,
  values(shape, random) {
    const limit = Math.sqrt(6 / (shape[0] + shape[1]));
    return new Float32Array(sizeOf(shape)).map(() => ((random.next().value + 0.5) / 2 ** 31 - 1) * limit);
  },
});
