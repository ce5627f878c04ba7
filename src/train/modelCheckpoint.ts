import { checkPlace, type Place, writePlace } from '../data/places.js';
import { ConfigError, show, suggest } from '../errors.js';
import { checkConfig, flag, numberIn, positive, wholeNumber } from '../settings.js';
import type { Callback, FitParams } from './callbacks.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';
import { type Mode, Monitor } from './monitor.js';

export interface ModelCheckpointConfig {
  /**
   * Where to save: a path or 'indexeddb://name'. {epoch}, counted from 1, {batch}, and every number of the logs are filled
   * in, formatted as Python does: 'net-{epoch:02d}-{val_loss:.3f}.safetensors'.
   */
  filepath: Place;
  /** The number that tells the best. Default 'val_loss'. */
  monitor?: string;
  /** Saves only what is better than everything before. Default false. */
  saveBestOnly?: boolean;
  /** Saves the weights without architecture and optimizer's state. Default false. */
  saveWeightsOnly?: boolean;
  /** Whether less is better ('min') or more ('max'). Default 'auto': by the name of the number. */
  mode?: Mode;
  /** 'epoch' (default) saves after every epoch, a number after that many batches. */
  saveFreq?: 'epoch' | number;
  /** Saves only after every so many epochs. Default 1. */
  everyEpochs?: number;
  /** Saves only when so many minutes have passed since the last time. Default 0. */
  everyMinutes?: number;
  /** The value that the first one saved must beat, with saveBestOnly. */
  initialValueThreshold?: number;
  /** 1 prints a line when it saves. Default 0. */
  verbose?: 0 | 1;
}

const known = [
  'filepath',
  'monitor',
  'saveBestOnly',
  'saveWeightsOnly',
  'mode',
  'saveFreq',
  'everyEpochs',
  'everyMinutes',
  'initialValueThreshold',
  'verbose',
] as const satisfies (keyof ModelCheckpointConfig)[];

const WHAT = 'callbacks.modelCheckpoint';

/** {epoch:02d}: a name, and a width, digits after the point and a kind, each of which may be absent. */
const FIELD = /\{(\w+)(?::(0?)(\d*)(?:\.(\d+))?([dfeg]?))?\}/g;

/** Saves the model while it trains: Keras' ModelCheckpoint. A file is replaced whole or not at all. */
export class ModelCheckpoint implements Callback {
  readonly filepath: Place;
  readonly #monitor: Monitor;
  readonly #settings: Required<
    Pick<
      ModelCheckpointConfig,
      'saveBestOnly' | 'saveWeightsOnly' | 'everyEpochs' | 'everyMinutes' | 'verbose'
    >
  >;
  readonly #saveFreq: 'epoch' | number;
  #model: Sequential | undefined;
  #batches = 0;
  #epoch = 0;
  #last = 0;
  /** The best number so far. */
  best: number | undefined;
  /** There only where batches are counted, since it makes fit stop after each. */
  readonly onTrainBatchEnd: Callback['onTrainBatchEnd'];

