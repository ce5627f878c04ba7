/** What the loss itself tells: it rises, swings, stands still, or falls where it should not be looked at. */
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
    if (window.length < limit('swingEpochs')) return undefined;
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

export const overfitting: Rule = {
  problem: 'overfitting',
  after: ['non-finite', 'diverging-loss', 'learning-rate-too-high'],
  when: 'epoch',
  look(chart): Finding | undefined {
    const { validationLosses, epochLosses } = chart;
    const patience = limit('overfitEpochs');
    if (validationLosses.length < 2 * patience) return undefined;
    // Means over a few epochs: a noisy validation loss has low points that mean nothing.
    const smooth = (losses: readonly number[], i: number) =>
      losses.slice(Math.max(0, i - patience + 1), i + 1).reduce((a, b) => a + b, 0) /
      Math.min(patience, i + 1);
    const last = validationLosses.length - 1;
    let best = patience - 1;
    for (let i = patience - 1; i <= last; i++)
      if (smooth(validationLosses, i) < smooth(validationLosses, best)) best = i;
    const [lowest, now] = [smooth(validationLosses, best), smooth(validationLosses, last)];
    const [trainThen, trainNow] = [smooth(epochLosses, best), smooth(epochLosses, last)];
    const { base } = chart.progress();
    const rises =
      now > (1 + limit('overfitRise')) * lowest &&
      validationLosses.slice(-patience).every((loss) => loss > lowest);
    const fits =
      trainNow < (1 - limit('overfitFall')) * trainThen &&
      now > limit('overfitGap') * trainNow &&
      now - lowest > limit('overfitSize') * base;
    if (
      last - best < patience ||
      !rises ||
      !fits ||
      best * chart.circumstances.stepsPerEpoch < settled(chart)
    )
      return undefined;
    const { validationAccuracies: accuracies } = chart;
    const rights = accuracies.map((_, i) => smooth(accuracies, i));
    // Answers that stay as right as they ever were are only given with too much confidence.
    const harmless =
      rights.length > last &&
      lowest < (1 - limit('littleLearned')) * base &&
      rights[last] > Math.max(...rights.slice(patience - 1)) - limit('overfitAnswers');
    return {
      problem: 'overfitting',
      severity: harmless ? 'note' : 'warning',
      evidence: {
        validationLoss: now,
        lowestValidationLoss: lowest,
        bestEpoch: best,
        loss: trainNow,
        lossAtBestEpoch: trainThen,
      },
      explanation:
        `Since epoch ${best + 1} the training loss has fallen from ${digits(trainThen)} to ${digits(trainNow)} while the validation loss rose from ${digits(lowest)} to ${digits(now)}. ` +
        'The model is learning the training examples by heart, noise included, and what it learns there is wrong elsewhere.' +
        (harmless
          ? ' The share of right answers has not suffered so far: it is the confidence in the wrong ones that grows.'
          : ''),
      remedies: [
        remedy(
          'stop-early',
          'net.fit(x, y, { callbacks: [callbacks.earlyStopping({ patience: 3, restoreBestWeights: true })], … })',
          'It ends training where the validation loss was lowest and takes those weights.',
        ),
      ],
    };
  },
};

/** Updates before validation, which reads moving averages, shows the weights and not their past. */
function settled({ circumstances: { model } }: Chart): number {
  const momenta = model.flatMap(({ kind, config }) =>
    kind === 'batchNormalization' ? [(config as { momentum?: number }).momentum ?? 0.99] : [],
  );
  return momenta.length === 0 ? 0 : limit('settledStatistics') / (1 - Math.min(Math.max(...momenta), 0.999));
}

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
