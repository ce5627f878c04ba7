/** Steps: how far an update moves the weights. */
export const steps = {
  /**
   * Length of an update over that of the weights: ten such replace them.
   * Source: TheDeepChecker, DeepDiagnosis: 0.1.
   */
  largeUpdate: 0.1,
  /**
   * The same, where the loss keeps flying back above that of a constant guess, which is evidence of its own.
   * Source: between ten times goodUpdate and largeUpdate, on a logarithmic scale.
   */
  restlessUpdate: 0.03,
  /**
   * The same in trainings that go well.
   * Source: cs231n.
   */
  goodUpdate: 1e-3,
  /**
   * The same, below which steps may be too short.
   * Source: TheDeepChecker: 1e-4, DeepDiagnosis: 1e-5.
   */
  tinyUpdate: 3e-4,
  /**
   * Way that the fastest layer must have gone, in parts of its weights, before standing still says something of the
   * gradient.
   * Source: as plannedTravel.
   */
  movedSoFar: 0.1,
  /**
   * Share of themselves that weights can change by in the whole training, at most.
   * Source: a trained kernel is about as far from its start as it is long.
   */
  shortWay: 0.5,
  /**
   * Reach of a training (see shortWay) that is too short beyond doubt, so that a third of the updates is enough to
   * tell.
   * Source: a fifth of shortWay.
   */
  clearlyShort: 0.1,
  /**
   * Fall of the loss, in parts of a constant guess’s, that a few epochs at a higher rate must bring to a training
   * that has learned next to nothing.
   * Source: littleLearned: they learn what the whole training did not.
   */
  hastened: 0.2,
  /**
   * Times a constant guess’s loss that a sensible start does not reach, of a training that has not learned half
   * since.
   * Source: measured: below 1.5 on healthy set-ups.
   */
  burst: 5,
  /**
   * Share of the steps in stretches whose mean loss lies above that of a constant guess, after it had been below.
   * Source: measured: none on healthy set-ups after the first steps.
   */
  spikeShare: 0.1,
  /**
   * Weights this large have run away.
   * Source: trained weights are near 1.
   */
  largeWeight: 1000.0,
};
