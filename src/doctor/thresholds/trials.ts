/** Trials: a few dozen updates on a few batches, taken back afterwards. */
export const trials = {
  /**
   * Times its first value that the loss of a few batches reaches while these very batches are trained on.
   * Source: gradient descent lowers it, unless steps overshoot.
   */
  trialRise: 2,
  /**
   * The same, where the loss does not come back. Squared errors of probabilities cannot even double.
   * Source: half of a fair guess’s 0.25 on top of it.
   */
  trialStays: 1.5,
  /**
   * The same, where the loss comes back later: only a leap like this is told.
   * Source: measured: Adam 0.1 leaps 15 to 80 times; rates that train well up to 6 times.
   */
  trialLeap: 10,
  /**
   * Of its first value, where a loss that rose must have come back to, for the rate to pass.
   * Source: measured on healthy set-ups: below 0.8.
   */
  trialFall: 0.9,
  /**
   * Of the loss that is left, what a smaller rate must leave where the loss leaps but comes back.
   * Source: measured.
   */
  trialBetter: 0.7,
  /**
   * The same where the leap is smaller.
   * Source: measured: random set-ups that train well stay silent.
   */
  trialFarBetter: 0.35,
  /**
   * Of its first value: where a smaller rate brings the loss, so that the rate is surely to blame.
   * Source: measured.
   */
  trialSuccess: 0.85,
  /**
   * Share of the loss that a few dozen updates take away at most, where the rate may be too low.
   * Source: measured: 1e-5 with Adam takes 3 %, 1e-4 takes 25 %.
   */
  trialSlow: 0.05,
  /**
   * Share of the loss that a hundred times the rate must take away, without ever raising it, to be sure of that. Of
   * noisy targets no rate takes away much.
   * Source: three times what counts as standing still.
   */
  trialMoving: 0.15,
  /**
   * Times its first value that the loss may reach meanwhile.
   * Source: the spread of a loss over small batches.
   */
  trialCalm: 1.2,
  /**
   * Updates that a trial must have before it tells slow from fast.
   * Source: Adam’s first ten are not typical.
   */
  trialUpdates: 30,
  /**
   * Times as much that a rate ten times higher must take away, for slow steps to be the reason.
   * Source: half of ten on a logarithmic scale.
   */
  proportionate: 3,
  /**
   * Size of a feature from which it may be the reason that steps overshoot; then tried.
   * Source: curvature grows with its square, so the rate must be a ninth.
   */
  largeInput: 3,
  /**
   * Times the loss that a smaller rate leaves, up to which standardized inputs count as the better cure; with steps
   * that do not follow the size of the inputs they must leave that much less.
   * Source: they take the cause away, and a rate found by powers of ten is not the best one.
   */
  asWell: 2,
  /**
   * What is left of the loss on huge targets after a few dozen updates, where they are far out of reach; and of
   * that, what scaled ones must leave at most.
   * Source: Adam 1e-3 moves an output by about 1e-3 an update: targets in thousands need as many updates.
   */
  farTrial: 0.9,
  /**
   * What is left of the loss after a few dozen updates where large targets do not matter; and standardized ones must
   * leave at most 0.6 of what large ones leave.
   * Source: measured: healthy regressions leave 0.05 to 0.5.
   */
  slowTrial: 0.3,
  /**
   * How far all planned updates can move the weights at the pace of the first ones, in parts of their size: with
   * less, the network stays what it was drawn as.
   * Source: weights of trained networks have moved by about their own size; Adam 1e-3 over 600 updates can reach 3.
   */
  plannedTravel: 0.1,
  /**
   * As plannedTravel; so little that no trial of other rates is needed.
   * Source: a tenth of plannedTravel.
   */
  plannedStandstill: 0.01,
  /**
   * Updates that are taken to be planned where nobody says.
   * Source: more than small trainings do.
   */
  unplannedUpdates: 10000,
};
