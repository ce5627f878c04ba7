/** Code as the user would write it: an optimizer, a layer, a list of numbers. */
import { codeOf } from '../formats/code.js';
import type { Layer } from '../layers/layer.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { digits } from './measure.js';

/** layers.dense({ units: 5, activation: 'relu', name: 'dense_1' }), with the changes made. */
export function layerCode({ kind, name, config }: Layer, changes: object = {}): string {
  return `layers.${kind}(${codeOf({ ...config, ...changes, name })})`;
}

/** optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }). */
export function optimizerCode({ name, config }: Optimizer, changes: object): string {
  return `optimizers.${name}(${codeOf({ ...config, ...changes })})`;
}

/** [0.12, 3.4, …]: all of them where they are few. */
export const listCode = (values: readonly number[]): string => `[${values.map(digits).join(', ')}]`;
