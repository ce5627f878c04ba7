/** First weights: whether units differ, and whether signals keep their size. */
import { firstNotFinite } from '../../data/finite.js';
import type { Stage } from '../anatomy.js';
import { layerCode } from '../code.js';
import { digits, median, moments, rms } from '../measure.js';
import { biasOf, kernelOf, untrained, valuesOf } from '../patient.js';
import { limit } from '../thresholds/index.js';
import { type Check, type Exam, type Finding, isRegression, remedy } from './check.js';

/** Weights of a kernel that tell its size well enough. */
const WEIGHTS = 8192;

/** A layer with a kernel, and what the kernel holds. */
interface Kernel {
  readonly stage: Stage;
  /** Its place in the model. */
  readonly at: number;
  /** The activation that follows, in this layer or as a layer of its own. */
  readonly activation: string;
  readonly values: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly inputs: number;
  readonly units: number;
  /** How much the kernel enlarges a signal: size times √inputs. */
  readonly gain: number;
}

export function kernelsOf({ patient, anatomy: { stages } }: Exam): Kernel[] {
  return stages.flatMap((stage, at) => {
    const kernel = kernelOf(stage.layer);
    if (!kernel || !patient.trainableWeights.includes(kernel)) return [];
    const bias = biasOf(stage.layer);
    const [inputs, units] = kernel.shape;
    const gain = rms(valuesOf(patient, kernel), WEIGHTS) * Math.sqrt(inputs);
    const follower = stages
      .slice(at)
      .find(
        ({ activation, layer }) =>
          (layer === stage.layer && !isSum(activation)) ||
          ['activation', 'reLU', 'leakyReLU', 'elu', 'softmax'].includes(layer.kind),
      );
    const next = stages.slice(at + 1).find(({ layer }) => kernelOf(layer));
    const own =
      follower && (!next || stages.indexOf(follower) < stages.indexOf(next)) ? follower.activation : 'linear';
    return [
      {
        stage,
        at,
        activation: own,
        // Windows on memory that may grow while a batch is looked at: taken anew each time.
        get values() {
          return valuesOf(patient, kernel);
        },
        get bias() {
          return bias && valuesOf(patient, bias);
        },
        inputs,
        units,
        gain,
      },
    ];
  });
}

const isSum = (activation: string): boolean => activation === 'add' || activation === 'matmul';

export const initialization: Check = (exam) => {
  const kernels = kernelsOf(exam);
  const lost = notNumbers(kernels);
  if (lost.length > 0) return lost;
  const same = symmetric(kernels);
  if (same.length > 0) return same;
  if (!untrained(exam.patient)) return [];
  const buried = buriedBiases(exam, kernels);
  return [...buried, ...scale(exam, kernels)];
};

const standardInitializer = (activation: string): string =>
  ['relu', 'relu6', 'leakyRelu', 'elu', 'gelu', 'silu', 'mish'].includes(activation)
    ? 'heNormal'
    : activation === 'selu'
      ? 'lecunNormal'
      : 'glorotUniform';

function reinitialize({ stage, activation }: Kernel, why: string) {
  const kernelInitializer = standardInitializer(activation);
  return remedy(
    'reinitialize-weights',
    `${layerCode(stage.layer, { kernelInitializer, biasInitializer: undefined })},`,
    why,
  );
}

