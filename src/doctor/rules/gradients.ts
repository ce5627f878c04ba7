/** The gradient's way back through the layers: where it dies out, and where it grows beyond use. */
import type { Chart } from '../chart.js';
import type { Finding } from '../checks/check.js';
import { digits, percent } from '../measure.js';
import { limit } from '../thresholds/index.js';
import { activation, clip, lowerRate, normalize, reinitialize } from './remedies.js';
import { faults, type Rule } from './rule.js';

/** How the gradient fares on its way back. */
interface Reach {
  /** The trained layers. */
  readonly layers: readonly number[];
  /** For each of them, the typical gradient before its activation. */
  readonly signals: readonly number[];
  /** The same over the largest one behind it, towards the output: how much of it gets through. */
  readonly reach: readonly number[];
  /** The same over the smallest one behind it: how much it has grown. */
  readonly growth: readonly number[];
}

export function gradientReach(chart: Chart, samples = chart.recent()): Reach {
  const layers = chart.trained;
  const signals = layers.map((layer) => chart.median(layer, ({ signal }) => signal, samples));
  const behind = signals.map((_, i) => signals.slice(i + 1).filter((signal) => !Number.isNaN(signal)));
  const reach = signals.map((signal, i) => (behind[i].length > 0 ? signal / Math.max(...behind[i]) : 1));
  const growth = signals.map((signal, i) => (behind[i].length > 0 ? signal / Math.min(...behind[i]) : 1));
  return { layers, signals, reach, growth };
}

/** The largest share of its weights by which a layer moves in a typical step. */
function fastestMove(chart: Chart): number {
  const moves = chart.trained.map((layer) => chart.median(layer, ({ updateRatio }) => updateRatio));
  return Math.max(0, ...moves.filter((ratio) => !Number.isNaN(ratio)));
}

export const least = (values: readonly number[]): number =>
  values.indexOf(Math.min(...values.filter((value) => !Number.isNaN(value))));
export const most = (values: readonly number[]): number =>
  values.indexOf(Math.max(...values.filter((value) => !Number.isNaN(value))));

export const squashing = new Set(['sigmoid', 'tanh', 'softsign', 'hardSigmoid']);

export const vanishingGradient: Rule = {
  problem: 'vanishing-gradient',
  after: [
    'non-finite',
    'exploding-gradient',
    'dead-relu',
    'saturated-activation',
    'too-much-dropout',
    'learning-rate-too-high',
    'learning-rate-too-low',
    'class-imbalance',
    ...faults,
  ],
  when: 'sample',
  look(chart): Finding | undefined {
    const { layers: facts, plannedSteps } = chart.circumstances;
    const squashed = facts.some(({ activation: kind, isOutput }) => squashing.has(kind) && !isOutput);
    // Plateaus that a model leaves by itself may last, those of narrow ReLU layers longest.
    const wait = limit(squashed ? 'vanishingWait' : 'vanishingReluWait') * plannedSteps;
    if (!chart.patient || chart.step < wait) return undefined;
    const { learned, falling, recent, base } = chart.progress();
    if (!(learned < limit('nothingLearned') && falling < limit('standstill'))) return undefined;
    // Where the steps are too short to get anywhere, standing still says nothing of the gradient.
    if (fastestMove(chart) * chart.step < limit('movedSoFar')) return undefined;
    const { layers, signals, reach } = gradientReach(chart);
    if (layers.length < 3 || !(signals[signals.length - 1] > 0)) return undefined;
    const lost = least(reach);
    if (!(reach[lost] < limit(squashed ? 'vanishedSignal' : 'vanishedReluSignal'))) return undefined;
    const at = layers[lost];
    const hidden = layers.length - 1 - lost;
    const perLayer = reach[lost] ** (1 / hidden);
    return {
      problem: 'vanishing-gradient',
      layer: chart.facts(at).name,
      severity: 'error',
      evidence: {
        gradientAtThisLayer: signals[lost],
        gradientAtLastLayer: signals[signals.length - 1],
        shareThatArrives: reach[lost],
        gradientByLayer: signals,
        loss: recent,
        lossOfAConstantGuess: base,
        fallOfTheLoss: falling,
      },
      explanation:
        `Of the gradient at the last layer only ${percent(reach[lost])} arrives at ${chart.facts(at).name}, ` +
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
  after: ['learning-rate-too-high', ...faults],
  when: 'sample',
  look(chart): Finding | undefined {
    const last = chart.samples.slice(-limit('explosionSamples'));
    if (last.length < limit('explosionSamples')) return undefined;
    const loss = chart.meanLoss(last[0].step, last[last.length - 1].step);
    const { base } = chart.progress();
    if (Math.abs(loss) <= limit('farFromBaseline') * Math.abs(base)) return undefined;
    const { layers, signals, growth } = gradientReach(chart, last);
    const grown = most(growth);
    if (layers.length < 3 || !(growth[grown] > limit('explodedSignal'))) return undefined;
    return exploding(chart, layers[grown], { signals, growth: growth[grown], loss, base });
  },
};

/** The finding, also for a training that has ended in NaN. */
export function exploding(
  chart: Chart,
  at: number,
  { signals, growth, loss, base }: { signals: readonly number[]; growth: number; loss: number; base: number },
): Finding {
  const { name } = chart.facts(at);
  return {
    problem: 'exploding-gradient',
    layer: name,
    severity: 'error',
    evidence: {
      gradientAtThisLayer: signals[chart.trained.indexOf(at)],
      timesThatOfALaterLayer: growth,
      gradientByLayer: signals,
      largestWeight: Math.max(
        ...chart.samples[chart.samples.length - 1].layers.map(({ weightMost }) => weightMost || 0),
      ),
      loss,
      lossOfAConstantGuess: base,
    },
    explanation:
      `The gradient grows on its way back: at ${name} it is ${digits(growth)} times what it was nearer to the output. By the chain rule each layer ` +
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
      ...clip(chart, 'A step is then never longer than with a gradient of norm 1 for each weight.'),
    ],
  };
}
