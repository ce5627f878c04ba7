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
    reason:
      'Size (root mean square) of a feature from which kernels drawn for inputs near 1 are far too large. Unscaled points in a plane (±10) pass.',
    source: 'measured on blobs, tables and images',
  },
  smallFeatures: {
    value: 0.01,
    reason:
      'Size of the largest feature below which weights must grow a hundredfold before the input counts.',
    source: 'measured',
  },
  featureRatio: {
    value: 1000,
    reason:
      'Largest to smallest feature: the smaller one has no say, since one learning rate must serve both.',
    source: 'condition of a least-squares problem grows with its square',
  },
  featureOffset: {
    value: 100,
    reason:
      'Mean of a feature in standard deviations: what differs between examples drowns in what they share.',
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
    reason:
      'Size of regression targets from which a slow start is put down to them. Standardized ones are near 1.',
    source: 'measured on 9-64-64-1',
  },
  hugeTargets: {
    value: 100,
    reason:
      'Size of regression targets at which gradients of squared errors are far from what learning rates are made for.',
    source: 'gradients of squared errors grow with the target',
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
  majorityClass: {
    value: 0.95,
    reason:
      'Share of the largest class at which always answering it scores so well that accuracy says nothing.',
    source: 'common practice (1 : 20)',
  },
  classRatio: {
    value: 20,
    reason: 'Largest to smallest class.',
    source: 'common practice (1 : 20)',
  },
  fewestLabelled: {
    value: 50,
    reason: 'Examples below which class counts are chance.',
    source: 'at 1 : 20 the rare class has two or three of them',
  },
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
    reason:
      'How many standard deviations of a ReLU’s sum its bias lies below 0, so that hardly any example lifts it above.',
    source: 'normal distribution: 0.1 % are beyond 3',
  },
  vanishingRatio: {
    value: 3e-4,
    reason: 'Gradient of a kernel over the largest gradient behind it, in the first batch.',
    source: 'AutoTrainer: 1e-3; four sigmoid layers have that and can still be trained',
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
  asWell: {
    value: 2,
    reason:
      'Times the loss that a smaller rate leaves, up to which standardized inputs count as the better cure.',
    source: 'they take the cause away, and a rate found by powers of ten is not the best one',
  },
  trialSlow: {
    value: 0.05,
    reason: 'Share of the loss that a few dozen updates take away at most, where the rate may be too low.',
    source: 'measured: 1e-5 with Adam takes 3 %, 1e-4 takes 25 %',
  },
  plannedTravel: {
    value: 0.1,
    reason:
      'How far all planned updates can move the weights at the pace of the first ones, in parts of their size: with less, the network stays what it was drawn as.',
    source:
      'weights of trained networks have moved by about their own size; Adam 1e-3 over 600 updates can reach 3',
  },
  unplannedUpdates: {
    value: 10000,
    reason: 'Updates that are taken to be planned where nobody says.',
    source: 'more than small trainings do',
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
  plannedStandstill: {
    value: 0.01,
    reason: 'As plannedTravel; so little that no trial of other rates is needed.',
    source: 'a tenth of plannedTravel',
  },
  trialSuccess: {
    value: 0.85,
    reason: 'Of its first value: where a smaller rate brings the loss, so that the rate is surely to blame.',
    source: 'measured',
  },
  // While training.
  patienceSteps: {
    value: 200,
    reason: 'Updates before standing still counts against a model: plateaus of healthy ones are shorter.',
    source: 'AutoTrainer waits for 30 % of the epochs',
  },
  leastPatience: {
    value: 64,
    reason: 'The same for short trainings, of which it may be up to half.',
    source: 'one epoch of a small data set',
  },
  patienceSamples: {
    value: 12,
    reason: 'Sampled steps before a lasting state can be told from a passing one.',
    source: 'the last six of them span three quarters of the steps',
  },
  nothingLearned: {
    value: 0.05,
    reason: 'Share of a constant guess’s loss that must be gone for a model to have learned anything.',
    source: 'definition; a noisy loss moves by a few per cent',
  },
  littleLearned: {
    value: 0.2,
    reason: 'The same, for a model that has learned too little for its steps.',
    source: 'definition',
  },
  halfLearned: {
    value: 0.5,
    reason: 'The same, for a model that is far from done.',
    source: 'definition',
  },
  wellLearned: {
    value: 0.6,
    reason: 'The same, for a model that does well, whatever its units look like.',
    source: 'definition',
  },
  standstill: {
    value: 0.02,
    reason:
      'Fall of the loss from the middle third of the steps to the last one, below which it stands still.',
    source: 'TheDeepChecker: 5 % a window; AutoTrainer: 1 % an epoch',
  },
  stillLearning: {
    value: 0.1,
    reason: 'The same, above which a model is learning and is left alone.',
    source: 'a third of the steps that takes off a tenth',
  },
  vanishedSignal: {
    value: 1e-2,
    reason:
      'Gradient before a layer’s activation over that of the last layer, where the loss stands still too.',
    source: 'AutoTrainer: 1e-3 without looking at the loss',
  },
  vanishingWait: {
    value: 1 / 6,
    reason: 'Share of the planned updates that a plateau is given time for.',
    source: 'AutoTrainer waits for 30 % of the epochs',
  },
  vanishingReluWait: {
    value: 0.3,
    reason: 'The same without a squashing activation.',
    source: 'AutoTrainer waits for 30 % of the epochs',
  },
  vanishedReluSignal: {
    value: 1e-3,
    reason: 'The same without a squashing activation: narrow ReLU layers lose a lot by chance and recover.',
    source: 'AutoTrainer: 1e-3',
  },
  explodedSignal: {
    value: 100,
    reason: 'The same upwards, where the loss is far above a constant guess too.',
    source: 'AutoTrainer: 70 without looking at the loss',
  },
  explodedBefore: {
    value: 30,
    reason: 'The same, in a training that ends in NaN.',
    source: 'AutoTrainer: 70 without looking at the loss',
  },
  explosionSamples: {
    value: 4,
    reason: 'Sampled steps in a row that must show it.',
    source: 'one step may be a bad batch',
  },
  farFromBaseline: {
    value: 10,
    reason: 'Times the loss of a constant guess: a sensible start lies near one.',
    source: 'Karpathy, recipe: check the loss at the start',
  },
  deadUnits: {
    value: 0.5,
    reason:
      'Share of a ReLU layer’s units that fire for no training example, where they died in training and the model stands still.',
    source: 'SageMaker Debugger: layer alarm at 50 %',
  },
  deadGrowth: {
    value: 0.25,
    reason: 'Share of units that must have died since the start to say that training killed them.',
    source: 'definition',
  },
  mostUnits: {
    value: 0.8,
    reason:
      'Share of dead units, wherever they come from, that a model which stands still is blamed on. Narrow layers are often born with three dead units in five.',
    source: 'a unit of five left',
  },
  largeUpdate: {
    value: 0.1,
    reason: 'Length of an update over that of the weights: ten such replace them.',
    source: 'TheDeepChecker, DeepDiagnosis: 0.1',
  },
  burst: {
    value: 5,
    reason: 'Times a constant guess’s loss that a sensible start does not reach, even if training recovers.',
    source: 'measured: below 1.5 on healthy set-ups',
  },
  spikeShare: {
    value: 0.1,
    reason:
      'Share of the steps, after the first, in stretches whose mean loss lies above that of a constant guess.',
    source: 'measured: none on healthy set-ups after the first steps',
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
  flatShare: {
    value: 0.6,
    reason: 'Share of a layer’s outputs on the flat ends of its activation, lastingly and without progress.',
    source: 'SageMaker Debugger, DeepDiagnosis: 50 %',
  },
  divergence: {
    value: 2,
    reason: 'Times its lowest mean that the loss rises to.',
    source: 'TheDeepChecker: 2',
  },
  aboveBaseline: {
    value: 1.2,
    reason: 'Times the loss of a constant guess: what rises less may still be noise.',
    source: 'measured on healthy set-ups',
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
  overfitAnswers: {
    value: 0.03,
    reason: 'Fall of the validation accuracy below its best that shows a rising loss in the answers too.',
    source: 'the chance of a hundred examples',
  },
  settledStatistics: {
    value: 5,
    reason:
      'Times 1 / (1 − momentum) updates after which the moving averages of batch normalization, which validation reads, have settled.',
    source: 'e⁻⁵ of the first values is left',
  },
  overfitSize: {
    value: 0.1,
    reason:
      'Rise in parts of a constant guess’s loss: a loss near 0 may multiply while the answers stay as right as they were.',
    source: 'measured: well-trained classifiers rise by 2 to 6 % of ln C at a flat accuracy',
  },
  passedByDropout: {
    value: 0.05,
    reason: 'Share of values that come through all dropout layers, in a model that learns next to nothing.',
    source: 'three layers at 0.5 leave 0.125',
  },
  heavyDropout: {
    value: 0.75,
    reason: 'Rate of one layer that is heavy by itself, in a model that learns next to nothing.',
    source: 'Srivastava et al. 2014: from 0.7 on test errors rise',
  },
  paceSteps: {
    value: 64,
    reason: 'Updates before the pace of a training is judged.',
    source: 'shorter ones are tries; a whole data set a batch, 100 epochs, is not',
  },
  paceShare: {
    value: 0.9,
    reason: 'Share of the planned updates before its pace is judged.',
    source: 'definition',
  },
  clearlyShort: {
    value: 0.1,
    reason:
      'Reach of a training (see shortWay) that is too short beyond doubt, so that a third of the updates is enough to tell.',
    source: 'a fifth of shortWay',
  },
} as const satisfies Record<string, Threshold>;

export type ThresholdName = keyof typeof thresholds;

/** The value alone. */
export const limit = (name: ThresholdName): number => thresholds[name].value;
