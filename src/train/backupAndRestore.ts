import type { Place } from '../data/places.js';
import { Slot } from '../data/slot.js';
import { ConfigError, DataError } from '../errors.js';
import { checkConfig, flag, positive, wholeNumber } from '../settings.js';
import type { Resumable } from './backup.js';
import type { Callback } from './callbacks.js';

export interface BackupAndRestoreConfig {
  /** Where the backup is kept: a path or 'indexeddb://name'. One fit at a time may use it. */
  path: Place;
  /** 'epoch' (default) backs up after every epoch, a number after that many batches as well. */
  saveFreq?: 'epoch' | number;
  /** Backs up, in the middle of an epoch too, when so many minutes have passed since the last time, instead of after every epoch. */
  everyMinutes?: number;
  /** Removes the backup when fit has come to its end. Default true. */
  deleteCheckpoint?: boolean;
}

const WHAT = 'callbacks.backupAndRestore';

/**
 * Keeps a backup of the training under way, and goes on from it when the same script is started again after it
 * was killed: Keras' BackupAndRestore. Everything is in it: weights, the optimizer's state, the position in the
 * epoch and its order of examples, dropout's counters, the history, and what the other callbacks have learnt
 * (getState and setState), so the end is, to the bit, that of a training that was never interrupted.
 *
 * A backup is written under another name, synced and renamed; the one before stays beside it as
 * `<path>.previous`, and serves where the newest is damaged.
 */
export class BackupAndRestore implements Callback {
  readonly #slot: Slot;
  readonly #saveFreq: 'epoch' | number;
  readonly #everyMinutes: number | undefined;
  readonly #delete: boolean;
  #last = 0;
  #batches = 0;
  /** There only where batches are counted, since it makes fit stop after each. */
  readonly onTrainBatchEnd: Callback['onTrainBatchEnd'];

  constructor(config: Place | BackupAndRestoreConfig) {
    const settings = typeof config === 'string' || config instanceof URL ? { path: config } : config;
    checkConfig(WHAT, settings, ['path', 'saveFreq', 'everyMinutes', 'deleteCheckpoint']);
    const { path, saveFreq = 'epoch', everyMinutes, deleteCheckpoint = true } = settings;
    this.#slot = new Slot(WHAT, path);
    if (saveFreq !== 'epoch') wholeNumber(`${WHAT}: saveFreq, unless it is 'epoch',`, saveFreq);
    if (everyMinutes !== undefined) {
      positive(`${WHAT}: everyMinutes`, everyMinutes);
      if (settings.saveFreq !== undefined)
        throw new ConfigError(`${WHAT}: saveFreq and everyMinutes were given; only one can be used.`);
    }
    this.#saveFreq = saveFreq;
    this.#everyMinutes = everyMinutes;
    this.#delete = flag(`${WHAT}: deleteCheckpoint`, deleteCheckpoint);
    if (saveFreq !== 'epoch') this.onTrainBatchEnd = () => void this.#batches++;
  }

  async onResume(training: Resumable): Promise<void> {
    this.#last = performance.now();
    this.#batches = 0;
    const damaged: { readonly place: string; readonly error: Error; remove(): Promise<void> }[] = [];
    for (const { place, read, remove } of this.#slot.versions) {
      const file = await read();
      if (!file) continue;
      try {
        await training.resume(file);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        damaged.push({ place, error, remove });
        continue;
      }
      for (const version of damaged) {
        console.warn(
          `${WHAT}: ${version.place} is damaged (${version.error.message}); going on from ${place}.`,
        );
        // Or else it would take the place of the good one at the next backup.
        await version.remove();
      }
      return;
    }
    if (damaged.length > 0) {
      throw new DataError(
        `${WHAT}: no backup can be read: ${damaged.map(({ place, error }) => `${place}: ${error.message}`).join(' ')} ` +
          'Delete the files to begin anew.',
        { cause: damaged[0].error },
      );
    }
  }

  async onSafePoint(training: Resumable): Promise<void> {
    if (!this.#due(training)) return;
    await this.#slot.write(training.backup());
    this.#last = performance.now();
    this.#batches = 0;
  }

  #due({ batch }: Resumable): boolean {
    if (this.#everyMinutes !== undefined)
      return performance.now() - this.#last >= this.#everyMinutes * 60_000;
    return batch === 0 || (this.#saveFreq !== 'epoch' && this.#batches >= this.#saveFreq);
  }

  async onTrainEnd(): Promise<void> {
    if (this.#delete) await this.#slot.remove();
  }
}
