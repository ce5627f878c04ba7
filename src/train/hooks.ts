import { ConfigError, show } from '../errors.js';
import { progressLine, type Verbose } from '../cli/progress.js';
import type { Callback, FitParams, Hook } from './callbacks.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';

/** All callbacks of a fit as one: calls each hook of each of them in order. */
export function hooksOf(model: Sequential, callbacks: readonly Callback[], params: FitParams, verbose: Verbose) {
  for (const callback of callbacks) {
    if (typeof callback !== 'object' || callback === null) {
      throw new ConfigError(`fit: a callback is ${show(callback)}; expected an object with hooks such as onEpochEnd.`);
    }
  }
  const progress = progressLine(verbose);
  // The progress line first: what others print at an epoch's end then stands below it.
  const all: readonly Callback[] = progress ? [progress, ...callbacks] : callbacks;
  const batchHooks = ['onTrainBatchBegin', 'onTrainBatchEnd', 'onBatchBegin', 'onBatchEnd'] as const;
  const everyBatch = all.some((callback) => batchHooks.some((hook) => callback[hook] !== undefined));
  for (const callback of all) callback.setModel?.(model);
  for (const callback of all) callback.setParams?.(params);

  async function call<K extends Hook>(hook: K, ...given: Parameters<NonNullable<Callback[K]>>): Promise<void> {
    for (const callback of all) {
      const method = callback[hook] as ((...given: unknown[]) => unknown) | undefined;
      if (method) await method.apply(callback, given);
    }
  }
  return {
    call,
    /** Somebody wants to hear of every batch. */
    everyBatch,
    async batchBegin(batch: number): Promise<void> {
      if (!everyBatch) return;
      await call('onTrainBatchBegin', batch, {});
      await call('onBatchBegin', batch, {});
    },
    async batchEnd(batch: number, logs: Logs): Promise<void> {
      if (!everyBatch) return;
      await call('onTrainBatchEnd', batch, logs);
      await call('onBatchEnd', batch, logs);
    },
    /** Called when fit ends in whatever way. */
    close(): void {
      progress?.close();
    },
  };
}
