import { square } from '../ops/square.js';
import { sub } from '../ops/sub.js';
import { mean } from '../ops/sum.js';
import type { Loss } from './loss.js';

/** mean((yTrue − yPred)²) over the last axis. */
export function meanSquaredError(): Loss {
  return {
    name: 'meanSquaredError',
    call: (yTrue, yPred) => mean(square(sub(yPred, yTrue)), -1),
    targetShape: (prediction) => prediction,
  };
}
