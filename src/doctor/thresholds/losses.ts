/** The course of the loss, of training and of validation. */
export const losses = {
  /**
   * Times its lowest mean that the loss rises to.
   * Source: TheDeepChecker: 2.
   */
  divergence: 2,
  /**
   * Sampled steps that a trend needs.
   * Source: the first eight updates are all sampled.
   */
  divergenceSamples: 8,
  /**
   * Epochs over which the loss must swing.
   * Source: eleven changes: chance turns all of them rarely.
   */
  swingEpochs: 12,
  /**
   * Mean change of the loss from epoch to epoch, in parts of its level.
   * Source: AutoTrainer: 3 % of accuracy.
   */
  swing: 0.15,
  /**
   * Share of changes that go the other way than the one before.
   * Source: pure noise turns two times in three.
   */
  swingTurns: 0.5,
  /**
   * Share of a constant guess’s loss, below which swings do not matter.
   * Source: definition.
   */
  restLoss: 0.2,
  /**
   * Epochs that validation losses are averaged over, and that they must rise for.
   * Source: usual patience of early stopping: 2 to 5.
   */
  overfitEpochs: 4,
  /**
   * Rise of the averaged validation loss above its lowest.
   * Source: SageMaker Debugger: 0.1 between training and validation.
   */
  overfitRise: 0.15,
  /**
   * Fall of the training loss meanwhile.
   * Source: what overfitting means.
   */
  overfitFall: 0.1,
  /**
   * Times the training loss that the validation loss is.
   * Source: SageMaker Debugger: 0.1; noise and dropout make that much by themselves.
   */
  overfitGap: 2,
  /**
   * Rise in parts of a constant guess’s loss: a loss near 0 may multiply while the answers stay as right as they
   * were.
   * Source: measured: well-trained classifiers rise by 2 to 6 % of ln C at a flat accuracy.
   */
  overfitSize: 0.1,
  /**
   * Share of a constant guess’s loss that is left on the training data where they are known by heart, if half and
   * more is left on the validation data.
   * Source: a correlation of 0.97 with the targets; with noise that large nothing true reaches it.
   */
  byHeart: 0.05,
  /**
   * Fall of the validation accuracy since the lowest validation loss that costs something, however sure it is. Where
   * the answers hold, a rising loss is over-confidence.
   * Source: Guo et al. 2017: the likelihood overfits while the accuracy still grows.
   */
  overfitAnswers: 0.02,
  /**
   * Spreads that a change must exceed to be no chance of which n examples validate: √(p (1 − p) / n) for a share p
   * of right answers, √(2 / n) m for squared errors of mean m; √2 times as much for a difference of shares.
   * Source: binomial and χ² distribution: chance exceeds two spreads once in forty times.
   */
  noiseSpreads: 2,
  /**
   * Times 1 / (1 − momentum) updates after which the moving averages of batch normalization, which validation reads,
   * have settled.
   * Source: e⁻⁵ of the first values is left.
   */
  settledStatistics: 5,
};