/** Weights that an earlier training, or whoever set them, left as NaN or infinity: nothing that follows can be a number. */
function notNumbers(kernels: readonly Kernel[]): Finding[] {
  const parts = ({ values, bias }: Kernel) => (bias ? [values, bias] : [values]);
  const lost = kernels.filter((kernel) => parts(kernel).some((values) => firstNotFinite(values) >= 0));
  if (lost.length === 0) return [];
  const [first] = lost;
  const count = parts(first)
    .map((values) => values.reduce((sum, value) => sum + Number(!Number.isFinite(value)), 0))
    .reduce((a, b) => a + b);
  const { name } = first.stage.layer;
  return [
    {
      problem: 'non-finite',
      layer: name,
      severity: 'error',
      evidence: { values: count, layers: lost.length },
      explanation:
        `${name} holds ${count} weights that are not finite numbers, before any update. All outputs that they touch are ` +
        'NaN, and so, by the chain rule, is every gradient: no training leads back from there. An earlier training may have ' +
        'left them so; what made it break should be mended as well.',
      remedies: [reinitialize(first, 'New weights are numbers again.')],
    },
  ];
}

/** Hidden layers whose units are all alike: they get the same gradient and stay alike for ever. */
function symmetric(kernels: readonly Kernel[]): Finding[] {
  const alike = kernels
    .slice(0, -1)
    .filter(
      ({ values, units, bias }) =>
        units > 1 &&
        values.every((value, i) => value === values[i - (i % units)]) &&
        (bias?.every((value) => value === bias[0]) ?? true),
    );
  if (alike.length === 0) return [];
  const [first] = alike;
  const { name } = first.stage.layer;
  const zero = first.values.every((value) => value === 0);
  return [
    {
      problem: 'poor-initialization',
      layer: name,
      severity: 'error',
      evidence: {
        units: first.units,
        differentUnits: 1,
        layersAlike: alike.length,
        firstWeight: first.values[0],
      },
      explanation:
        `All ${first.units} units of ${name} start with the same weights, so they compute the same thing. ` +
        (zero
          ? 'With kernels of zeros nothing of the input comes through, and the chain rule, which multiplies by the kernel on the way back, sends nothing to the layers before.'
          : 'By the chain rule units that compute the same and feed the next layer alike get the same gradient, so they stay copies of each other: the layer works as if it had a single unit.'),
      remedies: [reinitialize(first, 'Random kernels make the units differ from the start.')],
    },
  ];
}

/** ReLU layers whose biases keep nearly every sum below 0. */
function buriedBiases(exam: Exam, kernels: readonly Kernel[]): Finding[] {
  const deep = kernels.slice(0, -1).filter((kernel) => {
    const { activation, units, inputs, at } = kernel;
    if (!kernel.bias || (activation !== 'relu' && activation !== 'relu6')) return false;
    if (!(median(Array.from(kernel.bias)) < 0)) return false;
    const { input } = exam.probe.layers[at];
    const { values, bias } = kernel;
    const squares = Float64Array.from({ length: inputs }, (_, j) => {
      let sum = 0;
      for (let i = j; i < input.length; i += inputs) sum += input[i] ** 2;
      return (sum * inputs) / input.length;
    });
    const depths = Array.from({ length: units }, (_, u) => {
      let variance = 0;
      for (let j = 0; j < inputs; j++) variance += values[j * units + u] ** 2 * squares[j];
      return -(bias?.[u] ?? 0) / Math.max(Math.sqrt(variance), 1e-12);
    });
    return median(depths) >= limit('buriedBias');
  });
  if (deep.length === 0) return [];
  const [first] = deep;
  const { name } = first.stage.layer;
  const bias = median(Array.from(first.bias ?? []));
  return [
    {
      problem: 'poor-initialization',
      layer: name,
      severity: 'error',
      evidence: { bias, layers: deep.map(({ stage }) => stage.layer.name).join(', ') },
      explanation:
        `The biases of ${name} start around ${digits(bias)}, so deep below 0 that hardly any example lifts a unit's sum above it. ` +
        'A ReLU gives 0 there and its slope is 0 too, so by the chain rule nothing flows back: the units are dead before training begins, and no gradient can revive them.',
      remedies: [
        remedy(
          'reinitialize-weights',
          `${layerCode(first.stage.layer, { biasInitializer: 'zeros' })},`,
          'With biases of 0 about half of the examples pass each unit.',
        ),
        remedy(
          'use-leaky-relu',
          `${layerCode(first.stage.layer, { activation: 'leakyRelu' })},`,
          'A leaky ReLU keeps a small slope below 0, through which units can come back.',
        ),
      ],
    },
  ];
}

