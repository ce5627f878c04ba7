/** What files that saving.ts wrote are read with. Loaded when it is first needed. */
import { fromSource, type Source } from '../data/sources.js';
import type { Tensor } from '../data/tensor.js';
import { DataError, ShapeError, show, suggest } from '../errors.js';
import { repeatedKey } from '../formats/json.js';
import type { Metadata } from '../formats/safetensors.js';
import { unseal } from '../formats/unseal.js';
import { sameShape, showShape } from '../graph/shape.js';
import type { Weight } from '../layers/layer.js';
import { finite, wholeNumber } from '../settings.js';
import type { Sequential } from './model.js';
import { FIT } from './saving.js';
import { type Counters, OPTIMIZER, slotsOf } from './state.js';

/** Puts the weights of a file into a model of the same architecture: all of them or, when something does not fit, none. */
export async function loadWeights(model: Sequential, source: Source): Promise<void> {
  await fromSource('loadWeights', source, (bytes) => {
    const { tensors } = unseal(bytes);
    void model.inputShape;
    model.setWeights(valuesFor('loadWeights', model.name, model.weights, tensors));
  });
}

/** The tensors of a file that the weights stand for, in their order. */
export function valuesFor(
  what: string,
  model: string,
  weights: readonly Weight[],
  tensors: ReadonlyMap<string, Tensor>,
): Tensor[] {
  const missing = weights.filter(({ name }) => !tensors.has(name)).map(({ name }) => name);
  const names = new Set(weights.map(({ name }) => name));
  const unknown = [...tensors.keys()].filter(
    (name) => !names.has(name) && ![OPTIMIZER, FIT].some((prefix) => name.startsWith(prefix)),
  );
  if (missing.length > 0 || unknown.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`lacks ${list(missing)}`] : []),
      ...(unknown.length > 0 ? [`has ${list(unknown)}, which the model does not know`] : []),
    ];
    const hint =
      missing.length > 0 && unknown.length > 0 ? ` For ${missing[0]}: ${suggest(missing[0], unknown)}` : '';
    throw new DataError(
      `${what}: the file ${parts.join(' and ')}. Build ${model} with the layers, and the names, of the model that was saved.${hint}`,
    );
  }
  return weights.map(({ name, shape }) => {
    const value = tensors.get(name) as Tensor;
    if (sameShape(value.shape, shape)) return value;
    throw new ShapeError(
      `${what}: ${name} has shape ${showShape(value.shape)} in the file; ${model} needs ${showShape(shape)}.`,
    );
  });
}

/** What a text of the metadata says, which is always an object. */
export function parse(metadata: Metadata, key: string, what: string): object {
  const refuse = (why: string, cause?: unknown): never => {
    throw new DataError(`${what}: the metadata's ${key} ${why}; the file is damaged.`, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(metadata[key]);
  } catch (cause) {
    return refuse('is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(`is ${show(value)}`);
  const repeated = repeatedKey(metadata[key]);
  if (repeated !== undefined) refuse(`has the key ${show(repeated)} twice`);
  return value;
}

const list = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');

/** Puts a saved state into a compiled model: all of it or, when something does not fit, nothing. */
export function putState(
  what: string,
  model: Sequential,
  tensors: ReadonlyMap<string, Tensor>,
  counters: Counters,
): void {
  const slots = slotsOf(model).map(({ name, shape, address }) => {
    const found = tensors.get(name);
    if (!found) throw new DataError(`${what}: the file lacks ${name}, a part of the optimizer's state.`);
    if (!sameShape(found.shape, shape)) {
      throw new ShapeError(
        `${what}: ${name} has shape ${showShape(found.shape)} in the file; ${model.name} needs ${showShape(shape)}.`,
      );
    }
    return { data: found.data, address };
  });
  const epochs = wholeNumber(`${what}: epochs`, counters.epochs, 0);
  const iterations = wholeNumber(`${what}: iterations`, counters.iterations, 0);
  const learningRate = finite(`${what}: learningRate`, counters.learningRate, 0);
  const seed = counters.seed === undefined ? undefined : wholeNumber(`${what}: seed`, counters.seed, 0);
  const { f32, u32 } = model.executor.arena.views;
  for (const { data, address } of slots) if (address !== undefined) f32.set(data, address / 4);
  u32[model.compiled(what).parts.cells.iterations.address / 4] = iterations;
  model.learningRate = learningRate;
  model.epochsTrained = epochs;
  model.fitSeed = seed;
}
