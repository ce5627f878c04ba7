import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { type InitializerLike, resolveInitializer } from '../initializers/index.js';
import type { Initializer } from '../initializers/initializer.js';
import { moments, normalize } from '../ops/normalize.js';
import { row } from '../ops/row.js';
import { movingAverage } from '../ops/updates.js';
import { checkConfig, finite, flag, numberIn } from '../settings.js';
import { checkAxis, lastAxis } from './lastAxis.js';
import { type CallContext, Layer, type LayerConfig, layerSettings, type Weight } from './layer.js';

export interface BatchNormalizationConfig extends LayerConfig {
  axis?: number;
  momentum?: number;
  epsilon?: number;
  center?: boolean;
  scale?: boolean;
  betaInitializer?: InitializerLike;
  gammaInitializer?: InitializerLike;
  movingMeanInitializer?: InitializerLike;
  movingVarianceInitializer?: InitializerLike;
}

const settings = [
  'axis',
  'momentum',
  'epsilon',
  'center',
  'scale',
  'betaInitializer',
  'gammaInitializer',
  'movingMeanInitializer',
  'movingVarianceInitializer',
] as const;

type Initializers = Readonly<Record<'gamma' | 'beta' | 'moving_mean' | 'moving_variance', Initializer>>;

/**
 * y = gamma·(x − mean)/√(variance + epsilon) + beta, for each channel, that is, along the last axis.
 * x [batch, ..., channels], y of the same shape; gamma, beta, moving_mean, moving_variance [channels].
 *
 * In training mean and variance (the biased one) are the batch's own, over all axes but the last, and
 * moving = moving·momentum + batch's·(1 − momentum) for each; otherwise the moving ones serve. A layer
 * with trainable: false keeps its moving statistics and uses them in training too.
 *
 * Defaults: axis -1, momentum 0.99, epsilon 1e-3, center (beta) and scale (gamma) true; gamma and
 * moving_variance begin as ones, beta and moving_mean as zeros.
 */
export class BatchNormalization extends Layer {
  readonly kind = 'batchNormalization';
  declare readonly config: BatchNormalizationConfig;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #initializers: Initializers;
  #gamma?: Weight;
  #beta?: Weight;
  #movingMean?: Weight;
  #movingVariance?: Weight;

  constructor(config: BatchNormalizationConfig = {}) {
    const what = 'layers.batchNormalization';
    checkConfig(what, config, [...settings, ...layerSettings]);
    super(config);
    checkAxis(what, config.axis);
    this.momentum = numberIn(`${what}: momentum`, config.momentum ?? 0.99, 0, 1);
    this.epsilon = finite(`${what}: epsilon`, config.epsilon ?? 1e-3, 0);
    this.center = flag(`${what}: center`, config.center ?? true);
    this.scale = flag(`${what}: scale`, config.scale ?? true);
    this.#initializers = {
      gamma: resolveInitializer(what, config.gammaInitializer ?? 'ones'),
      beta: resolveInitializer(what, config.betaInitializer ?? 'zeros'),
      moving_mean: resolveInitializer(what, config.movingMeanInitializer ?? 'zeros'),
      moving_variance: resolveInitializer(what, config.movingVarianceInitializer ?? 'ones'),
    };
  }

  override build(inputShape: Shape): void {
    const shape = [lastAxis(this.name, inputShape)];
    const make = (name: keyof Initializers, trainable: boolean): Weight =>
      this.addWeight(name, shape, this.#initializers[name], trainable);
    if (this.scale) this.#gamma = make('gamma', true);
    if (this.center) this.#beta = make('beta', true);
    this.#movingMean = make('moving_mean', false);
    this.#movingVariance = make('moving_variance', false);
  }

  call(x: Node, { training, weight, update }: CallContext): Node {
    const { epsilon, momentum } = this;
    const learned = { gamma: this.#gamma && weight(this.#gamma), beta: this.#beta && weight(this.#beta) };
    const movingMean = weight(this.#movingMean as Weight);
    const movingVariance = weight(this.#movingVariance as Weight);
    if (!training || !this.trainable) {
      const moving = { mean: movingMean, variance: movingVariance };
      return normalize(x, { ...moving, ...learned }, { perRow: false, epsilon, ownMoments: false });
    }
    const both = moments(x, false);
    const own = { mean: row(both, 0), variance: row(both, 1) };
    update(movingAverage(movingMean, own.mean, momentum));
    update(movingAverage(movingVariance, own.variance, momentum));
    return normalize(x, { ...own, ...learned }, { perRow: false, epsilon, ownMoments: true });
  }
}
