/** The learning rate, tried out: a few updates on one batch, taken back afterwards. */
import type { Layer } from '../../layers/layer.js';
import { baselineLoss } from '../baseline.js';
import { optimizerCode } from '../code.js';
import { digits, percent } from '../measure.js';
import { biasOf, type Patient, untrained, valuesOf } from '../patient.js';
import { limit } from '../thresholds/index.js';
import type { Course } from '../trial.js';
import type { Work } from '../work.js';
import { type Exam, type Finding, remedy } from './check.js';
import { featuresOf, unscaled } from './inputs.js';

/** Found before, these explain a loss that does not fall by themselves. */
const explains: readonly string[] = [
  'loss-activation-mismatch',
  'dead-relu',
  'vanishing-gradient',
  'exploding-gradient',
  'non-finite',
  'too-much-dropout',
  'degenerate-labels',
  'constant-inputs',
];

/** A rate of 0 needs no trial. */
export const zeroRate = (exam: Exam): readonly Finding[] =>
  exam.patient.learningRate === 0 ? [zero(exam)] : [];

export function* learningRate(exam: Exam): Work<readonly Finding[]> {
  const { patient, found } = exam;
  if (patient.learningRate === 0) return [];
  if (found.some(({ problem, severity }) => explains.includes(problem) && severity !== 'note')) return [];
  const trial = yield* exam.trial();
  const blamed = found.some(
    ({ problem }) => problem === 'unscaled-inputs' || problem === 'target-range-mismatch',
  );
  if (overshoots(trial)) {
    const better = yield* first(SMALLER, exam, falls);
    const scale = blamed ? undefined : yield* scaleToBlame(exam, trial, better?.course.end);
    return [...(scale ? [scale] : []), ...(better ? [tooHigh(exam, trial, better, 'error')] : [])];
  }
  const leap = trial.highest / trial.startMost;
  if (leap >= limit('trialRise')) {
    // The loss comes back. A leap of any size is told only where smaller steps do far better.
    const share = limit(leap >= limit('trialLeap') ? 'trialBetter' : 'trialFarBetter');
    const calm = (course: Course) => course.highest < limit('trialRise') * course.startMost;
    const better = yield* first(SMALLER, exam, (course) => course.end <= share * trial.end && calm(course));
    // Where the loss has come far down all the same, the leap is only worth knowing.
    if (better) return [tooHigh(exam, trial, better, trial.end < trial.start / 2 ? 'note' : 'warning')];
  }
  // With dropout the losses of a few updates are too noisy to tell standing still from moving.
  const noisy = patient.layers.some(({ kind }) => kind === 'dropout');
  const stuck = found.some(({ problem }) => problem === 'poor-initialization');
  return untrained(patient) && !blamed && !noisy && !stuck ? yield* tooLow(exam, trial) : [];
}

/** The loss of the batches that are trained on rises, and does not come back. */
function overshoots({ start, startMost, end, highest }: Course): boolean {
  if (!Number.isFinite(start)) return false;
  if (!Number.isFinite(end)) return true;
  return highest >= limit('trialStays') * startMost && end > limit('trialFall') * start;
}

const falls = (course: Course): boolean =>
  course.end < limit('trialSuccess') * course.start && !overshoots(course);

interface Better {
  readonly rate: number;
  readonly course: Course;
}

/** The first of some multiples of the rate that does as asked. */
function* first(
  factors: readonly number[],
  exam: Exam,
  good: (course: Course) => boolean,
): Work<Better | undefined> {
  for (const factor of factors) {
    const rate = Number((exam.patient.learningRate * factor).toPrecision(4));
    const course = yield* exam.retry({ learningRate: rate });
    if (good(course)) return { rate, course };
  }
  return undefined;
}

const SMALLER = [1e-1, 1e-2, 1e-3, 1e-4];
const LARGER = [1e2, 1e3, 1e4];

/**
 * Inputs that are only moderately large: to blame if the same updates go well once they are standardized, and
 * about as well as with a smaller rate, which leaves a loss of `otherwise`.
 */
