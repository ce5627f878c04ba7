import { type Tensor, type TensorLike, tensor } from '../data/tensor.js';
import { ChainruleError, ConfigError, show } from '../errors.js';
import { checkConfig, wholeNumber } from '../settings.js';
import { Checkup, type CheckupOptions } from './checkup.js';
import type { Diagnosis } from './diagnosis.js';
import { misfit } from './misfit.js';
import type { Data, Patient } from './patient.js';
import { finish } from './work.js';

/** A model, as users have it. */
export interface Diagnosable extends Patient {
  readonly built: boolean;
  prepare(what: string, x: TensorLike, y: TensorLike): Data;
}

export interface DiagnoseOptions extends CheckupOptions {}

/**
 * What would keep this model from learning these data, told before training: causes first, with the numbers
 * they rest on and the code that helps; an empty list where nothing is wrong. A batch goes through the
 * layers and back, and a few updates may be tried; afterwards the model is exactly what it was.
 *
 * Targets that do not fit the loss are a diagnosis too, where the reason is plain; else the error that fit
 * would throw is thrown. Defaults: batchSize 32, as in fit; epochs unknown.
 */
export function diagnose(
  model: Diagnosable,
  x: TensorLike,
  y: TensorLike,
  options: DiagnoseOptions = {},
): Diagnosis[] {
  if (typeof (model as Partial<Diagnosable> | undefined)?.prepare !== 'function')
    throw new ConfigError(`diagnose: ${show(model)} is not a model; expected diagnose(model, x, y).`);
  checkConfig('diagnose', options, ['batchSize', 'epochs']);
  for (const key of ['batchSize', 'epochs'] as const)
    if (options[key] !== undefined) wholeNumber(`diagnose: ${key}`, options[key]);
  let data: Data;
  try {
    data = model.prepare('diagnose', x, y);
  } catch (error) {
    const told = error instanceof ChainruleError && model.built ? explained(model, y) : undefined;
    if (!told) throw error;
    return [told];
  }
  const checkup = new Checkup(model, data, options);
  return [...finish(checkup.quick()), ...finish(checkup.tried())];
}

function explained(model: Diagnosable, y: TensorLike): Diagnosis | undefined {
  let given: Tensor;
  try {
    given = tensor(y);
  } catch {
    return undefined;
  }
  const finding = misfit(model, given);
  return finding && { ...finding, step: 0, epoch: 0 };
}