  constructor(config: ModelCheckpointConfig) {
    checkConfig(WHAT, config, known);
    const { filepath, saveFreq = 'epoch', initialValueThreshold } = config;
    checkPlace(WHAT, filepath);
    checkFields(filepath);
    this.filepath = filepath;
    this.#monitor = new Monitor(WHAT, config);
    if (saveFreq !== 'epoch') wholeNumber(`${WHAT}: saveFreq, unless it is 'epoch',`, saveFreq);
    this.#saveFreq = saveFreq;
    const everyMinutes = config.everyMinutes ?? 0;
    if (everyMinutes !== 0) positive(`${WHAT}: everyMinutes`, everyMinutes);
    this.#settings = {
      saveBestOnly: flag(`${WHAT}: saveBestOnly`, config.saveBestOnly ?? false),
      saveWeightsOnly: flag(`${WHAT}: saveWeightsOnly`, config.saveWeightsOnly ?? false),
      everyEpochs: wholeNumber(`${WHAT}: everyEpochs`, config.everyEpochs ?? 1),
      everyMinutes,
      verbose: config.verbose ?? 0,
    };
    if (initialValueThreshold !== undefined) {
      const [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      this.best = numberIn(`${WHAT}: initialValueThreshold`, initialValueThreshold, from, to);
    }
    if (saveFreq !== 'epoch') {
      if (config.everyEpochs !== undefined) {
        throw new ConfigError(
          `${WHAT}: saveFreq in batches and everyEpochs were given; only one can be used.`,
        );
      }
      this.onTrainBatchEnd = async (batch, logs) => {
        if (++this.#batches % saveFreq === 0) await this.#save(logs, batch + 1);
      };
    }
  }

  setModel(model: Sequential): void {
    this.#model = model;
  }

  setParams({ monitors }: FitParams): void {
    // Numbers of the validation are there at the end of an epoch only.
    const there = this.#saveFreq === 'epoch' ? monitors : monitors.filter((name) => !name.startsWith('val_'));
    if (this.#settings.saveBestOnly) this.#monitor.check(there);
    for (const [, name] of template(this.filepath).matchAll(FIELD)) {
      if (![...there, 'epoch', 'batch'].includes(name)) {
        throw new ConfigError(
          `${WHAT}: filepath has {${name}}, but this fit reports ${there.join(', ')}, epoch and batch. ${suggest(name, there)}`,
        );
      }
    }
  }

  onTrainBegin(): void {
    this.#batches = 0;
    this.#last = performance.now();
  }

  onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.#saveFreq === 'epoch' && (epoch + 1) % this.#settings.everyEpochs === 0)
      await this.#save(logs, 0);
  }

  async #save(logs: Logs, batch: number): Promise<void> {
    const { saveBestOnly, saveWeightsOnly, everyMinutes, verbose } = this.#settings;
    const model = this.#model as Sequential;
    if (performance.now() - this.#last < everyMinutes * 60_000) return;
    const value = logs[this.#monitor.name];
    if (saveBestOnly) {
      if (!this.#monitor.improves(value, this.best)) return;
    }
    const place = fill(this.filepath, { ...logs, epoch: this.#epoch + 1, batch });
    await writePlace(WHAT, place, model.toSafetensors({ weightsOnly: saveWeightsOnly }));
    if (saveBestOnly) this.best = value;
    this.#last = performance.now();
    if (verbose) console.log(`Epoch ${this.#epoch + 1}: saved the model to ${String(place)}`);
  }

  getState(): CheckpointState {
    return { callback: 'modelCheckpoint', best: this.best, batches: this.#batches, epoch: this.#epoch };
  }

  setState({ best, batches, epoch }: CheckpointState): void {
    this.best = best;
    this.#batches = batches;
    this.#epoch = epoch;
  }
}

interface CheckpointState {
  readonly callback: 'modelCheckpoint';
  readonly best: number | undefined;
  readonly batches: number;
  readonly epoch: number;
}

/** The name of a file, with its fields filled in. A URL escapes braces. */
export function fill(filepath: Place, values: Readonly<Record<string, number>>): Place {
  const put = (text: string) => text.replace(FIELD, (_, name, ...format) => printed(values[name], format));
  const name = put(template(filepath));
  return filepath instanceof URL ? new URL(name) : name;
}

const template = (filepath: Place): string =>
  filepath instanceof URL ? filepath.href.replaceAll('%7B', '{').replaceAll('%7D', '}') : filepath;

/** Refuses braces that nothing would be filled into. */
function checkFields(filepath: Place): void {
  const [wrong] = /\{[^{}]*\}?|\}/.exec(template(filepath).replace(FIELD, '')) ?? [];
  if (wrong === undefined) return;
  throw new ConfigError(
    `${WHAT}: filepath has ${show(wrong)}, which nothing can be filled into; expected such as {epoch}, {epoch:03d} or {val_loss:.3f}.`,
  );
}

/** A number as Python's format prints it. */
function printed(value: number, [zero, width, digits, kind]: (string | undefined)[]): string {
  const point = Number(digits ?? 6);
  let text = String(value);
  if (kind === 'd') text = String(Math.trunc(value));
  else if (kind === 'e') text = value.toExponential(point).replace(/([+-])(\d)$/, '$10$2');
  else if (kind === 'f' || digits !== undefined) text = value.toFixed(point);
  return text.padStart(Number(width ?? 0), zero ? '0' : ' ');
}