function* scaleToBlame(
  exam: Exam,
  trial: Course,
  otherwise = Number.POSITIVE_INFINITY,
): Work<Finding | undefined> {
  const {
    patient,
    entering,
    data: { x },
  } = exam;
  // Only where the data reach the first kernel as they are.
  if (entering?.at !== 0 || x.shape.length !== 1) return undefined;
  const features = featuresOf(entering.values, x.shape[0]);
  const size = Math.max(...features.map((feature) => feature.size));
  if (size < limit('largeInput')) return undefined;
  const standardized = yield* exam.retry({
    data: ({ x: batch, y }) => ({
      x: {
        ...batch,
        data: Float32Array.from(
          batch.data,
          (v, i) => (v - features[i % features.length].mean) / (features[i % features.length].std || 1),
        ),
      },
      y,
    }),
  });
  // Where steps follow the gradient's size, and that the inputs', a rate that suits such inputs only hides the cause.
  const follows = patient.compiled('diagnose').optimizer.name === 'sgd';
  const cured = follows && standardized.end < limit('slowTrial') * standardized.start;
  const better = standardized.end < otherwise * (follows ? limit('asWell') : 1 / limit('asWell'));
  if (!falls(standardized) || !(cured || better)) return undefined;
  const updates = trial.losses.length;
  return unscaled(
    exam,
    {
      largestScale: size,
      updatesTried: updates,
      lossBefore: trial.start,
      lossAfter: number(trial.end),
      lossAfterIfStandardized: standardized.end,
    },
    `The inputs are around ${digits(size)} in size. The gradient of a weight is the error times its input, and the curvature grows with the square, so steps overshoot: ${updates} updates on a few batches took their loss from ${digits(trial.start)} to ${reached(trial)}. ` +
      `With standardized inputs the same updates took it to ${digits(standardized.end)}.`,
    'error',
  );
}

/** As evidence that JSON can hold. */
const number = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const reached = ({ end }: Course): string => (Number.isFinite(end) ? digits(end) : 'infinity');

function tooHigh(
  { patient }: Exam,
  trial: Course,
  { rate, course }: Better,
  severity: Finding['severity'],
): Finding {
  const { optimizer } = patient.compiled('diagnose');
  const peak = Number.isFinite(trial.highest) ? digits(trial.highest) : 'infinity';
  const went =
    severity === 'error'
      ? `from ${digits(trial.start)} to ${reached(trial)} in ${trial.losses.length} updates`
      : `from ${digits(trial.start)} up to ${peak} before it comes back`;
  return {
    problem: 'learning-rate-too-high',
    severity,
    evidence: {
      learningRate: patient.learningRate,
      updatesTried: trial.losses.length,
      lossBefore: trial.start,
      lossHighest: number(trial.highest),
      lossAfter: number(trial.end),
      triedInstead: rate,
      lossAfterInstead: course.end,
    },
    explanation:
      `Trained on a few batches over and over with a learning rate of ${digits(patient.learningRate)}, their loss goes up: ${went}. ` +
      'The gradient tells the way down only for small steps; these are so long that they land higher on the other side. ' +
      `With ${digits(rate)} the same updates took the loss to ${digits(course.end)}.`,
    remedies: [
      remedy(
        'lower-learning-rate',
        `optimizer: ${optimizerCode(optimizer, { learningRate: rate })},`,
        `Tried on the same batches: the loss fell to ${digits(course.end)}.`,
      ),
      remedy(
        'clip-gradients',
        `optimizer: ${optimizerCode(optimizer, { clipnorm: undefined, clipvalue: undefined, globalClipnorm: 1 })},`,
        'Bounds each update, where single batches have very large gradients.',
      ),
    ],
  };
}

