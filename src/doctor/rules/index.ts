import { deadRelu, saturatedActivation } from './activations.js';
import { divergingLoss, oscillatingLoss, tooMuchDropout } from './course.js';
import { explodingGradient, vanishingGradient } from './gradients.js';
import { overfitting } from './overfitting.js';
import { learningRateTooHigh, learningRateTooLow, rateWorthRaising, slowConvergence } from './rate.js';
import type { Rule } from './rule.js';

/** In the order in which they are looked for: causes before what follows from them. */
export const rules: readonly Rule[] = [
  tooMuchDropout,
  deadRelu,
  explodingGradient,
  learningRateTooHigh,
  divergingLoss,
  saturatedActivation,
  vanishingGradient,
  oscillatingLoss,
  overfitting,
  learningRateTooLow,
  rateWorthRaising,
  slowConvergence,
];
