/** Training goes on to learn what is true of its own examples only: the validation data tell. */
import type { Chart } from '../chart.js';
import type { Finding } from '../checks/check.js';
import { remedy } from '../checks/check.js';
import { digits, percent } from '../measure.js';
import { limit } from '../thresholds/index.js';
import type { Rule } from './rule.js';

export const overfitting: Rule = {
  problem: 'overfitting',
  after: ['non-finite', 'diverging-loss', 'learning-rate-too-high'],
  when: 'epoch',
  look(chart): Finding | undefined {
    return lostAgain(chart) ?? byHeart(chart);
  },
};

/** What had been learned of the validation data is lost again. */
function lostAgain(chart: Chart): Finding | undefined {
  const { validationLosses, epochLosses } = chart;
  const patience = limit('overfitEpochs');
  if (validationLosses.length < 2 * patience) return undefined;
  const last = validationLosses.length - 1;
  let best = patience - 1;
  for (let i = patience - 1; i <= last; i++)
    if (smooth(validationLosses, i) < smooth(validationLosses, best)) best = i;
  const [lowest, now] = [smooth(validationLosses, best), smooth(validationLosses, last)];
  const [trainThen, trainNow] = [smooth(epochLosses, best), smooth(epochLosses, last)];
  const rises =
    now > (1 + limit('overfitRise')) * lowest &&
    now - lowest > limit('overfitSize') * chart.progress().base &&
    validationLosses.slice(-patience).every((loss) => loss > lowest);
  const fits = trainNow < (1 - limit('overfitFall')) * trainThen && now > limit('overfitGap') * trainNow;
  if (last - best < patience || !rises || !fits || best * chart.circumstances.stepsPerEpoch < settled(chart))
    return undefined;
  const answers = answersOf(chart, best, lowest);
  // Without answers to count, only a rise that the choice of the validation examples cannot make, or one above
  // what knowing nothing costs: no example learned by heart is of any use there.
  const noise = limit('noiseSpreads') * Math.sqrt(2 / chart.circumstances.validationExamples) * lowest;
  if (!answers && now - lowest < noise && now < chart.progress().base) return undefined;
  const harmless = answers?.hold ?? false;
  return {
    problem: 'overfitting',
    severity: harmless ? 'note' : 'warning',
    evidence: {
      validationLoss: now,
      lowestValidationLoss: lowest,
      epochsUntilLowest: best + 1,
      loss: trainNow,
      lossAtBestEpoch: trainThen,
      ...(answers ? { validationAccuracy: answers.now, validationAccuracyAtBestEpoch: answers.then } : {}),
    },
    explanation:
      `Since epoch ${best + 1} the training loss has fallen from ${digits(trainThen)} to ${digits(trainNow)} while the validation loss rose from ${digits(lowest)} to ${digits(now)}. ` +
      (harmless
        ? `The answers have not suffered: ${percent(answers?.now ?? 0)} of them are right on the validation data, ${percent(answers?.then ?? 0)} were then. ` +
          'It is over-confidence: the wrong answers are given with ever more certainty, so the probabilities are not to be trusted.'
        : 'The model is learning the training examples by heart, noise included, and what it learns there is wrong elsewhere.' +
          (answers
            ? ` On the validation data ${percent(answers.now)} of its answers are right; ${percent(answers.then)} were then.`
            : '')),
    remedies: [
      remedy(
        'stop-early',
        'net.fit(x, y, { callbacks: [callbacks.earlyStopping({ patience: 3, restoreBestWeights: true })], … })',
        'It ends training where the validation loss was lowest and takes those weights.',
      ),
    ],
  };
}

/**
 * Numbers that were learned by heart from the first epochs on: next to nothing is missing on the training examples, and
 * half and more on the others, where nothing has come of further training. Nothing was lost there, since nothing was gained.
 */
function byHeart(chart: Chart): Finding | undefined {
  const { validationLosses, epochLosses, circumstances } = chart;
  const { targetSize, validationBaseline: guess, validationExamples, stepsPerEpoch } = circumstances;
  const patience = limit('overfitEpochs');
  if (targetSize === 0 || guess === undefined || validationLosses.length < 2 * patience) return undefined;
  const last = validationLosses.length - 1;
  const [now, before] = [smooth(validationLosses, last), smooth(validationLosses, last - patience)];
  const train = smooth(epochLosses, last);
  const known = train < limit('byHeart') * chart.progress().base;
  const sure = now * (1 - limit('noiseSpreads') * Math.sqrt(2 / validationExamples));
  const useless = sure > (1 - limit('halfLearned')) * guess;
  const done = now > (1 - limit('standstill')) * before && last * stepsPerEpoch >= settled(chart);
  if (!known || !useless || !done) return undefined;
  const best = validationLosses.indexOf(Math.min(...validationLosses));
  return {
    problem: 'overfitting',
    severity: 'warning',
    evidence: {
      validationLoss: now,
      validationLossOfAConstantGuess: guess,
      lowestValidationLoss: validationLosses[best],
      epochsUntilLowest: best + 1,
      loss: train,
      lossOfAConstantGuess: chart.progress().base,
    },
    explanation:
      `On the training examples the loss is down to ${digits(train)}, on the validation examples it stays at ${digits(now)}, where always answering the same would give ${digits(guess)}. ` +
      'The model has learned its examples by heart, noise included: a network with more weights than there is to know can meet every target without finding what connects it with the inputs. ' +
      'More examples, fewer units, or dropout leave it less room for that.',
    remedies: [
      remedy(
        'stop-early',
        'net.fit(x, y, { callbacks: [callbacks.earlyStopping({ patience: 3, restoreBestWeights: true })], … })',
        `It takes the weights of the epoch with the lowest validation loss, here ${digits(validationLosses[best])} in epoch ${best + 1}.`,
      ),
    ],
  };
}

/** The mean over the last few epochs: a noisy validation loss has low points that mean nothing. */
function smooth(course: readonly number[], i: number): number {
  const window = course.slice(Math.max(0, i - limit('overfitEpochs') + 1), i + 1);
  return window.reduce((a, b) => a + b, 0) / window.length;
}

/**
 * The shares of right answers at the lowest validation loss and now, where answers can be right: they hold if
 * they have not become fewer since, beyond what the choice of the validation examples makes, and if they were
 * better than a constant guess at all.
 */
function answersOf(chart: Chart, best: number, lowest: number): Answers | undefined {
  const { validationAccuracies: accuracies, validationLosses } = chart;
  const { validationExamples, guessed } = chart.circumstances;
  if (guessed === undefined || accuracies.length < validationLosses.length) return undefined;
  const [then, now] = [smooth(accuracies, best), smooth(accuracies, accuracies.length - 1)];
  const noise = (share: number) =>
    limit('noiseSpreads') * Math.sqrt((share * (1 - share)) / validationExamples);
  const useful =
    lowest < (1 - limit('littleLearned')) * chart.progress().base || then > guessed + noise(guessed);
  return {
    then,
    now,
    hold: useful && then - now <= Math.max(limit('overfitAnswers'), Math.SQRT2 * noise(then)),
  };
}

interface Answers {
  readonly then: number;
  readonly now: number;
  readonly hold: boolean;
}

/** Updates before validation, which reads moving averages, shows the weights and not their past. */
function settled({ circumstances: { model } }: Chart): number {
  const momenta = model.flatMap(({ kind, config }) =>
    kind === 'batchNormalization' ? [(config as { momentum?: number }).momentum ?? 0.99] : [],
  );
  return momenta.length === 0 ? 0 : limit('settledStatistics') / (1 - Math.min(Math.max(...momenta), 0.999));
}
