import type { TensorLike } from '../data/tensor.js';
import type { Diagnosis } from '../doctor/diagnosis.js';
import type { Reports } from '../doctor/report/index.js';
import { ConfigError, DataError } from '../errors.js';
import { checksumOf, type FitIdentity, type Resumable, writeBackup } from './backup.js';
import { type Data, slice } from './data.js';
import { type FitOptions, type FitSettings, fitSettings } from './fitOptions.js';
import { type History, historyOf, type Logs } from './history.js';
import { hooksOf } from './hooks.js';
import type { Sequential } from './model.js';
import type { Pass } from './pass.js';
import type { Repairing, Resumed } from './repairing.js';
import { Pacer, stepName } from './slices.js';
import { Held, type Supply } from './supply.js';
import type { Watching } from './watching.js';

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

/** Trains a model; see Sequential.fit. */
export async function fit(
  model: Sequential,
  xs: TensorLike,
  ys: TensorLike,
  options: FitOptions,
): Promise<History> {
  const settings = fitSettings(options);
  const pacer = new Pacer(settings.timeSlice, settings.signal);
  // Making the model may have been a long task already: checks and copies begin in another.
  const all = await model.prepareInPieces('fit', xs, ys, pacer);
  const [training, splitOff] = options.validationData
    ? [all, undefined]
    : split(all, settings.validationSplit);
  const validation = options.validationData
    ? await model.prepareInPieces('fit', ...options.validationData, pacer, [
        'the validation x',
        'the validation y',
      ])
    : splitOff;
  const seed = seedOf(model, options);
  const { batchSize, shuffle } = settings;
  const supplies = {
    training: new Held(model, training, batchSize, seed, shuffle, true),
    validation: validation && new Held(model, validation, batchSize, seed, false),
  };
  return new Fitting(model, 'fit', supplies, seed, settings, pacer).run();
}

export const seedOf = (model: Sequential, { seed = model.seed }: { readonly seed?: number }): number =>
  seed >>> 0;

/** The data of a fit. */
interface Supplies {
  readonly training: Supply;
  readonly validation: Supply | undefined;
}

/** One call of fit: the epochs, and who is told of them. */
export class Fitting implements Resumable {
  history: History = historyOf({ epoch: [], history: {}, diagnoses: [], repairs: [] });
  readonly #model: Sequential;
  readonly #what: string;
  readonly #data: Supplies;
  readonly #seed: number;
  readonly #settings: FitSettings;
  readonly #pacer: Pacer;
  /** The data in the arena, while `run` runs, and who is told. */
  #pass!: Pass;
  #hooks!: ReturnType<typeof hooksOf>;
  #check: Pass | undefined;
  #watching: Watching | undefined;
  #reports: Reports | undefined;
  #repairing: Repairing | undefined;
  /** Where a repair has set training back to. */
  #resumed: Resumed | undefined;
  /** The epoch and the batch in it that come next. */
  epoch: number;
  batch = 0;
  #logs: Logs = {};
  readonly #trainedBefore: number;
  #sum: number | undefined;

  constructor(
    model: Sequential,
    what: string,
    data: Supplies,
    seed: number,
    settings: FitSettings,
    pacer: Pacer,
  ) {
    const { callbacks, doctor } = settings;
    if (doctor === 'repair' && callbacks.some((callback) => callback?.onSafePoint)) {
      throw new ConfigError(
        "fit: doctor 'repair' makes another model while it trains, which no backup of this one fits; use doctor 'watch' with " +
          'backupAndRestore, or modelCheckpoint with repairs.',
      );
    }
    if (data.training.endless && callbacks.some((callback) => callback?.onSafePoint)) {
      throw new ConfigError(
        `${what}: with batchesPerEpoch epochs begin anywhere in the data, and no backup can say where; leave it out, or use ` +
          'modelCheckpoint.',
      );
    }
    this.#model = model;
    this.#what = what;
    this.#data = data;
    this.#seed = seed;
    this.#settings = settings;
    this.epoch = settings.initialEpoch;
    this.#trainedBefore = model.epochsTrained;
    this.#pacer = pacer;
  }