/** Next to nothing happens, and with far higher rates it happens in proportion, without a bump. */
function* tooLow(exam: Exam, trial: Course): Work<Finding[]> {
  const { patient, loss, data } = exam;
  // Weights that have learned much already, before they were compiled anew or loaded, are tuned with small steps on
  // purpose. Drawn ones may be as near to the targets by luck, but their biases do not differ.
  const base = baselineLoss(loss?.name, data.y);
  const near = base !== undefined && trial.start < (1 - limit('halfLearned')) * base;
  if (near && patient.layers.some((layer) => biasesDiffer(patient, layer))) return [];
  const gain = (course: Course) => 1 - course.end / course.start;
  // How far the weights can get in all; the loss alone says little, since it may fall slowly at first and then fast.
  const planned = exam.plannedUpdates ?? limit('unplannedUpdates');
  const reach = (trial.travel / trial.losses.length) * planned;
  if (
    !(reach < limit('plannedTravel') && gain(trial) < limit('trialSlow')) ||
    trial.losses.length < limit('trialUpdates')
  )
    return [];
  const better = yield* first(
    LARGER,
    exam,
    (course) =>
      gain(course) >= limit('trialMoving') && course.highest < limit('trialCalm') * course.startMost,
  );
  const hopeless = reach < limit('plannedStandstill') && gain(trial) * planned < trial.losses.length;
  if (!better) return hopeless ? [tooLowFor(exam, trial, { planned, reach, gain: gain(trial) })] : [];
  const { rate, course: high } = better;
  // In between it goes in proportion: no luck of one rate.
  const middle = yield* exam.retry({ learningRate: rate / 10 });
  const proportional =
    gain(middle) > limit('proportionate') * Math.max(gain(trial), 0) && gain(middle) < gain(high);
  if (!(proportional || hopeless)) return [];
  const { optimizer } = patient.compiled('diagnose');
  return [
    {
      problem: 'learning-rate-too-low',
      severity: 'warning',
      evidence: { ...paceOf(exam, trial, planned, reach), triedInstead: rate, lossAfterInstead: high.end },
      explanation:
        `${trial.losses.length} updates with a learning rate of ${digits(patient.learningRate)} took ${percent(Math.max(gain(trial), 0))} off the loss of a few batches; with ${digits(rate)} the same updates took ${percent(gain(high))} off, and the loss never rose. ` +
        `The steps go the right way, but they are so short that ${exam.plannedUpdates === undefined ? `even ${planned}` : `all ${planned} planned`} updates can move the weights by only about ${percent(reach)} of their size.`,
      remedies: [
        remedy(
          'raise-learning-rate',
          `optimizer: ${optimizerCode(optimizer, { learningRate: rate })},`,
          `Tried on the same batches: the loss fell to ${digits(high.end)}.`,
        ),
        trainLonger,
      ],
    },
  ];
}

const biasesDiffer = (patient: Patient, layer: Layer): boolean => {
  const bias = biasOf(layer);
  return bias !== undefined && valuesOf(patient, bias).some((value, _, [first]) => value !== first);
};

/** What some updates at the model's own rate came to, and how much of the weights' size all planned ones can reach. */
const paceOf = ({ patient }: Exam, trial: Course, planned: number, reach: number) => ({
  learningRate: patient.learningRate,
  updatesTried: trial.losses.length,
  updatesPlanned: planned,
  reach,
  lossBefore: trial.start,
  lossAfter: trial.end,
});

/** Where no rate that was tried moves the loss within a few dozen updates, but this one cannot move the weights at all. */
function tooLowFor(
  exam: Exam,
  trial: Course,
  { planned, reach, gain }: { planned: number; reach: number; gain: number },
): Finding {
  const { patient } = exam;
  const { optimizer } = patient.compiled('diagnose');
  const rate = patient.learningRate * Math.min(1e4, limit('plannedTravel') / Math.max(reach, 1e-12));
  return {
    problem: 'learning-rate-too-low',
    severity: 'warning',
    evidence: paceOf(exam, trial, planned, reach),
    explanation:
      `${trial.losses.length} updates with a learning rate of ${digits(patient.learningRate)} took ${percent(Math.max(gain, 0))} off the loss of a few batches. ` +
      `At that pace ${exam.plannedUpdates === undefined ? `even ${planned}` : `all ${planned} planned`} updates can move the weights by only about ${percent(reach)} of their size: the network stays as it was drawn.`,
    remedies: [
      remedy(
        'raise-learning-rate',
        `optimizer: ${optimizerCode(optimizer, { learningRate: Number(rate.toPrecision(1)) })},`,
        'The weights can then move by a tenth of their size and more.',
      ),
      trainLonger,
    ],
  };
}

const trainLonger = remedy(
  'train-longer',
  'net.fit(x, y, { epochs: 1000, … })',
  'If the rate is meant to be this low: it then needs many times the epochs.',
);

function zero({ patient }: Exam): Finding {
  return {
    problem: 'learning-rate-too-low',
    severity: 'error',
    evidence: { learningRate: 0 },
    explanation:
      'The learning rate is 0. Each update takes the gradient times the learning rate from the weights, so nothing will change.',
    remedies: [
      remedy(
        'raise-learning-rate',
        `optimizer: ${optimizerCode(patient.compiled('diagnose').optimizer, { learningRate: 0.001 })},`,
        'A usual start for Adam; SGD takes 0.01.',
      ),
    ],
  };
}
