/** fitDataset and evaluateDataset: loaded when first used. */
import { isTensor, type TensorLike } from '../data/tensor.js';
import { ConfigError } from '../errors.js';
import { checkConfig, wholeNumber } from '../settings.js';
import { type EvaluateOptions, evaluateSettings, results } from './evaluate.js';
import { Fitting, seedOf } from './fit.js';
import { type FitOptions, type FitSettings, fitSettingNames, fitSettings } from './fitOptions.js';
import type { History, Logs } from './history.js';
import type { Sequential } from './model.js';
import { Pacer } from './slices.js';
import { type Streamable, Streamed } from './streamed.js';
import { Held, type Supply } from './supply.js';

export interface FitDatasetOptions
  extends Omit<FitOptions, 'validationSplit' | 'validationData' | 'shuffle' | 'batchSize'> {
  /** Examples an update. Default: the data set's own, set by `batch`, or 32. */
  batchSize?: number;
  /**
   * Batches an epoch, for data without an end; each epoch then goes on where the last one ended. Default: an epoch is one
   * pass over the data.
   */
  batchesPerEpoch?: number;
  /** The same, as Keras calls it. */
  stepsPerEpoch?: number;
  /** Data that are evaluated after each epoch: a data set, or [x, y]. */
  validationData?: Streamable | readonly [TensorLike, TensorLike];
  /** Batches of the validation data that are looked at. Default: all. */
  validationBatches?: number;
}

export interface EvaluateDatasetOptions extends EvaluateOptions {
  /** Batches that are looked at. Default: all. */
  batches?: number;
}

/** Tensors in memory, rather than something that streams. */
const isPair = (data: unknown): data is readonly [TensorLike, TensorLike] =>
  Array.isArray(data) &&
  data.length === 2 &&
  data.every((part) => Array.isArray(part) || ArrayBuffer.isView(part) || isTensor(part));

/** Checks what fitDataset was given. */
function fitDatasetSettings(options: FitDatasetOptions): {
  readonly settings: FitSettings;
  readonly limit: number | undefined;
  readonly validationLimit: number | undefined;
} {
  const what = 'fitDataset';
  const instead = {
    shuffle: 'mix the data set itself: dataset.shuffle(bufferSize, seed)',
    validationSplit:
      'split the data set: const [train, test] = dataset.split(0.8), then validationData: test',
  };
  const own = ['batchesPerEpoch', 'stepsPerEpoch', 'validationBatches'];
  checkConfig(what, options, [...fitSettingNames, ...own]);
  for (const [name, advice] of Object.entries(instead))
    if (name in options) throw new ConfigError(`${what} has no setting '${name}'; ${advice}.`);
  const { batchesPerEpoch, stepsPerEpoch, validationBatches, validationData, ...others } = options;
  for (const [name, value] of Object.entries({ batchesPerEpoch, stepsPerEpoch, validationBatches }))
    if (value !== undefined) wholeNumber(`${what}: ${name}`, value);
  if (batchesPerEpoch !== undefined && stepsPerEpoch !== undefined && batchesPerEpoch !== stepsPerEpoch)
    throw new ConfigError(`${what}: batchesPerEpoch and stepsPerEpoch are two names of one thing; give one.`);
  if (validationBatches !== undefined && (validationData === undefined || isPair(validationData)))
    throw new ConfigError(`${what}: validationBatches needs validationData that is a data set.`);
  return {
    settings: { ...fitSettings(others, what), shuffle: false },
    limit: batchesPerEpoch ?? stepsPerEpoch,
    validationLimit: validationBatches,
  };
}

/** Trains a model on data that stream; see Sequential.fitDataset. */
export async function fitDataset(
  model: Sequential,
  source: Streamable,
  options: FitDatasetOptions,
): Promise<History> {
  const what = 'fitDataset';
  const { settings, limit, validationLimit } = fitDatasetSettings(options);
  const seed = seedOf(model, options);
  const pacer = new Pacer(settings.timeSlice, settings.signal);
  const training = new Streamed(model, what, source, {
    batchSize: options.batchSize,
    limit,
    seed,
    training: true,
    names: ['x', 'y'],
  });
  const { batchSize } = training;
  const names = ['the validation x', 'the validation y'] as const;
  const { validationData } = options;
  let validation: Supply | undefined;
  if (isPair(validationData)) {
    const data = await model.prepareInPieces(what, ...validationData, pacer, names);
    validation = new Held(model, data, batchSize, seed, false);
  } else if (validationData !== undefined) {
    const settings = { batchSize, limit: validationLimit, seed, training: false, names };
    validation = new Streamed(model, what, validationData, settings);
  }
  return new Fitting(model, what, { training, validation }, seed, { ...settings, batchSize }, pacer).run();
}

export async function evaluateDataset(
  model: Sequential,
  source: Streamable,
  options: EvaluateDatasetOptions,
): Promise<Logs> {
  const what = 'evaluateDataset';
  const { batchSize, pacer } = evaluateSettings(what, options, ['batches']);
  const { batches: limit } = options;
  if (limit !== undefined) wholeNumber(`${what}: batches`, limit);
  const seed = model.seed >>> 0;
  const settings = { batchSize, limit, seed, training: false, names: ['x', 'y'] } as const;
  return results(new Streamed(model, what, source, settings), pacer);
}