  async run(): Promise<History> {
    const { training, validation } = this.#data;
    this.#settings.signal?.throwIfAborted();
    try {
      this.#pass = await training.open(this.#pacer);
      this.#check = await validation?.open(this.#pacer);
      await this.#pacer.breathe();
      this.#hooks = this.#listeners();
      this.#model.stopTraining = false;
      this.#model.fitSeed = this.#seed;
      await this.#hooks.call('onTrainBegin', {});
      await this.#hooks.call('onResume', this);
      this.#repairing = await this.#repairer();
      await this.#watch(this.epoch, this.history.diagnoses);
      await this.#pacer.breathe();
      await this.#epochs();
      this.#repairing?.trainingEnds();
      await this.#hooks.call('onTrainEnd', this.#logs);
      return this.history;
    } finally {
      this.#hooks?.close();
      await training.close();
      await validation?.close();
    }
  }

  #listeners(): ReturnType<typeof hooksOf> {
    const { training, validation } = this.#data;
    const { epochs, callbacks, verbose } = this.#settings;
    const names = ['loss', ...this.#model.compiled(this.#what).metrics.map(({ name }) => name)];
    const monitors = [...names, ...(validation ? names.map((name) => `val_${name}`) : [])];
    return hooksOf(this.#model, callbacks, { epochs, steps: training.batches, monitors }, verbose);
  }

  /** Updates an epoch, as far as is known. */
  get #stepsPerEpoch(): number {
    return this.#data.training.batches ?? Math.ceil(this.#pass.count / this.#settings.batchSize);
  }

