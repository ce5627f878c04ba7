import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { type InitializerLike, resolveInitializer } from '../initializers/index.js';
import type { Initializer } from '../initializers/initializer.js';
import { moments, normalize } from '../ops/normalize.js';
import { row } from '../ops/row.js';
import { checkConfig, finite, flag } from '../settings.js';
import { checkAxis, lastAxis } from './lastAxis.js';
import { type CallContext, Layer, type LayerConfig, layerSettings, type Weight } from './layer.js';

export interface LayerNormalizationConfig extends LayerConfig {
  axis?: number;
  epsilon?: number;
  center?: boolean;
  scale?: boolean;
  betaInitializer?: InitializerLike;
  gammaInitializer?: InitializerLike;
}

const settings = ['axis', 'epsilon', 'center', 'scale', 'betaInitializer', 'gammaInitializer'] as const;

/**
 * y = gamma·(x − mean)/√(variance + epsilon) + beta, with the mean and the biased variance of each row,
 * that is, over the last axis; the same in training and inference.
 * x [batch, ..., features], y of the same shape; gamma, beta [features].
 * Defaults: axis -1, epsilon 1e-3, center (beta, from zeros) and scale (gamma, from ones) true.
 */
export class LayerNormalization extends Layer {
  readonly kind = 'layerNormalization';
  declare readonly config: LayerNormalizationConfig;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly #initializers: Readonly<Record<'gamma' | 'beta', Initializer>>;
  #gamma?: Weight;
  #beta?: Weight;

  constructor(config: LayerNormalizationConfig = {}) {
    const what = 'layers.layerNormalization';
    checkConfig(what, config, [...settings, ...layerSettings]);
    super(config);
    checkAxis(what, config.axis);
    this.epsilon = finite(`${what}: epsilon`, config.epsilon ?? 1e-3, 0);
    this.center = flag(`${what}: center`, config.center ?? true);
    this.scale = flag(`${what}: scale`, config.scale ?? true);
    this.#initializers = {
      gamma: resolveInitializer(what, config.gammaInitializer ?? 'ones'),
      beta: resolveInitializer(what, config.betaInitializer ?? 'zeros'),
    };
  }

  override build(inputShape: Shape): void {
    const shape = [lastAxis(this.name, inputShape)];
    if (this.scale) this.#gamma = this.addWeight('gamma', shape, this.#initializers.gamma);
    if (this.center) this.#beta = this.addWeight('beta', shape, this.#initializers.beta);
  }

  call(x: Node, { weight }: CallContext): Node {
    const own = moments(x, true);
    const gamma = this.#gamma && weight(this.#gamma);
    const beta = this.#beta && weight(this.#beta);
    const statistics = { mean: row(own, 0), variance: row(own, 1) };
    return normalize(
      x,
      { ...statistics, gamma, beta },
      { perRow: true, epsilon: this.epsilon, ownMoments: true },
    );
  }
}
