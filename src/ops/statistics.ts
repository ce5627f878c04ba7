/** Effects that measure: what the doctor asks of a sampled step. They write into cells of their own. */
import { Change, Fired, Measure, Opcode, Statistics } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { type Shape, sizeOf } from '../graph/shape.js';

/** f64 cells that one measurement takes. */
export const CELLS = 8;

const nothing = new Float64Array(0);
const noValue = (): Shape => [0];
const squares = (x: Float64Array) => x.reduce((sum, v) => sum + v * v, 0);
const largest = (x: Float64Array) => x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** cells = sums, extremes and counts of x, in the order of Measure. */
export const statisticsOp: Op<{ center: number; radius: number }> = {
  name: 'statistics',
  shape: noValue,
  inputTypes: ['f32', 'f64'],
  writes: [1],
  reference([x, cells], { attributes: { center, radius } }) {
    const finite = x.filter(Number.isFinite);
    cells[Measure.Sum] = finite.reduce((sum, v) => sum + v, 0);
    cells[Measure.Squares] = squares(finite);
    cells[Measure.Least] = finite.length > 0 ? finite.reduce((a, b) => Math.min(a, b)) : 0;
    cells[Measure.Most] = finite.length > 0 ? finite.reduce((a, b) => Math.max(a, b)) : 0;
    cells[Measure.NonFinite] = x.length - finite.length;
    cells[Measure.Beyond] = x.filter((v) => Math.abs(v - center) > radius).length;
    cells[Measure.Zeros] = x.filter((v) => v === 0).length;
    cells[Measure.Count] = x.length;
    return nothing;
  },
  lower({ inputs: [x, cells], attributes }, { address, emit }) {
    const n = sizeOf(x.shape);
    emit(Opcode.Statistics, Statistics, { x: address(x), out: address(cells), n, ...attributes });
  },
  cost: ({ inputs: [x] }) => sizeOf(x.shape),
  print: ({ center, radius }) => (radius === Number.POSITIVE_INFINITY ? '' : `beyond ${center} ± ${radius}`),
};

/** Counts no element as beyond unless a radius is given. */
export const statistics = (x: Node, cells: Node, center = 0, radius = Number.POSITIVE_INFINITY): Node =>
  apply(statisticsOp, [x, cells], { center, radius });

/** cells = how far `before` has moved to become `after`, in the order of Movement. */
export const changeOp: Op<Record<string, never>> = {
  name: 'change',
  shape: noValue,
  inputTypes: ['f32', 'f32', 'f64'],
  writes: [2],
  reference([after, before, cells]) {
    const way = after.map((v, i) => v - before[i]);
    const moved = way.filter(Number.isFinite);
    const from = before.filter((_, i) => Number.isFinite(way[i]));
    cells.set([
      squares(moved),
      largest(moved),
      squares(from),
      largest(from),
      way.length - moved.length,
      way.length,
    ]);
    return nothing;
  },
  lower({ inputs: [after, before, cells] }, { address, emit }) {
    const n = sizeOf(after.shape);
    emit(Opcode.Change, Change, { after: address(after), before: address(before), out: address(cells), n });
  },
  cost: ({ inputs: [after] }) => sizeOf(after.shape),
  print: () => '',
};

export const change = (after: Node, before: Node, cells: Node): Node =>
  apply(changeOp, [after, before, cells], {});

/** counts [units] += for how many rows of x [..., units] each unit is above 0. */
export const firedOp: Op<Record<string, never>> = {
  name: 'fired',
  shape: noValue,
  inputTypes: ['f32', 'u32'],
  writes: [1],
  reference([x, counts]) {
    x.forEach((v, i) => {
      if (v > 0) counts[i % counts.length]++;
    });
    return nothing;
  },
  lower({ inputs: [x, counts] }, { address, emit }) {
    const columns = sizeOf(counts.shape);
    const rows = sizeOf(x.shape) / columns;
    emit(Opcode.Fired, Fired, { x: address(x), counts: address(counts), rows, columns });
  },
  cost: ({ inputs: [x] }) => sizeOf(x.shape),
  print: () => '',
};

export const fired = (x: Node, counts: Node): Node => apply(firedOp, [x, counts], {});
