import { ConfigError, show, suggest } from '../errors.js';
import type { Callback, FitParams, Hook } from './callbacks.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';
import { progressLine, type Verbose } from './progress.js';

const hooks: Readonly<Record<Hook, true>> = {
  onTrainBegin: true,
  onTrainEnd: true,
  onEpochBegin: true,
  onEpochEnd: true,
  onTrainBatchBegin: true,
  onTrainBatchEnd: true,
  onBatchBegin: true,
  onBatchEnd: true,
  onTestBegin: true,
  onTestEnd: true,
  onTestBatchBegin: true,
  onTestBatchEnd: true,
  onProgress: true,
  onDiagnosis: true,
  onRepair: true,
  onResume: true,
  onSafePoint: true,
};

/** A misspelt hook would never be called, and nobody would hear of it. */
function checkCallback(callback: unknown): void {
  if (typeof callback !== 'object' || callback === null) {
    throw new ConfigError(
      `fit: a callback is ${show(callback)}; expected an object with hooks such as onEpochEnd.${typeof callback === 'function' ? ' Call it, if it makes one.' : ''}`,
    );
  }
  for (const [name, hook] of Object.entries(callback)) {
    if (Object.hasOwn(hooks, name) && hook !== undefined && typeof hook !== 'function') {
      throw new ConfigError(`fit: the hook ${name} is ${show(hook)}; expected a function.`);
    }
    if (typeof hook === 'function' && /^on[A-Z_]/.test(name) && !Object.hasOwn(hooks, name)) {
      throw new ConfigError(
        `fit: a callback has a hook '${name}', which fit does not call. ${suggest(name, Object.keys(hooks))}`,
      );
    }
  }
}

/** All callbacks of a fit as one: calls each hook of each of them in order. */
export function hooksOf(
  model: Sequential,
  callbacks: readonly Callback[],
  params: FitParams,
  verbose: Verbose,
) {
  for (const callback of callbacks) checkCallback(callback);
  const progress = progressLine(verbose);
  // The progress line first: what others print at an epoch's end then stands below it.
  const all: readonly Callback[] = progress ? [progress, ...callbacks] : callbacks;
  const batchHooks = ['onTrainBatchBegin', 'onTrainBatchEnd', 'onBatchBegin', 'onBatchEnd'] as const;
  const everyBatch = all.some((callback) => batchHooks.some((hook) => callback[hook] !== undefined));
  for (const callback of all) callback.setModel?.(model);
  for (const callback of all) callback.setParams?.(params);

  async function call<K extends Hook>(
    hook: K,
    ...given: Parameters<NonNullable<Callback[K]>>
  ): Promise<void> {
    for (const callback of all) {
      const method = callback[hook] as ((...given: unknown[]) => unknown) | undefined;
      if (method) await method.apply(callback, given);
    }
  }
  return {
    call,
    /** Nobody wants to hear of anything before the end. */
    quiet: all.every((callback) =>
      Object.keys(hooks).every(
        (hook) => !(hook in callback) || ['onTrainBegin', 'onTrainEnd', 'onResume'].includes(hook),
      ),
    ),
    /** Somebody wants to hear of every batch of the validation. */
    everyTestBatch: all.some((callback) => callback.onTestBatchBegin ?? callback.onTestBatchEnd),
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
