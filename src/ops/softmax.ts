import { Opcode, Softmax, SoftmaxGrad } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';
import { div } from './div.js';
import { exp } from './exp.js';
import { log } from './log.js';
import { sub } from './sub.js';
import { max, sum } from './sum.js';

/** A value seen as rows along its last axis. */
export function rowsOf(node: Node): { rows: number; columns: number } {
  const columns = node.shape[node.shape.length - 1] ?? 1;
  return { rows: columns === 0 ? 0 : sizeOf(node.shape) / columns, columns };
}

/** f64 log-softmax of each row, the row's maximum subtracted first. */
export function logSoftmaxReference(x: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let r = 0; r < x.length; r += columns) {
    const row = x.subarray(r, r + columns);
    const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = top + Math.log(row.reduce((total, v) => total + Math.exp(v - top), 0));
    for (let j = 0; j < columns; j++) out[r + j] = row[j] - logSum;
  }
  return out;
}

function softmaxRow(name: string, isLog: boolean): Op<Record<string, never>> {
  return {
    name,
    shape: ([x]) => x.shape,
    gradient: (dy, y) => [apply(softmaxGradOp, [dy, y], { log: isLog })],
    reference([x], node) {
      const logs = logSoftmaxReference(x, rowsOf(node).columns);
      return isLog ? logs : logs.map(Math.exp);
    },
    lower(node, { address, emit }) {
      const operands = {
        x: address(node.inputs[0]),
        out: address(node),
        ...rowsOf(node),
        log: Number(isLog),
      };
      emit(Opcode.Softmax, Softmax, operands);
    },
    inPlace: [0],
    print: () => '',
  };
}

/** y_j = exp(x_j) / Σ exp(x) along the last axis. */
export const softmaxOp = softmaxRow('softmax', false);
/** y_j = x_j − log Σ exp(x) along the last axis. */
export const logSoftmaxOp = softmaxRow('logSoftmax', true);

/** softmax: dx = y·(dy − Σ dy·y). log-softmax: dx = dy − exp(y)·Σ dy. */
export const softmaxGradOp: Op<{ log: boolean }> = {
  name: 'softmaxGrad',
  shape: ([, y]) => y.shape,
  reference([dy, y], node) {
    const { columns } = rowsOf(node);
    const { log: isLog } = node.attributes;
    const out = new Float64Array(y.length);
    for (let r = 0; r < y.length; r += columns) {
      let total = 0;
      for (let j = r; j < r + columns; j++) total += isLog ? dy[j] : dy[j] * y[j];
      for (let j = r; j < r + columns; j++)
        out[j] = isLog ? dy[j] - Math.exp(y[j]) * total : y[j] * (dy[j] - total);
    }
    return out;
  },
  lower(node, { address, emit }) {
    const [dy, y] = node.inputs.map(address);
    const operands = { dy, y, out: address(node), ...rowsOf(node), log: Number(node.attributes.log) };
    emit(Opcode.SoftmaxGrad, SoftmaxGrad, operands);
  },
  inPlace: [0],
  print: ({ log: isLog }) => (isLog ? 'log' : ''),
};

export const softmax = (x: Node): Node => apply(softmaxOp, [x], {});
export const logSoftmax = (x: Node): Node => apply(logSoftmaxOp, [x], {});

/** The same from plain ops, for tests to hold the kernels against. */
export function softmaxDecomposed(x: Node): Node {
  const e = exp(sub(x, max(x, -1, true)));
  return div(e, sum(e, -1, true));
}
export function logSoftmaxDecomposed(x: Node): Node {
  const shifted = sub(x, max(x, -1, true));
  return sub(shifted, log(sum(exp(shifted), -1, true)));
}
