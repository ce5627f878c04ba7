/** When a training can be judged, and how much it has learned. */
import type { Threshold } from './threshold.js';

export const progress = {
  patienceSteps: {
    value: 200,
    reason: 'Updates before standing still counts against a model: plateaus of healthy ones are shorter.',
    source: 'AutoTrainer waits for 30 % of the epochs',
  },
  leastPatience: {
    value: 64,
    reason: 'The same for short trainings, of which it may be up to half.',
    source: 'one epoch of a small data set',
  },
  patienceSamples: {
    value: 12,
    reason: 'Sampled steps before a lasting state can be told from a passing one.',
    source: 'the last six of them span three quarters of the steps',
  },
  settledShare: {
    value: 1 / 3,
    reason: 'Share of the planned updates after which a state counts as lasting.',
    source: 'AutoTrainer waits for 30 % of the epochs',
  },
  paceSteps: {
    value: 64,
    reason: 'Updates before the pace of a training is judged.',
    source: 'shorter ones are tries; a whole data set a batch, 100 epochs, is not',
  },
  paceShare: {
    value: 0.9,
    reason: 'Share of the planned updates before its pace is judged.',
    source: 'definition',
  },
  nothingLearned: {
    value: 0.05,
    reason: 'Share of a constant guess’s loss that must be gone for a model to have learned anything.',
    source: 'definition; a noisy loss moves by a few per cent',
  },
  littleLearned: {
    value: 0.2,
    reason: 'The same, for a model that has learned too little for its steps.',
    source: 'definition',
  },
  halfLearned: {
    value: 0.5,
    reason: 'The same, for a model that is far from done.',
    source: 'definition',
  },
  wellLearned: {
    value: 0.6,
    reason: 'The same, for a model that does well, whatever its units look like.',
    source: 'definition',
  },
  standstill: {
    value: 0.02,
    reason:
      'Fall of the loss from the middle third of the steps to the last one, below which it stands still.',
    source: 'TheDeepChecker: 5 % a window; AutoTrainer: 1 % an epoch',
  },
  stillLearning: {
    value: 0.1,
    reason: 'The same, above which a model is learning and is left alone.',
    source: 'a third of the steps that takes off a tenth',
  },
  farFromBaseline: {
    value: 10,
    reason: 'Times the loss of a constant guess: a sensible start lies near one.',
    source: 'Karpathy, recipe: check the loss at the start',
  },
  aboveBaseline: {
    value: 1.2,
    reason: 'Times the loss of a constant guess: what rises less may still be noise.',
    source: 'measured on healthy set-ups',
  },
} as const satisfies Record<string, Threshold>;
