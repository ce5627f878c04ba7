/** Steps that are too long or too short for the weights they move. */
import type { Chart } from '../chart.js';
import type { Finding } from '../checks/check.js';
import { remedy } from '../checks/check.js';
import { digits, percent } from '../measure.js';
import { limit } from '../thresholds/index.js';
import type { Sample } from '../vitals.js';
import type { Work } from '../work.js';
import { gradientReach, squashing } from './gradients.js';
import { clip, lowerRate, raiseRate, rises, round } from './remedies.js';
import { faults, type Rule } from './rule.js';

/** The largest share of its weights by which a layer moves in a typical one of the steps. */
export function typicalMove(chart: Chart, samples: readonly Sample[]): { layer: number; ratio: number } {
  const moves = chart.trained.map((layer) => ({
    layer,
    ratio: chart.median(layer, ({ updateRatio }) => updateRatio, samples),
  }));
  const known = moves.filter(({ ratio }) => ratio > 0 && ratio < Number.POSITIVE_INFINITY);
  return known.reduce((a, b) => (b.ratio > a.ratio ? b : a), { layer: -1, ratio: 0 });
}

/** Whether, of the gradient, next to nothing got through squashing layers from the first steps on. */
function starvedFromStart(chart: Chart): boolean {
  const squashed = chart.circumstances.layers.some(
    ({ activation, isOutput }) => !isOutput && squashing.has(activation),
  );
  const { reach } = gradientReach(chart, chart.samples.slice(0, limit('divergenceSamples')));
  return squashed && Math.min(...reach) < limit('vanishedSignal');
}

export const learningRateTooHigh: Rule = {
  problem: 'learning-rate-too-high',
  after: ['exploding-gradient', 'too-much-dropout', ...faults],
  when: 'sample',
  look(chart): Finding | undefined {
    if (chart.samples.length < limit('divergenceSamples')) return undefined;
    const { learned, falling, recent, best, base } = chart.progress();
    const stuck = chart.patient && learned < limit('littleLearned') && falling < limit('standstill');
    const highest = Math.max(...chart.samples.slice(1, 12).map(({ loss }) => loss));
    const leapt = highest > limit('burst') * Math.max(base, chart.samples[0].batchLoss);
    // Many a training that goes well leaps once, at its first steps: what counts is whether it has got over that, or
    // whether it was seen that smaller steps do better.
    const noted = chart.found.find(({ problem }) => problem === 'learning-rate-too-high');
    if (noted && leapt) return { ...noted, severity: 'warning' };
    const burst = leapt && chart.patient && learned < limit('halfLearned');
    const spikes = () =>
      chart.samples.reduce((steps, { loss, step }, i) => {
        return i >= 3 && loss > base ? steps + step - chart.samples[i - 1].step : steps;
      }, 0) / chart.step;
    // A loss that has never come down that far is another matter.
    const unsteady =
      chart.patient && best < base && learned < limit('wellLearned') && spikes() > limit('spikeShare');
    if (!(rises(chart) || stuck || burst || unsteady)) return undefined;
    const late = typicalMove(chart, chart.recent());
    // Where nothing gets back beyond the last layers, that these moved far at first is not what holds training up.
    const starved = stuck && !burst && !unsteady && !rises(chart) && starvedFromStart(chart);
    const early = starved ? late : typicalMove(chart, chart.samples.slice(0, 12));
    if (Math.max(early.ratio, late.ratio) <= limit(unsteady ? 'restlessUpdate' : 'largeUpdate'))
      return undefined;
    const move = late.ratio > early.ratio ? late : early;
    return tooHigh(chart, { ...move, loss: burst && !stuck ? highest : recent, base, best });
  },
};

export function tooHigh(
  chart: Chart,
  {
    layer,
    ratio,
    loss,
    base,
    best,
  }: { layer: number; ratio: number; loss: number; base: number; best: number },
): Finding {
  const factor = Math.min(1000, Math.max(3, ratio / limit('goodUpdate') / 3));
  const { name } = chart.facts(layer);
  return {
    problem: 'learning-rate-too-high',
    layer: name,
    severity: 'error',
    evidence: {
      learningRate: chart.learningRate,
      updateRatio: ratio,
      loss,
      lowestLoss: best,
      lossOfAConstantGuess: base,
    },
    explanation:
      `One update moves the weights of ${name} by ${percent(ratio)} of their size; about 0.1 % is usual. The gradient tells the slope where the weights are, not ` +
      `where such a leap lands: the loss went to ${digits(loss)}, where a constant guess has ${digits(base)}.`,
    remedies: [
      lowerRate(chart, factor, `It brings an update to about ${percent(ratio / factor)} of the weights.`),
      ...clip(chart, 'It bounds the longest steps.'),
    ],
  };
}

