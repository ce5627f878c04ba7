/**
 * A model as a safetensors file. The tensors are the weights by name, then the optimizer's state; the metadata
 * holds, each as JSON, what makes the model again:
 *
 *     format         'chainrule'
 *     architecture   { "$make": "sequential", "config": { "layers": [...], "name": ..., "seed": ... } }
 *     compile        { "optimizer": ..., "loss": ..., "metrics": [...] }
 *     training       { "epochs": 3, "iterations": 960, "learningRate": 0.001, "seed": 7 }
 *     checksum       of the whole file: see formats/sealed.ts
 */
import type { Tensor } from '../data/tensor.js';
import { DataError, ShapeError, show, suggest } from '../errors.js';
import { repeatedKey } from '../formats/json.js';
import { PlainWriter } from '../formats/plain.js';
import type { Metadata } from '../formats/safetensors.js';
import { seal, unseal } from '../formats/sealed.js';
import { sameShape, showShape } from '../graph/shape.js';
import type { Weight } from '../layers/layer.js';
import { checkConfig, flag } from '../settings.js';
import type { Sequential } from './model.js';
import { countersOf, OPTIMIZER, slotTensors } from './state.js';

export interface SaveOptions {
  /** Leaves out the architecture and everything that only training needs. Default false. */
  weightsOnly?: boolean;
}

/** More for the file, beside what makes the model: tensors by name, and texts. */
export interface Extra {
  readonly tensors?: readonly (readonly [name: string, Tensor])[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Tensors that belong to a fit, in backups. */
export const FIT = 'fit/';

export function toSafetensors(model: Sequential, options: SaveOptions = {}, extra: Extra = {}): Uint8Array {
  checkConfig('toSafetensors', options, ['weightsOnly']);
  const values = model.getWeights();
  const tensors = model.weights.map(({ name }, i) => [name, values[i]] as const);
  if (flag('toSafetensors: weightsOnly', options.weightsOnly ?? false))
    return seal(tensors, { format: 'chainrule' });
  const { compileOptions } = model;
  const slots = compileOptions ? slotTensors(model) : [];
  return seal([...tensors, ...slots, ...(extra.tensors ?? [])], {
    format: 'chainrule',
    ...descriptionOf(model),
    ...(compileOptions && { training: JSON.stringify(countersOf(model)) }),
    ...extra.metadata,
  });
}

/** What makes the model again, as texts: the same for models that are made alike. */
export function descriptionOf(model: Sequential): { architecture: string; compile?: string } {
  const { compileOptions } = model;
  const writer = new PlainWriter();
  const text = (value: unknown, where: string) => JSON.stringify(writer.write(value, where));
  return {
    architecture: text(model, model.name),
    ...(compileOptions && { compile: text(compileOptions, 'compile') }),
  };
}

/** Puts the weights of a file into a model of the same architecture: all of them or, when something does not fit, none. */
export function loadWeights(model: Sequential, bytes: Uint8Array): void {
  const { tensors } = unseal(bytes);
  void model.inputShape;
  model.setWeights(valuesFor('loadWeights', model.name, model.weights, tensors));
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
