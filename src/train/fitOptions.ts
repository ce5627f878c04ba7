import type { TensorLike } from '../data/tensor.js';
import { ConfigError, show } from '../errors.js';
import { abortSignal, checkConfig, flag, numberIn, wholeNumber } from '../settings.js';
import type { Callback } from './callbacks.js';
import type { Verbose } from './progress.js';
import { sliceOf } from './slices.js';

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
  /** Milliseconds between two looks at the event loop. Default 16, on a page's main thread 8. */
  timeSlice?: number;
  /**
   * 'watch' (default) measures gradients, weights and activations at sampled steps and tells what goes wrong, in
   * `history.diagnoses` and to onDiagnosis; the weights come out the same to the last bit. 'off' does not. 'repair'
   * also goes back to before the failure, tries what may help in short runs, and goes on with what did: see
   * `history.repairs`. A training in which nothing is wrong is left as it is, to the last bit. On a page's main thread the
   * doctor leaves out trials that would be felt; a Web Worker has time for all.
   */
  doctor?: 'off' | 'watch' | 'repair';
}

export const fitSettingNames = [
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

/** Checks what fit was given. */
export function fitSettings(options: FitOptions, what = 'fit'): FitSettings {
  checkConfig(what, options, fitSettingNames);
  const {
    validationSplit = 0,
    validationData,
    shuffle = true,
    timeSlice,
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
    timeSlice: sliceOf(`${what}: timeSlice`, timeSlice),
  };
}
