/** The learning rate, tried out: a few updates on one batch, taken back afterwards. */
import { optimizerCode } from '../code.js';
import { digits, moments } from '../measure.js';
import { kernelOf } from '../patient.js';
import { limit } from '../thresholds.js';
import { type Check, type Exam, type Finding, remedy } from './check.js';
import { featuresOf, unscaled } from './inputs.js';

/** Found before, these explain a loss that does not fall by themselves. */
const explains: readonly string[] = ['loss-activation-mismatch', 'dead-relu', 'vanishing-gradient', 'exploding-gradient', 'non-finite', 'too-much-dropout', 'degenerate-labels', 'constant-inputs'];

export const learningRate: Check = (exam) => {
  const { patient, found } = exam;
  if (patient.learningRate === 0) return [zero(exam)];
  if (found.some(({ problem, severity }) => explains.includes(problem) && severity !== 'note')) return [];
  const { trial } = exam;
  if (!overshoots(trial)) return [];
  const better = [10, 100, 1000, 10_000].map((factor) => patient.learningRate / factor).find((rate) => falls(exam.retry({ learningRate: rate })));
  const findings: Finding[] = [];
  const blamed = found.some(({ problem }) => problem === 'unscaled-inputs' || problem === 'target-range-mismatch');
  const scaledUp = blamed ? undefined : scaleToBlame(exam);
  if (scaledUp) findings.push(scaledUp);
  if (better !== undefined) findings.push(tooHigh(exam, better));
  return findings;
};

/** The loss of the batch that is trained on rises, and does not come back. */
function overshoots(losses: readonly number[]): boolean {
  const [first] = losses;
  const last = losses[losses.length - 1];
  if (!Number.isFinite(first)) return false;
  if (!Number.isFinite(last)) return true;
  return Math.max(...losses) >= limit('trialRise') * first && tail(losses) > limit('trialFall') * first;
}

const falls = (losses: readonly number[]): boolean => Number.isFinite(losses[losses.length - 1]) && tail(losses) < limit('trialSuccess') * losses[0] && !overshoots(losses);

/** The mean of the last values: one of them may be a dip. */
const tail = (losses: readonly number[]): number => moments(losses.slice(-5)).mean;

/** Inputs that are only moderately large: to blame if the same updates go well once they are standardized. */
function scaleToBlame(exam: Exam): Finding | undefined {
  const { probe: { layers }, data: { x } } = exam;
  // Only where the data reach the first kernel as they are.
  const first = layers.findIndex(({ layer }) => kernelOf(layer));
  if (first !== 0 || x.shape.length !== 1) return undefined;
  const features = featuresOf(layers[0].input, x.shape[0]);
  const size = Math.max(...features.map((feature) => feature.size));
  if (size < 3) return undefined;
  const standardized = exam.retry({
    data: ({ x: batch, y }) => ({ x: { ...batch, data: Float32Array.from(batch.data, (v, i) => (v - features[i % features.length].mean) / (features[i % features.length].std || 1)) }, y }),
  });
  if (!falls(standardized)) return undefined;
  const { trial } = exam;
  return unscaled(exam, { largestScale: size, updatesTried: trial.length - 1, lossBefore: trial[0], lossAfter: trial[trial.length - 1], lossAfterIfStandardized: standardized[standardized.length - 1] },
    `The inputs are around ${digits(size)} in size. The gradient of a weight is the error times its input, and the curvature grows with the square, so steps overshoot: ${trial.length - 1} updates on one batch took its loss from ${digits(trial[0])} to ${digits(trial[trial.length - 1])}. ` +
      `With standardized inputs the same updates took it to ${digits(standardized[standardized.length - 1])}.`, 'error');
}

function tooHigh(exam: Exam, better: number): Finding {
  const { trial, patient } = exam;
  const { optimizer } = patient.compiled('diagnose');
  const calm = exam.retry({ learningRate: better });
  const last = trial[trial.length - 1];
  return {
    problem: 'learning-rate-too-high',
    severity: 'error',
    evidence: { learningRate: patient.learningRate, updatesTried: trial.length - 1, lossBefore: trial[0], lossHighest: Math.max(...trial), lossAfter: last, triedInstead: better, lossAfterInstead: calm[calm.length - 1] },
    explanation:
      `Trained on one and the same batch with a learning rate of ${digits(patient.learningRate)}, the loss goes up: from ${digits(trial[0])} to ${digits(last)} in ${trial.length - 1} updates. ` +
      'The gradient tells the way down only for small steps; these are so long that they land higher on the other side. ' +
      `With ${digits(better)} the same updates took the loss to ${digits(calm[calm.length - 1])}.`,
    remedies: [
      remedy('lower-learning-rate', `optimizer: ${optimizerCode(optimizer, { learningRate: better })},`, `Tried on one batch: the loss fell to ${digits(calm[calm.length - 1])}.`),
      remedy('clip-gradients', `optimizer: ${optimizerCode(optimizer, { clipnorm: undefined, clipvalue: undefined, globalClipnorm: 1 })},`, 'Bounds each update, where single batches have very large gradients.'),
    ],
  };
}

function zero({ patient }: Exam): Finding {
  return {
    problem: 'learning-rate-too-low',
    severity: 'error',
    evidence: { learningRate: 0 },
    explanation: 'The learning rate is 0. Each update takes the gradient times the learning rate from the weights, so nothing will change.',
    remedies: [remedy('raise-learning-rate', `optimizer: ${optimizerCode(patient.compiled('diagnose').optimizer, { learningRate: 0.001 })},`, 'A usual start for Adam; SGD takes 0.01.')],
  };
}
