/** First weights, and what the first batch makes of them. */
export const start = {
  /**
   * Kernel size times √inputs: how much a layer enlarges its signal. Glorot, He and LeCun lie between 1 and 1.5.
   * Source: He et al. 2015; N(0, 1) on 64 inputs gives 8.
   */
  largeGain: 6,
  /**
   * The same, which no standard initializer exceeds: up to there kernels are not to blame for loud outputs.
   * Source: He et al. 2015: √2 for ReLU, and the chance of a small kernel.
   */
  standardGain: 1.7,
  /**
   * The same, below which the signal is as good as lost in one layer.
   * Source: He et al. 2015; N(0, 0.05) on 5 inputs gives 0.1.
   */
  smallGain: 0.02,
  /**
   * Gain up to which a kernel is to blame where the signal is lost. Kernels of deep, standard networks come out a
   * little below 1.
   * Source: measured: Glorot on narrow layers 0.6 to 1.2.
   */
  weakKernel: 0.3,
  /**
   * What is left of a signal after all hidden kernels, where they are too small one and all.
   * Source: AutoTrainer: gradient ratio 1e-3.
   */
  signalLoss: 1e-3,
  /**
   * Spread of first predictions over that of the targets: the network starts far outside.
   * Source: measured; standard initializers give about 1.
   */
  largeOutput: 10,
  /**
   * Spread of the first logits: a softmax of these is certain, and nearly always wrong.
   * Source: TheDeepChecker: first loss near ln C.
   */
  largeLogits: 20,
  /**
   * Times the spread that is told at all, at which training starts from nonsense.
   * Source: definition.
   */
  farOff: 10,
  /**
   * How many standard deviations of a ReLU’s sum its bias lies below 0, so that hardly any example lifts it above.
   * Source: normal distribution: 0.1 % are beyond 3.
   */
  buriedBias: 3,
  /**
   * Gradient of a kernel over the largest gradient behind it, in the first batch.
   * Source: AutoTrainer: 1e-3; four sigmoid layers have that and can still be trained.
   */
  vanishingRatio: 3e-4,
  /**
   * The same, at which training cannot succeed.
   * Source: a tenth of vanishingRatio.
   */
  lostRatio: 3e-5,
  /**
   * Gradient of a kernel over that of the last one.
   * Source: AutoTrainer alarms at 70; deep healthy networks reach 100 at the start.
   */
  explodingRatio: 1e3,
  /**
   * Share of a ReLU layer’s units that no example of a large batch lifts above 0.
   * Source: a healthy layer of a narrow, deep network may have half.
   */
  deadShare: 0.9,
  /**
   * Share of a layer’s values on the flat ends of its activation, where the slope is under 1 %.
   * Source: SageMaker Debugger, DeepDiagnosis: 50 %; at the start and alone it must be more.
   */
  saturatedShare: 0.8,
};
