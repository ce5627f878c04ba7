/** Every number that a diagnosis hangs on: its value, why this one, and where it comes from. */

export interface Threshold {
  readonly value: number;
  readonly reason: string;
  readonly source: string;
}

export const thresholds = {
  // The check-up before training.
  largeFeature: {
    value: 20,
    reason: 'Size (root mean square) of a feature from which kernels drawn for inputs near 1 are far too large. Unscaled points in a plane (±10) pass.',
    source: 'measured on blobs, tables and images',
  },
  smallFeatures: {
    value: 0.01,
    reason: 'Size of the largest feature below which weights must grow a hundredfold before the input counts.',
    source: 'measured',
  },
  featureRatio: {
    value: 1000,
    reason: 'Largest to smallest feature: the smaller one has no say, since one learning rate must serve both.',
    source: 'condition of a least-squares problem grows with its square',
  },
  featureOffset: {
    value: 100,
    reason: 'Mean of a feature in standard deviations: what differs between examples drowns in what they share.',
    source: 'condition of a least-squares problem grows with its square',
  },
  constantFeatures: {
    value: 0.95,
    reason: 'Share of features that never change. Borders of images are constant too, but not this many.',
    source: 'MNIST: 9 % of all pixels, up to 40 % in small subsets',
  },
  unreachableTargets: {
    value: 0.01,
    reason: 'Share of targets that the output cannot reach; fewer may be noise.',
    source: 'measured',
  },
  largeTargets: {
    value: 8,
    reason: 'Size of regression targets from which a slow start is put down to them. Standardized ones are near 1.',
    source: 'measured on 9-64-64-1',
  },
  hugeTargets: {
    value: 100,
    reason: 'Size of regression targets at which gradients of squared errors are far from what learning rates are made for.',
    source: 'gradients of squared errors grow with the target',
  },
  slowTrial: {
    value: 0.2,
    reason: 'Share of the loss on one batch that a few dozen updates of a healthy set-up take away at least.',
    source: 'measured: healthy regressions lose more than half',
  },
  majorityClass: {
    value: 0.95,
    reason: 'Share of the largest class at which always answering it scores so well that accuracy says nothing.',
    source: 'common practice (1 : 20)',
  },
  classRatio: {
    value: 20,
    reason: 'Largest to smallest class.',
    source: 'common practice (1 : 20)',
  },
  largeGain: {
    value: 6,
    reason: 'Kernel size times √inputs: how much a layer enlarges its signal. Glorot, He and LeCun lie between 1 and 1.5.',
    source: 'He et al. 2015; N(0, 1) on 64 inputs gives 8',
  },
  smallGain: {
    value: 0.02,
    reason: 'The same, below which the signal is as good as lost in one layer.',
    source: 'He et al. 2015; N(0, 0.05) on 5 inputs gives 0.1',
  },
  signalLoss: {
    value: 1e-3,
    reason: 'What is left of a signal after all hidden kernels, where they are too small one and all.',
    source: 'AutoTrainer: gradient ratio 1e-3',
  },
  largeOutput: {
    value: 10,
    reason: 'Spread of first predictions over that of the targets: the network starts far outside.',
    source: 'measured; standard initializers give about 1',
  },
  largeLogits: {
    value: 20,
    reason: 'Spread of the first logits: a softmax of these is certain, and nearly always wrong.',
    source: 'TheDeepChecker: first loss near ln C',
  },
  buriedBias: {
    value: 3,
    reason: 'How many standard deviations of a ReLU’s sum its bias lies below 0, so that hardly any example lifts it above.',
    source: 'normal distribution: 0.1 % are beyond 3',
  },
  vanishingRatio: {
    value: 1e-3,
    reason: 'Gradient of a kernel over the largest gradient behind it.',
    source: 'AutoTrainer: 1e-3',
  },
  explodingRatio: {
    value: 1e3,
    reason: 'Gradient of a kernel over that of the last one.',
    source: 'AutoTrainer alarms at 70; deep healthy networks reach 100 at the start',
  },
  deadShare: {
    value: 0.9,
    reason: 'Share of a ReLU layer’s units that no example of a large batch lifts above 0.',
    source: 'a healthy layer of a narrow, deep network may have half',
  },
  saturatedShare: {
    value: 0.8,
    reason: 'Share of a layer’s values on the flat ends of its activation, where the slope is under 1 %.',
    source: 'SageMaker Debugger, DeepDiagnosis: 50 %; at the start and alone it must be more',
  },
  highDropout: {
    value: 0.85,
    reason: 'Dropout rate from which less than one value in seven comes through.',
    source: 'Srivastava et al. 2014 use 0.2 to 0.5',
  },
  dropoutLeft: {
    value: 0.02,
    reason: 'Share of values that come through all dropout layers one after the other.',
    source: 'three layers at 0.5 leave 0.125',
  },
  trialRise: {
    value: 2,
    reason: 'Times its first value that the loss of one batch reaches while that very batch is trained on.',
    source: 'gradient descent lowers it, unless steps overshoot',
  },
  trialFall: {
    value: 0.9,
    reason: 'Of its first value, where a loss that rose must have come back to, for the rate to pass.',
    source: 'measured on healthy set-ups: below 0.8',
  },
  trialSuccess: {
    value: 0.85,
    reason: 'Of its first value: where a smaller rate brings the loss, so that the rate is surely to blame.',
    source: 'measured',
  },
} as const satisfies Record<string, Threshold>;

export type ThresholdName = keyof typeof thresholds;

/** The value alone. */
export const limit = (name: ThresholdName): number => thresholds[name].value;