function scale(exam: Exam, kernels: readonly Kernel[]): Finding[] {
  if (kernels.length === 0 || exam.found.some(({ problem }) => problem === 'unscaled-inputs')) return [];
  const hidden = kernels.slice(0, -1);
  const gains = kernels.map(({ gain }) => gain);
  const evidence = {
    gains: gains.slice(0, 32),
    layers: kernels
      .slice(0, 32)
      .map(({ stage }) => stage.layer.name)
      .join(', '),
  };
  const large = kernels.find(({ gain }) => gain >= limit('largeGain'));
  // Only kernels larger than standard ones can make the output loud.
  const spread = kernels.some(({ gain }) => gain > limit('standardGain')) ? outputSpread(exam) : undefined;
  const loud = spread && spread.ratio >= spread.most;
  if (large || loud) {
    const worst = large ?? kernels.reduce((a, b) => (b.gain > a.gain ? b : a));
    return [
      {
        problem: 'poor-initialization',
        layer: worst.stage.layer.name,
        // Ten times beyond what is told at all, training starts from nonsense.
        severity: spread && spread.ratio >= limit('farOff') * spread.most ? 'error' : 'warning',
        evidence: { ...evidence, outputSpread: spread?.ratio ?? 0 },
        explanation:
          `The kernel of ${worst.stage.layer.name} starts so large that it makes a signal about ${digits(worst.gain)} times as large (its size times the root of its ${worst.inputs} inputs); 1 to 1.5 would keep it level. ` +
          'Forward, activations saturate or outputs start far off the mark; backward, the chain rule multiplies by the same kernels once more, so gradients explode with depth.',
        remedies: [
          reinitialize(
            worst,
            'Draws a kernel whose size follows from its shape, so that signals keep their size through the layers.',
          ),
        ],
      },
    ];
  }
  const product = hidden.reduce((all, { gain }) => all * Math.min(gain, 1), 1);
  const small = hidden.find(({ gain }) => gain <= limit('smallGain'));
  if (!small && product > limit('signalLoss')) return [];
  const worst = hidden.reduce((a, b) => (b.gain < a.gain ? b : a));
  // Kernels of deep, standard networks come out a little below 1; only small ones are to blame.
  if (worst.gain > limit('weakKernel') || hasNormalization(exam)) return [];
  return [
    {
      problem: 'poor-initialization',
      layer: worst.stage.layer.name,
      severity: 'warning',
      evidence: { ...evidence, product },
      explanation:
        `The kernel of ${worst.stage.layer.name} starts so small that it leaves about ${digits(worst.gain)} of a signal; all hidden layers together leave ${digits(product)}. ` +
        'The output hardly depends on the input, and on the way back the chain rule multiplies by the same small kernels, so the first layers get next to no gradient.',
      remedies: [
        reinitialize(
          worst,
          'Draws a kernel whose size follows from its shape, so that signals keep their size through the layers.',
        ),
      ],
    },
  ];
}

export const hasNormalization = ({ patient }: Exam): boolean =>
  patient.layers.some(({ kind }) => kind === 'batchNormalization' || kind === 'layerNormalization');

/** How far first predictions spread, against the targets or against what a softmax can use. */
function outputSpread(exam: Exam): { ratio: number; most: number } | undefined {
  const { layers } = exam.probe;
  const { std } = moments(layers[layers.length - 1].output);
  if (isRegression(exam.loss)) {
    const targets = moments(exam.data.y.data).std;
    return targets > 0 ? { ratio: std / targets, most: limit('largeOutput') } : undefined;
  }
  return exam.loss?.fromLogits ? { ratio: std, most: limit('largeLogits') } : undefined;
}
