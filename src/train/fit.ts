import type { TensorLike } from '../data/tensor.js';
import { ConfigError, DataError, show } from '../errors.js';
import { abortSignal, checkConfig, flag, numberIn, wholeNumber } from '../settings.js';
import type { Callback, FitParams } from './callbacks.js';
import { type Examples, slice } from './data.js';
import type { History, Logs } from './history.js';
import { hooksOf } from './hooks.js';
import type { Sequential } from './model.js';
import { Pass } from './pass.js';
import type { Verbose } from './progress.js';
import { Pacer, slices, stepName } from './slices.js';
import { Watching } from './watching.js';

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
   * `history.diagnoses` and to onDiagnosis; the weights come out the same to the last bit. 'off' does not.
   */
  doctor?: 'off' | 'watch';
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

function check(
  options: FitOptions,
): Required<
  Pick<
    FitOptions,
    'epochs' | 'batchSize' | 'validationSplit' | 'shuffle' | 'initialEpoch' | 'timeSlice' | 'doctor'
  >
> {
  checkConfig('fit', options, known);
  const {
    validationSplit = 0,
    validationData,
    shuffle = true,
    timeSlice = 16,
    seed = 0,
    callbacks = [],
  } = options;
  if (!Number.isInteger(seed)) throw new ConfigError(`fit: seed is ${show(seed)}; expected a whole number.`);
  if (!Array.isArray(callbacks))
    throw new ConfigError(`fit: callbacks is ${show(callbacks)}; expected a list.`);
  if (validationData !== undefined && (!Array.isArray(validationData) || validationData.length !== 2)) {
    throw new ConfigError(`fit: validationData is ${show(validationData)}; expected [x, y].`);
  }
  numberIn('fit: validationSplit', validationSplit, 0, 1);
  const doctor: unknown = options.doctor ?? 'watch';
  if (doctor !== 'off' && doctor !== 'watch') {
    const why =
      doctor === 'repair'
        ? "repairing while training does not exist yet; 'watch' tells what to change"
        : `expected 'watch' or 'off'`;
    throw new ConfigError(`fit: doctor is ${show(doctor)}; ${why}.`);
  }
  return {
    epochs: wholeNumber('fit: epochs', options.epochs ?? 1),
    batchSize: wholeNumber('fit: batchSize', options.batchSize ?? 32),
    initialEpoch: wholeNumber('fit: initialEpoch', options.initialEpoch ?? 0, 0),
    validationSplit,
    doctor,
    shuffle: flag('fit: shuffle', shuffle),
    timeSlice: numberIn('fit: timeSlice', timeSlice, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
  };
}

interface Data {
  readonly x: Examples;
  readonly y: Examples;
}

/** Splits the last share of the examples off, as Keras does. */
function split({ x, y }: Data, share: number): [Data, Data | undefined] {
  const at = Math.floor(x.count * (1 - share));
  if (share === 0) return [{ x, y }, undefined];
  if (at === 0 || at === x.count) {
    throw new DataError(
      `fit: validationSplit ${share} of ${x.count} examples leaves nothing to ${at === 0 ? 'train on' : 'validate with'}.`,
    );
  }
  return [
    { x: slice(x, 0, at), y: slice(y, 0, at) },
    { x: slice(x, at, x.count), y: slice(y, at, y.count) },
  ];
}

function paramsOf(
  model: Sequential,
  { epochs, batchSize, count }: { epochs: number; batchSize: number; count: number },
  validation: boolean,
): FitParams {
  const names = ['loss', ...model.compiled('fit').metrics.map(({ name }) => name)];
  const monitors = [...names, ...(validation ? names.map((name) => `val_${name}`) : [])];
  return { epochs, steps: Math.ceil(count / batchSize), monitors };
}

function remember(history: History, epoch: number, logs: Logs): void {
  history.epoch.push(epoch);
  for (const [name, value] of Object.entries(logs)) {
    history.history[name] ??= [];
    history.history[name].push(value);
  }
}

/** Trains a model; see Sequential.fit. */
export async function fit(
  model: Sequential,
  xs: TensorLike,
  ys: TensorLike,
  options: FitOptions,
): Promise<History> {
  const { epochs, batchSize, validationSplit, shuffle, initialEpoch, timeSlice, doctor } = check(options);
  const all = model.prepare('fit', xs, ys);
  const [training, splitOff] = options.validationData ? [all, undefined] : split(all, validationSplit);
  const validation = options.validationData
    ? model.prepare('fit', ...options.validationData, ['the validation x', 'the validation y'])
    : splitOff;
  const signal = abortSignal('fit: signal', options.signal);
  const seed = (options.seed ?? model.seed) >>> 0;
  const params = paramsOf(model, { epochs, batchSize, count: training.x.count }, validation !== undefined);
  const hooks = hooksOf(model, options.callbacks ?? [], params, options.verbose ?? 'auto');
  let history: History = { epoch: [], history: {}, diagnoses: [] };

  await model.exclusively('fit', async () => {
    signal?.throwIfAborted();
    const passes: Pass[] = [];
    const open = (data: Data): Pass => {
      const pass = new Pass(model, data);
      pass.seed = seed;
      passes.push(pass);
      return pass;
    };
    try {
      const pass = open(training);
      const check = validation && open(validation);
      model.stopTraining = false;
      let logs: Logs = {};
      const pacer = new Pacer(timeSlice, signal);
      const watching =
        doctor === 'off'
          ? undefined
          : new Watching(model, pass, {
              batchSize,
              epochs: epochs - initialEpoch,
              shuffle,
              seed,
              y: training.y,
            });
      if (watching) history = { ...history, vitals: watching.doctor.vitals };
      const tell = async (): Promise<void> => {
        for (const diagnosis of watching?.doctor.news() ?? []) {
          history.diagnoses.push(diagnosis);
          await hooks.call('onDiagnosis', diagnosis);
        }
      };
      // Epochs that run in one go from here: where nobody is to be asked in between, as many as fit into the time slice.
      const together = (epoch: number): number => {
        if (!hooks.quiet || check || pass.count % batchSize !== 0) return 1;
        const steps = Math.min(
          pacer.steps(stepName('train', batchSize)),
          watching?.free ?? Number.POSITIVE_INFINITY,
        );
        return Math.min(epochs - epoch, pass.mostEpochs, Math.floor((steps * batchSize) / pass.count));
      };
      await hooks.call('onTrainBegin', {});
      for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
        const several = together(epoch);
        if (several > 1) {
          if (shuffle)
            for (let lap = 0; lap < several; lap++) pass.shuffle(seed, model.epochsTrained + lap, lap);
          pacer.timed(stepName('train', batchSize), (several * pass.count) / batchSize, () => {
            for (const [i, each] of (watching ?? pass).runEpochs(batchSize, several).entries()) {
              remember(history, epoch + i, each);
              watching?.epochEnd(each);
              logs = each;
            }
          });
          model.epochsTrained += several;
          epoch += several - 1;
          if (watching?.doctor.hasNews) await tell();
          await pacer.breathe();
          continue;
        }
        await hooks.call('onEpochBegin', epoch, {});
        if (shuffle) pass.shuffle(seed, model.epochsTrained);
        pass.rewind();
        watching?.epochBegin(epoch);
        const start = performance.now();
        await hooks.batchBegin(0);
        const most = hooks.everyBatch ? 1 : undefined;
        const run = watching && ((size: number, steps: number) => watching.run(size, steps));
        for await (const { batch, batches } of slices(pass, 'train', batchSize, pacer, most, run)) {
          const seconds = (performance.now() - start) / 1000;
          const done = Math.min(batch * batchSize, pass.count);
          const rates = { examplesPerSecond: done / seconds, eta: ((pass.count - done) * seconds) / done };
          logs = pass.results();
          await hooks.batchEnd(batch - 1, logs);
          await hooks.call('onProgress', { epoch, epochs, batch, batches, logs, ...rates });
          if (watching?.doctor.hasNews) await tell();
          if (model.stopTraining) break;
          if (batch < batches) await hooks.batchBegin(batch);
        }
        model.epochsTrained++;
        if (check) {
          await hooks.call('onTestBegin', {});
          check.rewind();
          const one = hooks.everyTestBatch ? 1 : undefined;
          if (one) await hooks.call('onTestBatchBegin', 0, {});
          for await (const { batch, batches } of slices(check, 'evaluate', batchSize, pacer, one)) {
            if (!one) continue;
            await hooks.call('onTestBatchEnd', batch - 1, check.results());
            if (batch < batches) await hooks.call('onTestBatchBegin', batch, {});
          }
          const results = check.results();
          await hooks.call('onTestEnd', results);
          logs = {
            ...logs,
            ...Object.fromEntries(Object.entries(results).map(([name, value]) => [`val_${name}`, value])),
          };
        }
        remember(history, epoch, logs);
        watching?.epochEnd(logs);
        await hooks.call('onEpochEnd', epoch, logs);
        if (watching?.doctor.hasNews) await tell();
        signal?.throwIfAborted();
      }
      await hooks.call('onTrainEnd', logs);
    } finally {
      for (const pass of passes) pass.close();
      hooks.close();
    }
  });
  return history;
}
