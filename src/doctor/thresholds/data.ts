/** Data: inputs, targets, labels. */
export const data = {
  /**
   * Size (root mean square) of a feature from which kernels drawn for inputs near 1 are far too large. Unscaled
   * points in a plane (±10) pass.
   * Source: measured on blobs, tables and images.
   */
  largeFeature: 20,
  /**
   * Size of the largest feature below which weights must grow a hundredfold before the input counts.
   * Source: measured.
   */
  smallFeatures: 0.01,
  /**
   * Largest to smallest feature: the smaller one has no say, since one learning rate must serve both.
   * Source: condition of a least-squares problem grows with its square.
   */
  featureRatio: 1000,
  /**
   * Mean of a feature in standard deviations: what differs between examples drowns in what they share.
   * Source: condition of a least-squares problem grows with its square.
   */
  featureOffset: 100,
  /**
   * Mean of a feature from which its offset is worth a word.
   * Source: initializers are made for inputs near 1.
   */
  sizableOffset: 1,
  /**
   * Share of features that never change. Borders of images are constant too, but not this many.
   * Source: MNIST: 9 % of all pixels, up to 40 % in small subsets.
   */
  constantFeatures: 0.95,
  /**
   * Examples that it takes to call a feature constant.
   * Source: a feature that is set one time in fifty is constant over 32 examples every second time.
   */
  constantExamples: 100,
  /**
   * Share of targets that the output cannot reach; fewer may be noise.
   * Source: measured.
   */
  unreachableTargets: 0.01,
  /**
   * The same, from which training cannot succeed.
   * Source: one target in twenty.
   */
  mostlyUnreachable: 0.05,
  /**
   * Size of regression targets from which a slow start is put down to them. Standardized ones are near 1.
   * Source: measured on 9-64-64-1.
   */
  largeTargets: 8,
  /**
   * Size of regression targets at which gradients of squared errors are far from what learning rates are made for.
   * Source: gradients of squared errors grow with the target.
   */
  hugeTargets: 100,
  /**
   * Share of the largest class at which always answering it scores so well that accuracy says nothing.
   * Source: common practice (1 : 20).
   */
  majorityClass: 0.95,
  /**
   * Largest to smallest class.
   * Source: common practice (1 : 20).
   */
  classRatio: 20,
  /**
   * Classes from which on the ratio of the largest to the smallest says little.
   * Source: with many classes some are small by chance.
   */
  manyClasses: 20,
  /**
   * Examples below which class counts are chance.
   * Source: at 1 : 20 the rare class has two or three of them.
   */
  fewestLabelled: 50,
  /**
   * Examples for each unit of the output before classes that never occur count as missing.
   * Source: a class of one in a hundred is then seen with a chance of 18 % only where there are a hundred.
   */
  fewestPerClass: 20,
  /**
   * Whole numbers below this may be class numbers.
   * Source: ImageNet has 1000 classes.
   */
  classNumbers: 1000,
  /**
   * Share of target rows with exactly one 1 that makes them one-hot.
   * Source: definition, with room for a few rows that were smoothed or left out.
   */
  oneHotRows: 0.9,
};
