import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import type { Value } from './leaf.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { sigmoid } from './sigmoid.js';
import { sub } from './sub.js';

/** max(a, 0) − a·b + log(1 + exp(−|a|)): binary cross-entropy of logit a and target b. */
export const sigmoidCrossEntropyOp = binaryOp({
  name: 'sigmoidCrossEntropy',
  fn: BinaryFn.SigmoidCrossEntropy,
  value: (a, b) => Math.max(a, 0) - a * b + Math.log1p(Math.exp(-Math.abs(a))),
  gradient: (dy, a, b) => [mul(dy, sub(sigmoid(a), b)), neg(mul(dy, a))],
});

export const sigmoidCrossEntropy = (a: Value, b: Value): Node => applyBinary(sigmoidCrossEntropyOp, a, b);
