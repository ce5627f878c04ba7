/** When a training can be judged, and how much it has learned. */
export const progress = {
  /**
   * Updates before standing still counts against a model: plateaus of healthy ones are shorter.
   * Source: AutoTrainer waits for 30 % of the epochs.
   */
  patienceSteps: 200,
  /**
   * The same for short trainings, of which it may be up to half.
   * Source: one epoch of a small data set.
   */
  leastPatience: 64,
  /**
   * Sampled steps before a lasting state can be told from a passing one.
   * Source: the last six of them span three quarters of the steps.
   */
  patienceSamples: 12,
  /**
   * Share of the planned updates after which a state counts as lasting.
   * Source: AutoTrainer waits for 30 % of the epochs.
   */
  settledShare: 1 / 3,
  /**
   * Updates before the pace of a training is judged.
   * Source: shorter ones are tries; a whole data set a batch, 100 epochs, is not.
   */
  paceSteps: 64,
  /**
   * Share of the planned updates before its pace is judged.
   * Source: definition.
   */
  paceShare: 0.9,
  /**
   * Share of a constant guess’s loss that must be gone for a model to have learned anything.
   * Source: definition; a noisy loss moves by a few per cent.
   */
  nothingLearned: 0.05,
  /**
   * The same, for a model that has learned too little for its steps.
   * Source: definition.
   */
  littleLearned: 0.2,
  /**
   * The same, for a model that is far from done.
   * Source: definition.
   */
  halfLearned: 0.5,
  /**
   * The same, for a model that does well, whatever its units look like.
   * Source: definition.
   */
  wellLearned: 0.6,
  /**
   * Fall of the loss from the middle third of the steps to the last one, below which it stands still.
   * Source: TheDeepChecker: 5 % a window; AutoTrainer: 1 % an epoch.
   */
  standstill: 0.02,
  /**
   * The same, above which a model is learning and is left alone.
   * Source: a third of the steps that takes off a tenth.
   */
  stillLearning: 0.1,
  /**
   * Times the loss of a constant guess: a sensible start lies near one.
   * Source: Karpathy, recipe: check the loss at the start.
   */
  farFromBaseline: 10,
  /**
   * Times the loss of a constant guess: what rises less may still be noise.
   * Source: measured on healthy set-ups.
   */
  aboveBaseline: 1.2,
};
