import { ConfigError, show } from '../errors.js';
import type { Node } from '../graph/node.js';
import { ownCopy, type Recipe } from '../recipe.js';
import { checkConfig, finite, positive } from '../settings.js';

/** Settings that every optimizer has. At most one of the three clips may be given. */
export interface OptimizerConfig {
  learningRate?: number;
  /** Scales each weight's gradient down to at most this norm. */
  clipnorm?: number;
  /** Clips each element of the gradients to ±clipvalue. */
  clipvalue?: number;
  /** Scales all gradients down together to at most this norm. */
  globalClipnorm?: number;
  /** Each step also takes learningRate · weightDecay · weight away from each weight, after clipping and before the update. */
  weightDecay?: number;
}

/** What an update works on: a run of parameters that lie side by side, and everything of the same layout. */
export interface UpdateTarget {
  readonly parameters: Node;
  readonly gradients: Node;
  readonly learningRate: Node;
  /** Count of updates done before this one (u32). */
  readonly iterations: Node;
  /** The optimizer's state, by the names in `slots`; zeros at the start. */
  readonly slots: Readonly<Record<string, Node>>;
}

/** Updates weights from gradients. A subclass states its state and the update of one run of parameters. */
export abstract class Optimizer<Config extends OptimizerConfig = OptimizerConfig> {
  abstract readonly name: string;
  /** Names of the per-parameter state. */
  abstract readonly slots: readonly string[];
  /** The settings as they were handed in. */
  readonly config: Config;
  readonly learningRate: number;
  readonly weightDecay: number;

  constructor(
    what: string,
    config: Config,
    defaults: { learningRate: number; weightDecay?: number },
    known: readonly string[],
  ) {
    checkConfig(what, config, [
      'learningRate',
      'clipnorm',
      'clipvalue',
      'globalClipnorm',
      'weightDecay',
      ...known,
    ]);
    this.config = ownCopy(config);
    this.learningRate = finite(`${what}: learningRate`, config.learningRate ?? defaults.learningRate, 0);
    this.weightDecay = finite(`${what}: weightDecay`, config.weightDecay ?? defaults.weightDecay ?? 0, 0);
    const clips = (['clipnorm', 'clipvalue', 'globalClipnorm'] as const).filter(
      (key) => config[key] !== undefined,
    );
    for (const key of clips) positive(`${what}: ${key}`, config[key]);
    if (clips.length > 1)
      throw new ConfigError(`${what}: ${clips.join(' and ')} were given; only one of them can be used.`);
  }

  /** How to make it again. */
  get recipe(): Recipe {
    return { make: `optimizers.${this.name}`, config: this.config };
  }

  /** The node that updates the parameters (and slots) in place. */
  abstract update(target: UpdateTarget): Node;
}

/** A share of the past that an average keeps: from 0 to less than 1, where it would never learn of anything new. */
export function keptShare(what: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && Math.fround(value) < 1) return value;
  throw new ConfigError(`${what} is ${show(value)}; expected a number from 0 to less than 1.`);
}
