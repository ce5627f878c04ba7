import { CrossEntropy, CrossEntropyGrad, Opcode } from '../../assembly/opcodes.js';
import { ShapeError } from '../errors.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sameShape, showShape } from '../graph/shape.js';
import { add } from './add.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { oneHot } from './oneHot.js';
import { logSoftmax, logSoftmaxReference, rowsOf } from './softmax.js';
import { sum } from './sum.js';

export interface CrossEntropyAttributes {
  /** Targets are class indices, one a row, rather than a probability for each class. */
  readonly sparse: boolean;
  /** Label smoothing: t·(1 − smoothing) + smoothing / classes. */
  readonly smoothing: number;
}

function smoothedTargets(
  targets: Float64Array,
  columns: number,
  rows: number,
  { sparse, smoothing }: CrossEntropyAttributes,
) {
  const out = sparse ? new Float64Array(rows * columns) : targets.slice();
  if (sparse)
    targets.forEach((label, r) => {
      out[r * columns + label] = 1;
    });
  return out.map((t) => t * (1 - smoothing) + smoothing / columns);
}

/** Softmax cross-entropy of each row: −Σ_j t_j · log softmax(logits)_j. */
export const crossEntropyOp: Op<CrossEntropyAttributes> = {
  name: 'crossEntropy',
  shape([logits, targets], { sparse }) {
    const rows = logits.shape.slice(0, -1);
    const wanted = sparse ? rows : logits.shape;
    if (!sameShape(targets.shape, wanted)) {
      throw new ShapeError(
        `crossEntropy: targets have shape ${showShape(targets.shape)}; logits of shape ${showShape(logits.shape)} need ` +
          `${showShape(wanted)} (${sparse ? 'one class index a row' : 'a probability for each class'}).`,
      );
    }
    return rows;
  },
  gradient: (dloss, { inputs: [logits, targets], attributes }) => [
    apply(crossEntropyGradOp, [logits, targets, dloss], attributes),
    null,
  ],
  reference([logits, targets], { inputs, attributes }) {
    const { rows, columns } = rowsOf(inputs[0]);
    const t = smoothedTargets(targets, columns, rows, attributes);
    const logs = logSoftmaxReference(logits, columns);
    const out = new Float64Array(rows);
    logs.forEach((v, i) => {
      out[Math.floor(i / columns)] -= t[i] === 0 ? 0 : t[i] * v;
    });
    return out;
  },
  lower(node, { address, emit }) {
    const [logits, targets] = node.inputs.map(address);
    const { sparse, smoothing } = node.attributes;
    const operands = {
      logits,
      targets,
      out: address(node),
      ...rowsOf(node.inputs[0]),
      sparse: Number(sparse),
      smoothing,
    };
    emit(Opcode.CrossEntropy, CrossEntropy, operands);
  },
};

/** dlogits = dloss · (softmax(logits)·Σ_j t_j − t). */
export const crossEntropyGradOp: Op<CrossEntropyAttributes> = {
  name: 'crossEntropyGrad',
  shape: ([logits]) => logits.shape,
  reference([logits, targets, dloss], { inputs, attributes }) {
    const { rows, columns } = rowsOf(inputs[0]);
    const t = smoothedTargets(targets, columns, rows, attributes);
    const logs = logSoftmaxReference(logits, columns);
    return logs.map((v, i) => {
      const r = Math.floor(i / columns);
      const total = t.subarray(r * columns, (r + 1) * columns).reduce((a, b) => a + b, 0);
      return dloss[r] * (Math.exp(v) * total - t[i]);
    });
  },
  lower(node, { address, emit }) {
    const [logits, targets, dloss] = node.inputs.map(address);
    const { sparse, smoothing } = node.attributes;
    const operands = {
      logits,
      targets,
      dloss,
      out: address(node),
      ...rowsOf(node),
      sparse: Number(sparse),
      smoothing,
    };
    emit(Opcode.CrossEntropyGrad, CrossEntropyGrad, operands);
  },
  inPlace: [0],
};

/** Cross-entropy of softmax(logits) with targets, one number a row. */
export const crossEntropy = (
  logits: Node,
  targets: Node,
  attributes: Partial<CrossEntropyAttributes> = {},
): Node => apply(crossEntropyOp, [logits, targets], { sparse: false, smoothing: 0, ...attributes });

/** The same from plain ops, for tests to hold the kernels against. */
export function crossEntropyDecomposed(
  logits: Node,
  targets: Node,
  { sparse, smoothing }: CrossEntropyAttributes,
): Node {
  const { columns } = rowsOf(logits);
  const t = sparse ? oneHot(targets, columns) : targets;
  const smoothed = add(mul(t, 1 - smoothing), smoothing / columns);
  return neg(sum(mul(smoothed, logSoftmax(logits)), -1));
}
