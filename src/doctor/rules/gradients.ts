/** The gradient's way back through the layers: where it dies out, and where it grows beyond use. */
import type { Chart } from '../chart.js';
import type { Finding } from '../checks/check.js';
import { digits, percent } from '../measure.js';
import { limit } from '../thresholds.js';
import { activation, clip, lowerRate, normalize, reinitialize } from './remedies.js';
import type { Rule } from './rule.js';

/** The gradient before each trained layer's activation, over that of the last one: how much of it gets through. */
export function gradientReach(
  chart: Chart,
  samples = chart.recent(),
): { layers: number[]; signals: number[]; reach: number[] } {
  const layers = chart.trained;
  const signals = layers.map((layer) => chart.median(layer, ({ signal }) => signal, samples));
  const last = signals[signals.length - 1];
  return { layers, signals, reach: signals.map((signal) => signal / last) };
}

const squashing = new Set(['sigmoid', 'tanh', 'softsign', 'hardSigmoid']);

export const vanishingGradient: Rule = {
  problem: 'vanishing-gradient',
  after: [
    'non-finite',
    'exploding-gradient',
    'dead-relu',
    'saturated-activation',
    'too-much-dropout',
    'learning-rate-too-high',
  ],
  when: 'sample',
  look(chart): Finding | undefined {
    // Plateaus that a model leaves by itself may last: a sixth of the training is waited for.
    if (!chart.patient || chart.step < chart.circumstances.plannedSteps / 6) return undefined;
    const { learned, falling, recent, base } = chart.progress();
    if (!(learned < limit('nothingLearned') && falling < limit('standstill'))) return undefined;
    const { layers, signals, reach } = gradientReach(chart);
    if (layers.length < 3 || !(signals[signals.length - 1] > 0)) return undefined;
    const least = reach.indexOf(Math.min(...reach.filter((share) => !Number.isNaN(share))));
    if (!(reach[least] < limit('vanishedSignal'))) return undefined;
    const at = layers[least];
    const squashed = layers.some(
      (layer) => squashing.has(chart.facts(layer).activation) && !chart.facts(layer).isOutput,
    );
    const hidden = layers.length - 1 - least;
    const perLayer = reach[least] ** (1 / hidden);
    return {
      problem: 'vanishing-gradient',
      layer: chart.facts(at).name,
      severity: 'error',
      evidence: {
        gradientAtThisLayer: signals[least],
        gradientAtLastLayer: signals[signals.length - 1],
        shareThatArrives: reach[least],
        gradientByLayer: signals,
        loss: recent,
        lossOfAConstantGuess: base,
        fallOfTheLoss: falling,
      },
      explanation:
        `Of the gradient at the last layer only ${percent(reach[least])} arrives at ${chart.facts(at).name}, ` +
        `${hidden} layers further back, and the loss has stayed at ${digits(recent)}. By the chain rule each layer multiplies the ` +
        `gradient by its weights and by the slope of its activation` +
        (squashed ? ', which for a sigmoid is never above 0.25 and for tanh below 1' : '') +
        `; here one layer leaves about ${percent(perLayer)} of it, and ${hidden} such factors multiply to almost nothing. ` +
        'The first layers therefore hardly learn, and the last ones get inputs that carry no information.',
      remedies: [
        ...(squashed
          ? [
              activation(
                chart,
                at,
                'relu',
                'A ReLU has slope 1 wherever it is active, so products of slopes do not shrink; change all hidden layers.',
              ),
            ]
          : [
              reinitialize(
                chart,
                at,
                'heUniform',
                'He initialization keeps the size of signal and gradient from layer to layer.',
              ),
            ]),
        normalize(
          chart,
          at,
          'Batch normalization before each activation keeps its input where the slope is large.',
        ),
        ...(squashed
          ? [
              reinitialize(
                chart,
                at,
                'glorotUniform',
                'Larger first weights let more of the gradient through each layer.',
              ),
            ]
          : []),
      ],
    };
  },
};

export const explodingGradient: Rule = {
  problem: 'exploding-gradient',
  after: ['learning-rate-too-high'],
  when: 'sample',
  look(chart): Finding | undefined {
    const last = chart.samples.slice(-limit('explosionSamples'));
    if (last.length < limit('explosionSamples')) return undefined;
    const loss = chart.meanLoss(last[0].step, last[last.length - 1].step);
    const { base } = chart.progress();
    if (Math.abs(loss) <= limit('farFromBaseline') * Math.abs(base)) return undefined;
    const { layers, signals, reach } = gradientReach(chart, last);
    const most = reach.indexOf(Math.max(...reach.filter((share) => !Number.isNaN(share))));
    if (layers.length < 3 || !(reach[most] > limit('explodedSignal'))) return undefined;
    return exploding(chart, layers[most], { signals, reach: reach[most], loss, base });
  },
};

/** The finding, also for a training that has ended in NaN. */
export function exploding(
  chart: Chart,
  at: number,
  { signals, reach, loss, base }: { signals: readonly number[]; reach: number; loss: number; base: number },
): Finding {
  const { name } = chart.facts(at);
  return {
    problem: 'exploding-gradient',
    layer: name,
    severity: 'error',
    evidence: {
      gradientAtThisLayer: signals[chart.trained.indexOf(at)],
      timesTheLastLayers: reach,
      gradientByLayer: signals,
      largestWeight: Math.max(
        ...chart.samples[chart.samples.length - 1].layers.map(({ weightMost }) => weightMost || 0),
      ),
      loss,
      lossOfAConstantGuess: base,
    },
    explanation:
      `The gradient grows on its way back: at ${name} it is ${digits(reach)} times that of the last layer. By the chain rule each layer ` +
      'multiplies the gradient by its weights and by the slope of its activation; where these factors are above 1, their product over ' +
      `many layers explodes, every update overshoots, and the loss (${digits(loss)}) stays far above what a constant guess would give (${digits(base)}).`,
    remedies: [
      normalize(
        chart,
        at,
        'Batch normalization brings every layer’s values, and with them the factors of the chain rule, back to the size of 1.',
      ),
      reinitialize(
        chart,
        at,
        'heUniform',
        'Weights drawn in proportion to 1/√inputs make the factors start near 1.',
      ),
      lowerRate(chart, 10, 'Smaller steps do not throw the weights to where gradients are larger still.'),
      clip(chart, 'A step is then never longer than with a gradient of norm 1 for each weight.'),
    ],
  };
}