  /** Repairing is a part of its own, which those who want it load. */
  async #repairer(): Promise<Repairing | undefined> {
    if (this.#settings.doctor !== 'repair') return undefined;
    const { Repairing } = await import('./repairing.js');
    const { training, validation } = this.#data;
    const plan = {
      ...this.#settings,
      training: training.data,
      validation: validation?.data,
      stepsPerEpoch: this.#stepsPerEpoch,
    };
    return new Repairing(this.#model, this.#pass, plan, this.#pacer);
  }

  /** `known`: what has been told, and is not told again. */
  async #watch(epoch: number, known: readonly Diagnosis[]): Promise<void> {
    const { doctor, batchSize, epochs, initialEpoch, shuffle } = this.#settings;
    if (doctor === 'off') return;
    // Loaded here, so that a page can train before it has the doctor, and never has it with 'off'.
    const { Watching, reports } = await import('./watching.js');
    this.#reports = reports;
    const { training, validation } = this.#data;
    this.#watching = new Watching(this.#model, this.#pass, {
      batchSize,
      stepsPerEpoch: this.#stepsPerEpoch,
      epochs: epochs - epoch,
      firstEpoch: epoch,
      firstStep: (epoch - initialEpoch) * this.#stepsPerEpoch,
      shuffle: training.whole && shuffle,
      seed: this.#seed,
      data: training.data,
      validation,
      known,
      pacer: this.#pacer,
    });
    await this.#watching.begin();
    training.onRefill = () => this.#watching?.refilled();
    this.history = historyOf({ ...this.history, vitals: this.#watching.doctor.vitals }, reports);
  }

  async #epochs(): Promise<void> {
    const { epochs, signal } = this.#settings;
    while (this.epoch < epochs && !this.#model.stopTraining) {
      const { epoch } = this;
      this.#repairing?.epochBegins(epoch);
      // What the check-up has found, also of a model that was repaired just now.
      await this.#listen(epoch);
      if (this.#resumed) {
        await this.#goOn(epoch);
        continue;
      }
      const several = this.#together(epoch);
      if (several > 1) {
        this.#logs = await this.#severalEpochs(epoch, several);
        await this.#listen(epoch + several - 1);
        await this.#pacer.breathe();
        await this.#goOn(epoch + several);
        continue;
      }
      if (this.batch === 0) await this.#hooks.call('onEpochBegin', epoch, {});
      this.#logs = await this.#epoch(epoch);
      if (this.#resumed) {
        await this.#goOn(epoch);
        continue;
      }
      const { validation } = this.#data;
      if (validation) {
        const results = await this.#validate(validation, this.#check as Pass);
        this.#logs = { ...this.#logs, ...results };
      }
      this.#remember(epoch, this.#logs);
      await this.#watching?.epochEnd(this.#logs);
      this.#repairing?.epochEnds(epoch, this.#logs.val_loss);
      await this.#hooks.call('onEpochEnd', epoch, this.#logs);
      await this.#listen(epoch);
      await this.#goOn(epoch + 1);
      await this.#hooks.call('onSafePoint', this);
      signal?.throwIfAborted();
    }
  }

  backup(): Uint8Array {
    const { epoch, batch } = this;
    const { epoch: numbers, history, diagnoses } = this.history;
    const { totals, seen } = batch > 0 ? this.#pass.state : { totals: [], seen: 0 };
    return writeBackup(this.#model, {
      fit: this.#identity,
      epoch,
      batch,
      totals,
      seen,
      logs: this.#logs,
      stopTraining: this.#model.stopTraining,
      history: { epoch: numbers, history, diagnoses },
      callbacks: this.#callbackStates,
    });
  }

  get #callbackStates(): readonly unknown[] {
    return this.#settings.callbacks.map((callback) => callback.getState?.() ?? null);
  }

  async resume(file: Uint8Array): Promise<void> {
    const { readBackup } = await import('./resuming.js');
    const { state, apply } = readBackup(this.#what, this.#model, this.#identity, this.#callbackStates, file);
    apply();
    [this.epoch, this.batch, this.#logs] = [state.epoch, state.batch, state.logs];
    const { totals, seen } = state;
    this.#pass.state = { cursor: this.batch * this.#settings.batchSize, totals, seen };
    this.#data.training.reset();
    this.#model.stopTraining = state.stopTraining;
    this.history = historyOf({ ...this.history, ...state.history }, this.#reports);
    for (const [i, callback] of this.#settings.callbacks.entries()) {
      const own = state.callbacks[i];
      if (own !== null) callback.setState?.(own as never);
    }
  }

  /** Taken once: the data stay the same. */
  get #checksum(): number {
    const { training } = this.#data;
    this.#sum ??= training.whole ? checksumOf(training.data) : 0;
    return this.#sum;
  }

  get #identity(): FitIdentity {
    const { batchSize, shuffle, callbacks } = this.#settings;
    return {
      seed: this.#seed,
      batchSize,
      shuffle,
      examples: this.#data.training.examples,
      trainedBefore: this.#trainedBefore,
      callbacks: callbacks.length,
      data: this.#checksum,
    };
  }

  /** Epochs that run in one go from here: where nobody is to be asked in between, as many as fit into the time slice. */
  #together(epoch: number): number {
    const { batchSize, epochs } = this.#settings;
    const { count, mostEpochs } = this.#pass;
    const alone = this.#data.training.whole && this.#hooks.quiet && !this.#check;
    if (!alone || this.batch > 0 || count % batchSize !== 0) return 1;
    const steps = Math.min(
      this.#pacer.steps(stepName('train', batchSize)),
      this.#watching?.free ?? Number.POSITIVE_INFINITY,
    );
    const until = this.#repairing?.nextWaypoint ?? Number.POSITIVE_INFINITY;
    return Math.min(epochs - epoch, until - epoch, mostEpochs, Math.floor((steps * batchSize) / count));
  }

  async #severalEpochs(epoch: number, several: number): Promise<Logs> {
    const { batchSize, shuffle } = this.#settings;
    const model = this.#model;
    let logs: Logs = {};
    if (shuffle) {
      for (let lap = 0; lap < several; lap++) this.#pass.shuffle(this.#seed, model.epochsTrained + lap, lap);
    }
    const runner = this.#watching ?? this.#pass;
    await this.#pacer.timed(
      stepName('train', batchSize),
      (several * this.#pass.count) / batchSize,
      async () => {
        let at = epoch;
        for (logs of await runner.runEpochs(batchSize, several)) {
          this.#remember(at++, logs);
          // Nothing is waited for in vain: epochs of a tiny network take about a microsecond.
          if (this.#watching) await this.#watching.epochEnd(logs);
        }
      },
    );
    model.epochsTrained += several;
    return logs;
  }

  /** One epoch, or what is left of it, in time slices. */
  async #epoch(epoch: number): Promise<Logs> {
    const { epochs } = this.#settings;
    const { training } = this.#data;
    const [pass, pacer] = [this.#pass, this.#pacer];
    const [hooks, watching] = [this.#hooks, this.#watching];
    const from = this.batch;
    let logs: Logs = {};
    await training.begin(pacer, from);
    watching?.epochBegin(epoch);
    const [start, before] = [performance.now(), pass.total.seen];
    await hooks.batchBegin(from);
    const most = hooks.everyBatch ? 1 : undefined;
    const run = watching && ((size: number, steps: number) => watching.run(size, steps));
    for await (const { batch, batches, more } of training.go('train', { pacer, most, from, run })) {
      const seconds = (performance.now() - start) / 1000;
      const eta = batches === undefined ? undefined : ((batches - batch) * seconds) / (batch - from);
      const rates = { examplesPerSecond: (pass.total.seen - before) / seconds, eta };
      logs = pass.results();
      await hooks.batchEnd(batch - 1, logs);
      await hooks.call('onProgress', { epoch, epochs, batch, batches, logs, ...rates });
      await this.#listen(epoch);
      if (this.#resumed) return logs;
      if (this.#model.stopTraining) break;
      if (!more) continue;
      this.batch = batch;
      await hooks.call('onSafePoint', this);
      await hooks.batchBegin(batch);
    }
    this.#model.epochsTrained++;
    return logs;
  }

  /** Loss and metrics of the validation data, under the names they have in the logs. */
  async #validate(data: Supply, check: Pass): Promise<Logs> {
    const hooks = this.#hooks;
    await hooks.call('onTestBegin', {});
    await data.begin(this.#pacer);
    const most = hooks.everyTestBatch ? 1 : undefined;
    if (most) await hooks.call('onTestBatchBegin', 0, {});
    for await (const { batch, more } of data.go('evaluate', { pacer: this.#pacer, most })) {
      if (!most) continue;
      await hooks.call('onTestBatchEnd', batch - 1, check.results());
      if (more) await hooks.call('onTestBatchBegin', batch, {});
    }
    const results = check.results();
    await hooks.call('onTestEnd', results);
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [`val_${name}`, value]));
  }

  #remember(epoch: number, logs: Logs): void {
    const { history } = this.history;
    this.history.epoch.push(epoch);
    for (const name in logs) {
      history[name] ??= [];
      history[name].push(logs[name]);
    }
  }

  /** Passes on what the doctor has found since it was last asked, and lets it be repaired. */
  async #listen(epoch: number): Promise<void> {
    if (!this.#watching?.doctor.hasNews) return;
    const { diagnoses, repairs } = this.history;
    const news = this.#watching.doctor.news();
    for (const diagnosis of news) {
      diagnoses.push(diagnosis);
      await this.#hooks.call('onDiagnosis', diagnosis);
    }
    if (!this.#repairing) return;
    this.#resumed = await this.#repairing.attend(news, this.#watching.doctor.chart, epoch);
    for (const repair of this.#repairing.repairs.slice(repairs.length)) {
      repairs.push(repair);
      await this.#hooks.call('onRepair', repair);
    }
  }

  /** The epoch to do next is `epoch`, or where a repair has set training back to. What came after is given up. */
  async #goOn(epoch: number): Promise<void> {
    [this.epoch, this.batch] = [epoch, 0];
    const resumed = this.#resumed;
    if (!resumed) return;
    this.#resumed = undefined;
    const kept = this.history.epoch.filter((done) => done < resumed.backTo).length;
    for (const course of [this.history.epoch, ...Object.values(this.history.history)]) course.length = kept;
    await this.#watch(resumed.epoch, this.#repairing?.incurable ?? []);
    this.epoch = resumed.epoch;
  }
}
