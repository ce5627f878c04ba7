/** First weights, and what the first batch makes of them. */
import type { Threshold } from './threshold.js';

export const start = {
  largeGain: {
    value: 6,
    reason:
      'Kernel size times √inputs: how much a layer enlarges its signal. Glorot, He and LeCun lie between 1 and 1.5.',
    source: 'He et al. 2015; N(0, 1) on 64 inputs gives 8',
  },
  standardGain: {
    value: 1.7,
    reason:
      'The same, which no standard initializer exceeds: up to there kernels are not to blame for loud outputs.',
    source: 'He et al. 2015: √2 for ReLU, and the chance of a small kernel',
  },
  smallGain: {
    value: 0.02,
    reason: 'The same, below which the signal is as good as lost in one layer.',
    source: 'He et al. 2015; N(0, 0.05) on 5 inputs gives 0.1',
  },
  weakKernel: {
    value: 0.3,
    reason:
      'Gain up to which a kernel is to blame where the signal is lost. Kernels of deep, standard networks come out a little below 1.',
    source: 'measured: Glorot on narrow layers 0.6 to 1.2',
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
  farOff: {
    value: 10,
    reason: 'Times the spread that is told at all, at which training starts from nonsense.',
    source: 'definition',
  },
  buriedBias: {
    value: 3,
    reason:
      'How many standard deviations of a ReLU’s sum its bias lies below 0, so that hardly any example lifts it above.',
    source: 'normal distribution: 0.1 % are beyond 3',
  },
  vanishingRatio: {
    value: 3e-4,
    reason: 'Gradient of a kernel over the largest gradient behind it, in the first batch.',
    source: 'AutoTrainer: 1e-3; four sigmoid layers have that and can still be trained',
  },
  lostRatio: {
    value: 3e-5,
    reason: 'The same, at which training cannot succeed.',
    source: 'a tenth of vanishingRatio',
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
} as const satisfies Record<string, Threshold>;