export const learningRateTooLow: Rule = {
  problem: 'learning-rate-too-low',
  after: [
    'non-finite',
    'exploding-gradient',
    'vanishing-gradient',
    'dead-relu',
    'saturated-activation',
    'too-much-dropout',
    'diverging-loss',
    'learning-rate-too-high',
    ...faults,
  ],
  when: 'epoch',
  look(chart): Finding | undefined {
    const { plannedSteps } = chart.circumstances;
    const { learned, falling, recent, base, start } = chart.progress();
    if (!(late(chart, limit('settledShare')) && learned < limit('halfLearned') && falling > 0))
      return undefined;
    const { ratio } = typicalMove(chart, chart.samples.slice(1));
    // Over the whole training the weights cannot get farther than this, even if all steps went one way.
    const reach = ratio * plannedSteps;
    if (!late(chart, reach < limit('clearlyShort') ? limit('settledShare') : 1)) return undefined;
    if (
      !(
        ratio > 0 &&
        (ratio < limit('tinyUpdate') || reach < limit('clearlyShort')) &&
        reach < limit('shortWay') &&
        learned < limit('halfLearned')
      )
    )
      return undefined;
    if (!steady(chart) || !(falling > 0) || recent > start) return undefined;
    const factor = Math.min(100, limit('goodUpdate') / ratio);
    return {
      problem: 'learning-rate-too-low',
      severity: 'warning',
      evidence: {
        learningRate: chart.learningRate,
        updateRatio: ratio,
        reachOfTheTraining: reach,
        loss: recent,
        firstLoss: start,
        lossOfAConstantGuess: base,
        fallOfTheLoss: falling,
      },
      explanation:
        `One update moves the weights by ${percent(ratio)} of their size; about 0.1 % is usual. The loss does fall, steadily, from ${digits(start)} to ${digits(recent)}: the direction is right, ` +
        `but even if all ${Math.round(plannedSteps)} updates went the same way, the weights could change by only ${percent(reach)}.`,
      remedies: [
        raiseRate(chart, factor, 'Longer steps in the same direction get there sooner.'),
        remedy(
          'train-longer',
          `net.fit(x, y, { epochs: ${longer(chart, 10)}, … })`,
          'More steps get there too.',
        ),
      ],
    };
  },
};

/** A training that ends with little learned, and goes on at once where a higher rate is tried. */
export const rateWorthRaising: Rule = {
  problem: 'learning-rate-too-low',
  after: [...learningRateTooLow.after, 'class-imbalance', 'oscillating-loss', 'overfitting'],
  when: 'epoch',
  *look(chart, tools): Work<Finding | undefined> {
    // At the end only: before, a plateau may be left by itself. Short trainings are tries.
    const { plannedSteps } = chart.circumstances;
    if (chart.step < Math.max(plannedSteps, limit('patienceSteps')) || !late(chart)) return undefined;
    const { learned, recent, base } = chart.progress();
    if (!(learned < limit('nothingLearned'))) return undefined;
    for (const factor of HIGHER) {
      const loss = yield* tools.hasten(factor);
      if (!(recent - loss > limit('hastened') * base)) continue;
      const tried = round(chart.learningRate * factor);
      return {
        problem: 'learning-rate-too-low',
        severity: 'warning',
        evidence: {
          learningRate: chart.learningRate,
          updates: chart.step,
          loss: recent,
          lossOfAConstantGuess: base,
          triedInstead: tried,
          lossAfterInstead: loss,
        },
        explanation:
          `After all ${chart.step} updates the loss is ${digits(recent)}, hardly below what a constant guess has (${digits(base)}). ` +
          `The gradients do point the way: some more updates, tried with a learning rate of ${digits(tried)} instead of ${digits(chart.learningRate)} and taken back, brought it to ${digits(loss)}. The steps are too short.`,
        remedies: [
          raiseRate(chart, factor, `Tried on the same data: the loss fell to ${digits(loss)}.`),
          remedy(
            'train-longer',
            `net.fit(x, y, { epochs: ${longer(chart, 10)}, … })`,
            'More steps get there too.',
          ),
        ],
      };
    }
    return undefined;
  },
};

/** Multiples of the learning rate that are tried. */
const HIGHER = [10, 100];

export const slowConvergence: Rule = {
  problem: 'slow-convergence',
  after: [...learningRateTooLow.after, 'learning-rate-too-low', 'oscillating-loss', 'overfitting'],
  when: 'epoch',
  look(chart): Finding | undefined {
    if (!late(chart)) return undefined;
    const { learned, falling, recent, base, start } = chart.progress();
    const slow = learned < limit('littleLearned') && falling > 0 && falling < limit('stillLearning');
    if (!slow || !steady(chart)) return undefined;
    return {
      problem: 'slow-convergence',
      // A little that has been learned may be all that these data can teach.
      severity: learned < limit('nothingLearned') && falling > limit('standstill') ? 'warning' : 'note',
      evidence: {
        loss: recent,
        firstLoss: start,
        lossOfAConstantGuess: base,
        fallOfTheLoss: falling,
        updateRatio: typicalMove(chart, chart.recent()).ratio,
      },
      explanation:
        `After ${chart.step} updates the loss is ${digits(recent)}, ${learned > 0.005 ? `${percent(learned)} below` : 'no better than'} that of a constant guess, and still falling, by ${percent(falling)} in the last third. ` +
        'Nothing is broken as far as the gradients tell; at this pace it needs many more updates.',
      remedies: [
        raiseRate(chart, 3, 'Longer steps in the same direction get there sooner.'),
        remedy(
          'train-longer',
          `net.fit(x, y, { epochs: ${longer(chart, 5)}, … })`,
          'The loss is still falling.',
        ),
        ...(chart.circumstances.optimizer.name === 'sgd'
          ? [
              remedy(
                'change-optimizer',
                "net.compile({ optimizer: 'adam', … })",
                'Adam gives each weight a step of its own length.',
              ),
            ]
          : []),
      ],
    };
  },
};

/** Enough of the training is over to judge its pace. */
const late = (chart: Chart, share = 1): boolean =>
  chart.step >= limit('paceSteps') &&
  chart.step >= share * limit('paceShare') * chart.circumstances.plannedSteps &&
  chart.patient;

/** The loss goes down from each quarter of the training to the next. */
function steady(chart: Chart): boolean {
  const last = chart.samples[chart.samples.length - 1].step;
  const quarters = [0, 1, 2, 3].map((i) => chart.meanLoss((i * last) / 4, ((i + 1) * last) / 4));
  return quarters.every((loss, i) => i === 0 || loss < quarters[i - 1]);
}

const longer = (chart: Chart, factor: number): number =>
  round((chart.circumstances.plannedSteps / chart.circumstances.stepsPerEpoch) * factor);
