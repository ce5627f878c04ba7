/** A model's weights as a safetensors file, and back. */
import type { Tensor, TensorLike } from '../data/tensor.js';
import { DataError, ShapeError, suggest } from '../errors.js';
import { decode, encode } from '../formats/safetensors.js';
import { type Shape, sameShape, showShape } from '../graph/shape.js';
import type { Layer, Weight } from '../layers/layer.js';

/** What saving needs of a model; any kind of model has it. */
interface Saved {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly inputShape: Shape;
  readonly weights: readonly Weight[];
  getWeights(): Tensor[];
  setWeights(values: readonly TensorLike[]): void;
}

/** All weights by name, and the architecture where it can be told in JSON. */
export function toSafetensors(model: Saved): Uint8Array {
  const values = model.getWeights();
  const tensors = model.weights.map(({ name }, i) => [name, values[i]] as const);
  const architecture = describe(model);
  return encode(tensors, { format: 'chainrule', ...(architecture && { architecture }) });
}

/** Layers with their settings as JSON; undefined where a setting is a function or an object that JSON can't tell. */
function describe({ name, inputShape, layers }: Saved): string | undefined {
  const plain = (value: unknown): boolean =>
    value === null ||
    value === undefined ||
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) && value.every(plain));
  if (!layers.every(({ config }) => Object.values(config).every(plain))) return undefined;
  const described = layers.map(({ kind, name, config }) => ({ kind, config: { ...config, name } }));
  return JSON.stringify({ kind: 'sequential', name, inputShape, layers: described });
}

/** Puts the weights of a file into a model of the same architecture: all of them or, when something does not fit, none. */
export function loadWeights(model: Saved, bytes: Uint8Array): void {
  const { tensors } = decode(bytes);
  const { weights } = model;
  const missing = weights.filter(({ name }) => !tensors.has(name)).map(({ name }) => name);
  const names = new Set(weights.map(({ name }) => name));
  const unknown = [...tensors.keys()].filter((name) => !names.has(name));
  if (missing.length > 0 || unknown.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`lacks ${list(missing)}`] : []),
      ...(unknown.length > 0 ? [`has ${list(unknown)}, which the model does not know`] : []),
    ];
    const hint =
      missing.length > 0 && unknown.length > 0 ? ` For ${missing[0]}: ${suggest(missing[0], unknown)}` : '';
    throw new DataError(
      `loadWeights: the file ${parts.join(' and ')}. Build ${model.name} with the layers, and the names, of the model that was saved.${hint}`,
    );
  }
  const values = weights.map(({ name }) => tensors.get(name) as Tensor);
  for (const [i, { name, shape }] of weights.entries()) {
    if (!sameShape(values[i].shape, shape)) {
      throw new ShapeError(
        `loadWeights: ${name} has shape ${showShape(values[i].shape)} in the file; ${model.name} needs ${showShape(shape)}.`,
      );
    }
  }
  model.setWeights(values);
}

const list = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
