/** Effects: ops that write variables in place, run at the end of a step. */
import {
  Accumulate,
  Advance,
  ClipNorm,
  ClipValue,
  Lap,
  MovingAverage,
  Opcode,
  StridedCopy,
} from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { type Shape, sizeOf } from '../graph/shape.js';

const nothing = new Float64Array(0);
const noValue = (): Shape => [0];

/** variable = value. The planner leaves it out where the value can be computed right there. */
export const storeOp: Op<Record<string, never>> = {
  name: 'store',
  shape: noValue,
  writes: [1],
  reference([value, variable]) {
    variable.set(value);
    return nothing;
  },
  lower({ inputs: [value, variable] }, { address, emit }) {
    const [x, out] = [address(value), address(variable)];
    const d3 = sizeOf(value.shape);
    emit(Opcode.StridedCopy, StridedCopy, { x, out, d0: 1, d1: 1, d2: 1, d3, s0: 0, s1: 0, s2: 0, s3: 1 });
  },
  print: () => '',
};
export const store = (value: Node, variable: Node): Node => apply(storeOp, [value, variable], {});

/** totals[slot] (f64) += scale · Σ value. */
export const accumulateOp: Op<{ scale: number; slot: number }> = {
  name: 'accumulate',
  shape: noValue,
  inputTypes: ['f32', 'f64'],
  writes: [1],
  reference([value, totals], { attributes: { scale, slot } }) {
    totals[slot] += scale * value.reduce((a, b) => a + b, 0);
    return nothing;
  },
  lower({ inputs: [value, totals], attributes: { scale, slot } }, { address, emit }) {
    const total = address(totals) + slot * 8;
    emit(Opcode.Accumulate, Accumulate, { x: address(value), total, n: sizeOf(value.shape), scale });
  },
};
export const accumulate = (value: Node, totals: Node, scale: number, slot = 0): Node =>
  apply(accumulateOp, [value, totals], { scale, slot });

/**
 * Counts the steps of a lap (an epoch, when several run in one go); after its last step the totals move
 * to the next row of the log. Inputs lap (u32: step, length, row), totals (f64), log (f64 [rows, totals]).
 */
export const lapOp: Op<Record<string, never>> = {
  name: 'lap',
  shape: noValue,
  inputTypes: ['u32', 'f64', 'f64'],
  writes: [0, 1, 2],
  reference([lap, totals, log]) {
    if (++lap[0] === lap[1]) {
      log.set(totals, lap[2]++ * totals.length);
      totals.fill(0);
      lap[0] = 0;
    }
    return nothing;
  },
  lower({ inputs }, { address, emit }) {
    const [lap, totals, log] = inputs.map(address);
    emit(Opcode.Lap, Lap, { lap, totals, log, n: sizeOf(inputs[1].shape) });
  },
  print: () => '',
};
export const lap = (state: Node, totals: Node, log: Node): Node => apply(lapOp, [state, totals, log], {});

/** counter (a u32 cell) += amount. */
export const advanceOp: Op<{ amount: number }> = {
  name: 'advance',
  shape: noValue,
  inputTypes: ['u32'],
  writes: [0],
  reference([counter], { attributes: { amount } }) {
    counter[0] += amount;
    return nothing;
  },
  lower({ inputs: [counter], attributes: { amount } }, { address, emit }) {
    emit(Opcode.Advance, Advance, { counter: address(counter), amount });
  },
};
export const advance = (counter: Node, amount: number): Node => apply(advanceOp, [counter], { amount });

/** average = average·momentum + value·(1 − momentum). */
export const movingAverageOp: Op<{ momentum: number }> = {
  name: 'movingAverage',
  shape: noValue,
  writes: [0],
  reference([average, value], { attributes: { momentum } }) {
    value.forEach((v, i) => {
      average[i] = average[i] * momentum + v * (1 - momentum);
    });
    return nothing;
  },
  lower({ inputs: [average, value], attributes: { momentum } }, { address, emit }) {
    emit(Opcode.MovingAverage, MovingAverage, {
      average: address(average),
      value: address(value),
      n: sizeOf(value.shape),
      momentum,
    });
  },
};
export const movingAverage = (average: Node, value: Node, momentum: number): Node =>
  apply(movingAverageOp, [average, value], { momentum });

/** x = min(max(x, −limit), limit). */
export const clipValueOp: Op<{ limit: number }> = {
  name: 'clipValue',
  shape: noValue,
  writes: [0],
  reference([x], { attributes: { limit } }) {
    x.forEach((v, i) => {
      x[i] = Math.min(Math.max(v, -limit), limit);
    });
    return nothing;
  },
  lower({ inputs: [x], attributes: { limit } }, { address, emit }) {
    emit(Opcode.ClipValue, ClipValue, { x: address(x), n: sizeOf(x.shape), limit });
  },
};
export const clipValue = (x: Node, limit: number): Node => apply(clipValueOp, [x], { limit });

/** x ·= limit / max(‖x‖₂, limit). */
export const clipNormOp: Op<{ limit: number }> = {
  name: 'clipNorm',
  shape: noValue,
  writes: [0],
  reference([x], { attributes: { limit } }) {
    const norm = Math.sqrt(x.reduce((total, v) => total + v * v, 0));
    x.forEach((v, i) => {
      x[i] = (v * limit) / Math.max(norm, limit);
    });
    return nothing;
  },
  lower({ inputs: [x], attributes: { limit } }, { address, emit }) {
    emit(Opcode.ClipNorm, ClipNorm, { x: address(x), n: sizeOf(x.shape), limit });
  },
};
export const clipNorm = (x: Node, limit: number): Node => apply(clipNormOp, [x], { limit });
