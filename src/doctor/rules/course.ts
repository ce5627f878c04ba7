/** What the loss itself tells: it rises, swings, or stands still for noise. */
import type { Layer } from '../../layers/layer.js';
import type { Chart } from '../chart.js';
import type { Finding } from '../checks/check.js';
import { remedy } from '../checks/check.js';
import { layerCode } from '../code.js';
import { digits, percent } from '../measure.js';
import { limit } from '../thresholds/index.js';
import { clip, lowerRate, rises } from './remedies.js';
import { faults, type Rule } from './rule.js';

export const divergingLoss: Rule = {
  problem: 'diverging-loss',
  after: ['non-finite', 'learning-rate-too-high', 'exploding-gradient', ...faults],
  when: 'sample',
  look(chart): Finding | undefined {
    const { recent, best, base } = chart.progress();
    if (!rises(chart)) return undefined;
    const last = chart.samples[chart.samples.length - 1].step;
    if (!(chart.meanLoss(0.9 * last, last) > chart.meanLoss(0.6 * last, 0.9 * last))) return undefined;
    return {
      problem: 'diverging-loss',
      severity: 'error',
      evidence: {
        loss: recent,
        lowestLoss: best,
        lossOfAConstantGuess: base,
        learningRate: chart.learningRate,
      },
      explanation:
        `The loss has risen to ${digits(recent)}, ${digits(recent / best)} times its lowest mean so far and worse than a constant guess (${digits(base)}). ` +
        'Gradient descent lowers the loss as long as its steps are short enough for the slope to hold along the way; here each step lands where the slope is another one.',
      remedies: [
        lowerRate(chart, 10, 'The slope holds along a shorter step.'),
        ...clip(chart, 'Rare huge gradients then cannot undo what was learned.'),
      ],
    };
  },
};

export const oscillatingLoss: Rule = {
  problem: 'oscillating-loss',
  after: [
    'non-finite',
    'learning-rate-too-high',
    'exploding-gradient',
    'diverging-loss',
    'dead-relu',
    'too-much-dropout',
    ...faults,
  ],
  when: 'epoch',
  look(chart): Finding | undefined {
    // The mean over an epoch is over the same examples each time: what it swings by comes from the weights.
    const window = chart.epochLosses.slice(-limit('swingEpochs'));
    if (window.length < limit('swingEpochs') || !chart.patient) return undefined;
    // With units dropped at random, or values normalized by whom they share a batch with, the loss of the same weights swings by itself.
    const { model } = chart.circumstances;
    if (dropoutsOf(chart).some(({ rate }) => rate > 0)) return undefined;
    if (model.some(({ kind }) => kind === 'batchNormalization')) return undefined;
    const changes = window.slice(1).map((loss, i) => loss - window[i]);
    const turns = changes.slice(1).filter((change, i) => change * changes[i] < 0).length;
    const level = window.reduce((a, b) => a + b, 0) / window.length;
    const swing = changes.reduce((sum, change) => sum + Math.abs(change), 0) / changes.length / level;
    const half = window.length / 2;
    const mean = (part: readonly number[]) => part.reduce((a, b) => a + b, 0) / part.length;
    const fall = 1 - mean(window.slice(half)) / mean(window.slice(0, half));
    const { base } = chart.progress();
    const matters = level > limit('restLoss') * base;
    if (
      !(
        swing > limit('swing') &&
        turns >= limit('swingTurns') * (changes.length - 1) &&
        fall < limit('standstill') &&
        matters
      )
    )
      return undefined;
    return {
      problem: 'oscillating-loss',
      // Where most has been learned all the same, swings of what is left cost little.
      severity: level > (1 - limit('wellLearned')) * base ? 'warning' : 'note',
      evidence: {
        meanSwing: swing,
        turns,
        epochs: window.length,
        meanLoss: level,
        fallOverTheWindow: fall,
        losses: window,
      },
      explanation:
        `From epoch to epoch the loss changes by ${percent(swing)} of its level (${digits(level)}), up and down in turn, without falling. ` +
        'The steps are too long for the valley they are in: each one crosses its floor and climbs the other side, so training goes back and forth instead of down. ' +
        `Small batches make it worse, since each gradient is then that of ${chart.circumstances.batchSize} example${chart.circumstances.batchSize === 1 ? '' : 's'} only.`,
      remedies: [
        lowerRate(chart, 10, 'Shorter steps stay in the valley and go down along it.'),
        ...(chart.circumstances.optimizer.name === 'sgd'
          ? [
              remedy(
                'change-optimizer',
                "net.compile({ optimizer: 'adam', … })",
                'Adam shortens the steps of weights whose gradients swing.',
              ),
            ]
          : []),
      ],
    };
  },
};

export const tooMuchDropout: Rule = {
  problem: 'too-much-dropout',
  after: ['non-finite'],
  when: 'sample',
  look(chart): Finding | undefined {
    const { model } = chart.circumstances;
    const rates = model.flatMap((layer) =>
      layer.kind === 'dropout' ? [{ layer, rate: (layer.config as { rate?: number }).rate ?? 0 }] : [],
    );
    if (rates.length === 0) return undefined;
    const passed = rates.reduce((share, { rate }) => share * (1 - rate), 1);
    const worst = rates.reduce((a, b) => (b.rate > a.rate ? b : a));
    if (passed > limit('passedByDropout') && worst.rate < limit('heavyDropout')) return undefined;
    const { learned, recent, base } = chart.progress();
    const least = worst.rate >= limit('highDropout') ? limit('halfLearned') : limit('littleLearned');
    if (passed > 0 && !(chart.patient && learned < least)) return undefined;
    return {
      problem: 'too-much-dropout',
      layer: worst.layer.name,
      severity: passed === 0 ? 'error' : 'warning',
      evidence: {
        rate: worst.rate,
        rates: rates.map(({ rate }) => rate),
        shareThatPasses: passed,
        loss: recent,
        lossOfAConstantGuess: base,
      },
      explanation:
        passed === 0
          ? `${worst.layer.name} drops everything: its output is 0 for every input, so by the chain rule every gradient before it is 0 too, and those layers never learn.`
          : `Dropout at rate ${digits(worst.rate)} lets ${percent(1 - worst.rate)} of the values through${rates.length > 1 ? `, all ${rates.length} such layers one after the other ${percent(passed)}` : ''}. ` +
            `What arrives is mostly noise and so is the gradient; the loss is at ${digits(recent)}, against ${digits(base)} for a constant guess.`,
      remedies: [
        remedy(
          'lower-dropout',
          layerCode(worst.layer, { rate: 0.2 }),
          'Rates of 0.2 to 0.5 keep most of the signal and still keep units from relying on each other.',
        ),
      ],
    };
  },
};

const dropoutsOf = (chart: Chart): { layer: Layer; rate: number }[] =>
  chart.circumstances.model.flatMap((layer) =>
    layer.kind === 'dropout' ? [{ layer, rate: (layer.config as { rate?: number }).rate ?? 0 }] : [],
  );
