import { isTensor, type TensorLike } from '../data/tensor.js';
import { ConfigError, show } from '../errors.js';
import { abortSignal, checkConfig, flag, numberIn, wholeNumber } from '../settings.js';
import type { Callback } from './callbacks.js';
import type { Verbose } from './progress.js';
import type { Streamable } from './streamed.js';

export interface FitOptions {
  /** Passes over the data. Default 1. */
  epochs?: number;
  /** Examples an update. Default 32; the last batch of an epoch takes what is left. */
  batchSize?: number;
  /** The share of examples, taken from the end before shuffling, that is only evaluated. Default 0. */
  validationSplit?: number;
  /** Data that is evaluated after each epoch, instead of a split. */
  validationData?: readonly [TensorLike, TensorLike];
  /** Whether each epoch has a new order of examples. Default true. */
  shuffle?: boolean;
  /** Draws the order of examples and dropout. Default: the model's seed. */
  seed?: number;
  callbacks?: readonly Callback[];
  /** Stops training after the running slice; fit then rejects with the signal's reason and the weights stay as they are. */
  signal?: AbortSignal;
  /** 0 silent, 1 a progress line, 2 a line an epoch, 'auto' (default) 1 in a terminal and 0 elsewhere. */
  verbose?: Verbose;
  /** The number that the first epoch has. Default 0. */
  initialEpoch?: number;
  /** Milliseconds between two looks at the event loop. Default 16. */
  timeSlice?: number;
  /**
   * 'watch' (default) measures gradients, weights and activations at sampled steps and tells what goes wrong, in
   * `history.diagnoses` and to onDiagnosis; the weights come out the same to the last bit. 'off' does not. 'repair'
   * also goes back to before the failure, tries what may help in short runs, and goes on with what did: see
   * `history.repairs`. A training in which nothing is wrong is left as it is, to the last bit.
   */
  doctor?: 'off' | 'watch' | 'repair';
}

const known = [
  'epochs',
  'batchSize',
  'validationSplit',
  'validationData',
  'shuffle',
  'seed',
  'callbacks',
  'signal',
  'verbose',
  'initialEpoch',
  'timeSlice',
  'doctor',
];

/** The options with every default filled in. */
export type FitSettings = Required<
  Pick<
    FitOptions,
    | 'epochs'
    | 'batchSize'
    | 'validationSplit'
    | 'shuffle'
    | 'callbacks'
    | 'verbose'
    | 'initialEpoch'
    | 'timeSlice'
    | 'doctor'
  >
> & { readonly signal: AbortSignal | undefined };

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

/** Tensors in memory, rather than something that streams. */
export const isPair = (data: unknown): data is readonly [TensorLike, TensorLike] =>
  Array.isArray(data) &&
  data.length === 2 &&
  data.every((part) => Array.isArray(part) || ArrayBuffer.isView(part) || isTensor(part));

/** Checks what fitDataset was given. */
export function fitDatasetSettings(options: FitDatasetOptions): {
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
  checkConfig(what, options, [...known, ...own]);
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

/** Checks what fit was given. */
export function fitSettings(options: FitOptions, what = 'fit'): FitSettings {
  checkConfig(what, options, known);
  const {
    validationSplit = 0,
    validationData,
    shuffle = true,
    timeSlice = 16,
    seed = 0,
    callbacks = [],
  } = options;
  if (!Number.isInteger(seed))
    throw new ConfigError(`${what}: seed is ${show(seed)}; expected a whole number.`);
  if (!Array.isArray(callbacks))
    throw new ConfigError(`${what}: callbacks is ${show(callbacks)}; expected a list.`);
  if (validationData !== undefined && (!Array.isArray(validationData) || validationData.length !== 2)) {
    throw new ConfigError(`${what}: validationData is ${show(validationData)}; expected [x, y].`);
  }
  numberIn(`${what}: validationSplit`, validationSplit, 0, 1);
  const doctor: unknown = options.doctor ?? 'watch';
  if (doctor !== 'off' && doctor !== 'watch' && doctor !== 'repair')
    throw new ConfigError(`${what}: doctor is ${show(doctor)}; expected 'off', 'watch' or 'repair'.`);
  return {
    epochs: wholeNumber(`${what}: epochs`, options.epochs ?? 1),
    batchSize: wholeNumber(`${what}: batchSize`, options.batchSize ?? 32),
    initialEpoch: wholeNumber(`${what}: initialEpoch`, options.initialEpoch ?? 0, 0),
    validationSplit,
    doctor,
    callbacks,
    verbose: options.verbose ?? 'auto',
    signal: abortSignal(`${what}: signal`, options.signal),
    shuffle: flag(`${what}: shuffle`, shuffle),
    timeSlice: numberIn(`${what}: timeSlice`, timeSlice, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
  };
}
