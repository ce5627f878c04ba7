/** The course of the loss, of training and of validation. */
import type { Threshold } from './threshold.js';

export const losses = {
  divergence: {
    value: 2,
    reason: 'Times its lowest mean that the loss rises to.',
    source: 'TheDeepChecker: 2',
  },
  divergenceSamples: {
    value: 8,
    reason: 'Sampled steps that a trend needs.',
    source: 'the first eight updates are all sampled',
  },
  swingEpochs: {
    value: 12,
    reason: 'Epochs over which the loss must swing.',
    source: 'eleven changes: chance turns all of them rarely',
  },
  swing: {
    value: 0.15,
    reason: 'Mean change of the loss from epoch to epoch, in parts of its level.',
    source: 'AutoTrainer: 3 % of accuracy',
  },
  swingTurns: {
    value: 0.5,
    reason: 'Share of changes that go the other way than the one before.',
    source: 'pure noise turns two times in three',
  },
  restLoss: {
    value: 0.2,
    reason: 'Share of a constant guess’s loss, below which swings do not matter.',
    source: 'definition',
  },
  overfitEpochs: {
    value: 4,
    reason: 'Epochs that validation losses are averaged over, and that they must rise for.',
    source: 'usual patience of early stopping: 2 to 5',
  },
  overfitRise: {
    value: 0.15,
    reason: 'Rise of the averaged validation loss above its lowest.',
    source: 'SageMaker Debugger: 0.1 between training and validation',
  },
  overfitFall: {
    value: 0.1,
    reason: 'Fall of the training loss meanwhile.',
    source: 'what overfitting means',
  },
  overfitGap: {
    value: 2,
    reason: 'Times the training loss that the validation loss is.',
    source: 'SageMaker Debugger: 0.1; noise and dropout make that much by themselves',
  },
  overfitSize: {
    value: 0.1,
    reason:
      'Rise in parts of a constant guess’s loss: a loss near 0 may multiply while the answers stay as right as they were.',
    source: 'measured: well-trained classifiers rise by 2 to 6 % of ln C at a flat accuracy',
  },
  byHeart: {
    value: 0.05,
    reason:
      'Share of a constant guess’s loss that is left on the training data where they are known by heart, if half and more is left on the validation data.',
    source: 'a correlation of 0.97 with the targets; with noise that large nothing true reaches it',
  },
  overfitAnswers: {
    value: 0.02,
    reason:
      'Fall of the validation accuracy since the lowest validation loss that costs something, however sure it is. Where the answers hold, a rising loss is over-confidence.',
    source: 'Guo et al. 2017: the likelihood overfits while the accuracy still grows',
  },
  noiseSpreads: {
    value: 2,
    reason:
      'Spreads that a change must exceed to be no chance of which n examples validate: √(p (1 − p) / n) for a share p of right answers, √(2 / n) m for squared errors of mean m; √2 times as much for a difference of shares.',
    source: 'binomial and χ² distribution: chance exceeds two spreads once in forty times',
  },
  settledStatistics: {
    value: 5,
    reason:
      'Times 1 / (1 − momentum) updates after which the moving averages of batch normalization, which validation reads, have settled.',
    source: 'e⁻⁵ of the first values is left',
  },
} as const satisfies Record<string, Threshold>;
