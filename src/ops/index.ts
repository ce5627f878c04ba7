/** The op table: every op by its name. An op's file says all there is to say about it. */
import type { Op } from '../graph/op.js';
import { absOp } from './abs.js';
import { adamOp } from './adam.js';
import { addOp } from './add.js';
import { argMaxOp } from './argMax.js';
import { broadcastToOp } from './broadcastTo.js';
import { crossEntropyGradOp, crossEntropyOp } from './crossEntropy.js';
import { divOp } from './div.js';
import { dropoutMaskOp, dropoutOp } from './dropout.js';
import { eluOp } from './elu.js';
import { equalOp } from './equal.js';
import { erfOp } from './erf.js';
import { expOp } from './exp.js';
import { gatherOp } from './gather.js';
import { geluOp, geluTanhOp } from './gelu.js';
import { greaterOp } from './greater.js';
import { greaterEqualOp } from './greaterEqual.js';
import { hardSigmoidOp } from './hardSigmoid.js';
import { constantOp, placeholderOp, variableOp } from './leaf.js';
import { leakyReluOp } from './leakyRelu.js';
import { logOp } from './log.js';
import { fusedMatmulOp, matmulOp } from './matmul.js';
import { maximumOp } from './maximum.js';
import { minimumOp } from './minimum.js';
import { mishOp } from './mish.js';
import { mulOp } from './mul.js';
import { negOp } from './neg.js';
import { momentsOp, normalizeGradInputOp, normalizeGradParamsOp, normalizeOp } from './normalize.js';
import { oneHotOp } from './oneHot.js';
import { powOp } from './pow.js';
import { reciprocalOp } from './reciprocal.js';
import { reluOp } from './relu.js';
import { relu6Op } from './relu6.js';
import { reshapeOp } from './reshape.js';
import { rmspropOp } from './rmsprop.js';
import { rowOp } from './row.js';
import { rsqrtOp } from './rsqrt.js';
import { offsetOp, scaleOp } from './scale.js';
import { selectOp } from './select.js';
import { seluOp } from './selu.js';
import { sgdOp } from './sgd.js';
import { sigmoidOp } from './sigmoid.js';
import { sigmoidCrossEntropyOp } from './sigmoidCrossEntropy.js';
import { signOp } from './sign.js';
import { siluOp } from './silu.js';
import { logSoftmaxOp, softmaxGradOp, softmaxOp } from './softmax.js';
import { softplusOp } from './softplus.js';
import { softsignOp } from './softsign.js';
import { sqrtOp } from './sqrt.js';
import { squareOp } from './square.js';
import { changeOp, firedOp, statisticsOp } from './statistics.js';
import { subOp } from './sub.js';
import { maxOp, minOp, sumOp } from './sum.js';
import { tanhOp } from './tanh.js';
import { transposeOp } from './transpose.js';
import { unaryGradOp } from './unary.js';
import {
  accumulateOp,
  advanceOp,
  clipNormOp,
  clipValueOp,
  lapOp,
  movingAverageOp,
  storeOp,
} from './updates.js';

export const table = {
  abs: absOp,
  accumulate: accumulateOp,
  adam: adamOp,
  add: addOp,
  advance: advanceOp,
  argMax: argMaxOp,
  broadcastTo: broadcastToOp,
  change: changeOp,
  clipNorm: clipNormOp,
  clipValue: clipValueOp,
  constant: constantOp,
  crossEntropy: crossEntropyOp,
  crossEntropyGrad: crossEntropyGradOp,
  div: divOp,
  dropout: dropoutOp,
  dropoutMask: dropoutMaskOp,
  elu: eluOp,
  equal: equalOp,
  erf: erfOp,
  exp: expOp,
  fusedMatmul: fusedMatmulOp,
  fired: firedOp,
  gather: gatherOp,
  gelu: geluOp,
  geluTanh: geluTanhOp,
  greater: greaterOp,
  greaterEqual: greaterEqualOp,
  hardSigmoid: hardSigmoidOp,
  lap: lapOp,
  leakyRelu: leakyReluOp,
  log: logOp,
  logSoftmax: logSoftmaxOp,
  matmul: matmulOp,
  max: maxOp,
  maximum: maximumOp,
  min: minOp,
  minimum: minimumOp,
  mish: mishOp,
  moments: momentsOp,
  movingAverage: movingAverageOp,
  mul: mulOp,
  neg: negOp,
  normalize: normalizeOp,
  normalizeGradInput: normalizeGradInputOp,
  normalizeGradParams: normalizeGradParamsOp,
  offset: offsetOp,
  oneHot: oneHotOp,
  placeholder: placeholderOp,
  pow: powOp,
  reciprocal: reciprocalOp,
  relu: reluOp,
  relu6: relu6Op,
  reshape: reshapeOp,
  rmsprop: rmspropOp,
  row: rowOp,
  rsqrt: rsqrtOp,
  scale: scaleOp,
  select: selectOp,
  selu: seluOp,
  sgd: sgdOp,
  sigmoid: sigmoidOp,
  sigmoidCrossEntropy: sigmoidCrossEntropyOp,
  sign: signOp,
  silu: siluOp,
  softmax: softmaxOp,
  softmaxGrad: softmaxGradOp,
  softplus: softplusOp,
  softsign: softsignOp,
  sqrt: sqrtOp,
  square: squareOp,
  statistics: statisticsOp,
  store: storeOp,
  sub: subOp,
  sum: sumOp,
  tanh: tanhOp,
  transpose: transposeOp,
  unaryGrad: unaryGradOp,
  variable: variableOp,
} as const satisfies Record<string, Op>;

export type OpName = keyof typeof table;
