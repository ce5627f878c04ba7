/** Code as the user would write it: an optimizer, a layer, a list of numbers. */
import type { Layer } from '../layers/layer.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { digits } from './measure.js';

/** { a: 1, b: 'x' } of the settings that can be written down; an initializer is given by its name. */
function settings(config: object): string {
  const entries = Object.entries(config).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value === 'function') return [`${key}: ${value.name || '…'}`];
    if (typeof value === 'object' && value !== null && 'name' in value) return [`${key}: '${value.name}'`];
    return [`${key}: ${typeof value === 'number' ? plain(value) : show(value)}`];
  });
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

const plain = (value: number): string => String(Number(value.toPrecision(4)));
const show = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}'`;
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
};

/** layers.dense({ units: 5, activation: 'relu', name: 'dense_1' }), with the changes made. */
export function layerCode({ kind, name, config }: Layer, changes: object = {}): string {
  return `layers.${kind}(${settings({ ...config, ...changes, name })})`;
}

/** optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }). */
export function optimizerCode({ name, config }: Optimizer, changes: object): string {
  return `optimizers.${name}(${settings({ ...config, ...changes })})`;
}

/** [0.12, 3.4, …]: all of them where they are few. */
export const listCode = (values: readonly number[]): string => `[${values.map(digits).join(', ')}]`;
