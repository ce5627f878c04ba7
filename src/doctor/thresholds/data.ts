/** Data: inputs, targets, labels. */
import type { Threshold } from './threshold.js';

export const data = {
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
  sizableOffset: {
    value: 1,
    reason: 'Mean of a feature from which its offset is worth a word.',
    source: 'initializers are made for inputs near 1',
  },
  constantFeatures: {
    value: 0.95,
    reason: 'Share of features that never change. Borders of images are constant too, but not this many.',
    source: 'MNIST: 9 % of all pixels, up to 40 % in small subsets',
  },
  constantExamples: {
    value: 100,
    reason: 'Examples that it takes to call a feature constant.',
    source: 'a feature that is set one time in fifty is constant over 32 examples every second time',
  },
  unreachableTargets: {
    value: 0.01,
    reason: 'Share of targets that the output cannot reach; fewer may be noise.',
    source: 'measured',
  },
  mostlyUnreachable: {
    value: 0.05,
    reason: 'The same, from which training cannot succeed.',
    source: 'one target in twenty',
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
  manyClasses: {
    value: 20,
    reason: 'Classes from which on the ratio of the largest to the smallest says little.',
    source: 'with many classes some are small by chance',
  },
  fewestLabelled: {
    value: 50,
    reason: 'Examples below which class counts are chance.',
    source: 'at 1 : 20 the rare class has two or three of them',
  },
  fewestPerClass: {
    value: 20,
    reason: 'Examples for each unit of the output before classes that never occur count as missing.',
    source: 'a class of one in a hundred is then seen with a chance of 18 % only where there are a hundred',
  },
  classNumbers: {
    value: 1000,
    reason: 'Whole numbers below this may be class numbers.',
    source: 'ImageNet has 1000 classes',
  },
  oneHotRows: {
    value: 0.9,
    reason: 'Share of target rows with exactly one 1 that makes them one-hot.',
    source: 'definition, with room for a few rows that were smoothed or left out',
  },
} as const satisfies Record<string, Threshold>;
