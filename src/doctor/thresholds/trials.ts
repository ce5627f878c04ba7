/** Trials: a few dozen updates on a few batches, taken back afterwards. */
import type { Threshold } from './threshold.js';

export const trials = {
  trialRise: {
    value: 2,
    reason:
      'Times its first value that the loss of a few batches reaches while these very batches are trained on.',
    source: 'gradient descent lowers it, unless steps overshoot',
  },
  trialStays: {
    value: 1.5,
    reason:
      'The same, where the loss does not come back. Squared errors of probabilities cannot even double.',
    source: 'half of a fair guess’s 0.25 on top of it',
  },
  trialLeap: {
    value: 10,
    reason: 'The same, where the loss comes back later: only a leap like this is told.',
    source: 'measured: Adam 0.1 leaps 15 to 80 times; rates that train well up to 6 times',
  },
  trialFall: {
    value: 0.9,
    reason: 'Of its first value, where a loss that rose must have come back to, for the rate to pass.',
    source: 'measured on healthy set-ups: below 0.8',
  },
  trialBetter: {
    value: 0.7,
    reason: 'Of the loss that is left, what a smaller rate must leave where the loss leaps but comes back.',
    source: 'measured',
  },
  trialFarBetter: {
    value: 0.35,
    reason: 'The same where the leap is smaller.',
    source: 'measured: random set-ups that train well stay silent',
  },
  trialSuccess: {
    value: 0.85,
    reason: 'Of its first value: where a smaller rate brings the loss, so that the rate is surely to blame.',
    source: 'measured',
  },
  trialSlow: {
    value: 0.05,
    reason: 'Share of the loss that a few dozen updates take away at most, where the rate may be too low.',
    source: 'measured: 1e-5 with Adam takes 3 %, 1e-4 takes 25 %',
  },
  trialMoving: {
    value: 0.15,
    reason:
      'Share of the loss that a hundred times the rate must take away, without ever raising it, to be sure of that. Of noisy targets no rate takes away much.',
    source: 'three times what counts as standing still',
  },
  trialCalm: {
    value: 1.2,
    reason: 'Times its first value that the loss may reach meanwhile.',
    source: 'the spread of a loss over small batches',
  },
  trialUpdates: {
    value: 30,
    reason: 'Updates that a trial must have before it tells slow from fast.',
    source: 'Adam’s first ten are not typical',
  },
  proportionate: {
    value: 3,
    reason: 'Times as much that a rate ten times higher must take away, for slow steps to be the reason.',
    source: 'half of ten on a logarithmic scale',
  },
  largeInput: {
    value: 3,
    reason: 'Size of a feature from which it may be the reason that steps overshoot; then tried.',
    source: 'curvature grows with its square, so the rate must be a ninth',
  },
  asWell: {
    value: 2,
    reason:
      'Times the loss that a smaller rate leaves, up to which standardized inputs count as the better cure; with steps that do not follow the size of the inputs they must leave that much less.',
    source: 'they take the cause away, and a rate found by powers of ten is not the best one',
  },
  farTrial: {
    value: 0.9,
    reason:
      'What is left of the loss on huge targets after a few dozen updates, where they are far out of reach; and of that, what scaled ones must leave at most.',
    source: 'Adam 1e-3 moves an output by about 1e-3 an update: targets in thousands need as many updates',
  },
  slowTrial: {
    value: 0.3,
    reason:
      'What is left of the loss after a few dozen updates where large targets do not matter; and standardized ones must leave at most 0.6 of what large ones leave.',
    source: 'measured: healthy regressions leave 0.05 to 0.5',
  },
  plannedTravel: {
    value: 0.1,
    reason:
      'How far all planned updates can move the weights at the pace of the first ones, in parts of their size: with less, the network stays what it was drawn as.',
    source:
      'weights of trained networks have moved by about their own size; Adam 1e-3 over 600 updates can reach 3',
  },
  plannedStandstill: {
    value: 0.01,
    reason: 'As plannedTravel; so little that no trial of other rates is needed.',
    source: 'a tenth of plannedTravel',
  },
  unplannedUpdates: {
    value: 10000,
    reason: 'Updates that are taken to be planned where nobody says.',
    source: 'more than small trainings do',
  },
} as const satisfies Record<string, Threshold>;
