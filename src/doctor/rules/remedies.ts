/** The cures that several rules name, with the code for the model at hand. */

import { codeOf } from '../../formats/code.js';
import type { Chart } from '../chart.js';
import { remedy } from '../checks/check.js';
import { layerCode, optimizerCode } from '../code.js';
import type { Remedy } from '../diagnosis.js';
import { digits } from '../measure.js';
import { limit } from '../thresholds/index.js';

/** A round number near the given one: 1, 2 or 5 times a power of ten. */
export function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  return Number(((lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power).toPrecision(1));
}

const compile = (code: string): string => `net.compile({ optimizer: ${code}, … })`;

export function lowerRate(chart: Chart, factor: number, why: string): Remedy {
  const rate = round(chart.learningRate / factor);
  return remedy(
    'lower-learning-rate',
    compile(optimizerCode(chart.circumstances.optimizer, { learningRate: rate })),
    why,
  );
}

export function raiseRate(chart: Chart, factor: number, why: string): Remedy {
  const rate = round(chart.learningRate * factor);
  return remedy(
    'raise-learning-rate',
    compile(optimizerCode(chart.circumstances.optimizer, { learningRate: rate })),
    why,
  );
}

/** Nothing where gradients are clipped as short already. */
export function clip(chart: Chart, why: string): Remedy[] {
  const { optimizer } = chart.circumstances;
  const { clipnorm } = optimizer.config as { clipnorm?: number };
  if (clipnorm !== undefined && clipnorm <= 1) return [];
  return [remedy('clip-gradients', compile(optimizerCode(optimizer, { clipnorm: 1 })), why)];
}

/** Another activation for a layer of its own or within a dense layer. */
export function activation(chart: Chart, layer: number, name: 'relu' | 'leakyRelu', why: string): Remedy {
  const own = chart.layer(layer);
  const changes =
    own.kind === 'dense' ? { activation: name, kernelInitializer: 'heUniform' } : { activation: name };
  const kind = name === 'relu' ? 'use-relu' : 'use-leaky-relu';
  if (own.kind === 'reLU' && name === 'leakyRelu')
    return remedy(kind, `layers.leakyReLU({ name: '${own.name}' })`, why);
  return remedy(kind, layerCode(own, changes), why);
}

export function normalize(chart: Chart, layer: number, why: string): Remedy {
  const own = chart.layer(layer);
  const {
    activation: name,
    inputShape,
    ...rest
  } = own.config as {
    activation?: unknown;
    inputShape?: readonly number[];
  };
  if (own.kind !== 'dense' || name === undefined) {
    const shape = inputShape ? `{ inputShape: [${inputShape.join(', ')}] }` : '';
    const code = `layers.batchNormalization(${shape})  // before ${own.name}`;
    return remedy('add-batch-normalization', code, why);
  }
  const dense = layerCode({
    ...own,
    kind: own.kind,
    name: own.name,
    config: { ...rest, inputShape },
  } as typeof own);
  return remedy(
    'add-batch-normalization',
    `${dense}, layers.batchNormalization(), layers.activation(${codeOf({ activation: name })})`,
    why,
  );
}

export function reinitialize(chart: Chart, layer: number, initializer: string, why: string): Remedy {
  const own = chart.layer(layer);
  const code =
    own.kind === 'dense'
      ? layerCode(own, { kernelInitializer: initializer, biasInitializer: 'zeros' })
      : `kernelInitializer: '${initializer}'`;
  return remedy('reinitialize-weights', code, why);
}

/** '0.1, 0.01, 0.001' */
export const list = (values: readonly number[]): string => values.map(digits).join(', ');

/** Whether the loss has risen for good: early on only where no noise could be the reason. */
export function rises(chart: Chart): boolean {
  const { recent, best, base } = chart.progress();
  if (chart.samples.length < limit('divergenceSamples') || !(best > 0)) return false;
  if (chart.patient) return recent > limit('divergence') * best && recent > limit('aboveBaseline') * base;
  return recent > limit('farFromBaseline') * Math.max(best, base);
}
