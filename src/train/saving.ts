/**
 * A model as a safetensors file. The tensors are the weights by name, then the optimizer's state; the metadata
 * holds, each as JSON, what makes the model again:
 *
 *     format         'chainrule'
 *     architecture   { "$make": "sequential", "config": { "layers": [...], "name": ..., "seed": ... } }
 *     compile        { "optimizer": ..., "loss": ..., "metrics": [...] }
 *     training       { "epochs": 3, "iterations": 960, "learningRate": 0.001, "seed": 7 }
 *     schema         how the rows of a table became numbers, where the model was trained on one: see data.schema
 *     checksum       of the whole file: see formats/sealed.ts
 */
import type { Tensor } from '../data/tensor.js';
import { PlainWriter } from '../formats/plain.js';
import { seal } from '../formats/sealed.js';
import { checkConfig, flag } from '../settings.js';
import type { Sequential } from './model.js';
import { countersOf, slotTensors } from './state.js';

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
    ...(model.schema && { schema: JSON.stringify(model.schema) }),
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
