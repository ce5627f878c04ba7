/** Steps: how far an update moves the weights. */
import type { Threshold } from './threshold.js';

export const steps = {
  largeUpdate: {
    value: 0.1,
    reason: 'Length of an update over that of the weights: ten such replace them.',
    source: 'TheDeepChecker, DeepDiagnosis: 0.1',
  },
  goodUpdate: {
    value: 1e-3,
    reason: 'The same in trainings that go well.',
    source: 'cs231n',
  },
  tinyUpdate: {
    value: 3e-4,
    reason: 'The same, below which steps may be too short.',
    source: 'TheDeepChecker: 1e-4, DeepDiagnosis: 1e-5',
  },
  movedSoFar: {
    value: 0.1,
    reason:
      'Way that the fastest layer must have gone, in parts of its weights, before standing still says something of the gradient.',
    source: 'as plannedTravel',
  },
  shortWay: {
    value: 0.5,
    reason: 'Share of themselves that weights can change by in the whole training, at most.',
    source: 'a trained kernel is about as far from its start as it is long',
  },
  clearlyShort: {
    value: 0.1,
    reason:
      'Reach of a training (see shortWay) that is too short beyond doubt, so that a third of the updates is enough to tell.',
    source: 'a fifth of shortWay',
  },
  hastened: {
    value: 0.2,
    reason:
      'Fall of the loss, in parts of a constant guess’s, that a few epochs at a higher rate must bring to a training that has learned next to nothing.',
    source: 'littleLearned: they learn what the whole training did not',
  },
  burst: {
    value: 5,
    reason:
      'Times a constant guess’s loss that a sensible start does not reach, of a training that has not learned half since.',
    source: 'measured: below 1.5 on healthy set-ups',
  },
  spikeShare: {
    value: 0.1,
    reason:
      'Share of the steps in stretches whose mean loss lies above that of a constant guess, after it had been below.',
    source: 'measured: none on healthy set-ups after the first steps',
  },
  largeWeight: {
    value: 1000.0,
    reason: 'Weights this large have run away.',
    source: 'trained weights are near 1',
  },
} as const satisfies Record<string, Threshold>;
