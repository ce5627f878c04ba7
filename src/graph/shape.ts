import { ShapeError, show } from '../errors.js';

/** Sizes of the axes, outermost first; [] is a scalar. Static: known when the node is made. */
export type Shape = readonly number[];

/** The number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** "[2, 3]"; null axes (an unknown batch) print as null, as Keras does. */
export function showShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((axis) => axis ?? 'null').join(', ')}]`;
}

/** The shape of a batch of such examples, and in words: "[batch, 3]: examples of 3 numbers each". */
export function showBatch(example: Shape): string {
  const each =
    example.length > 1
      ? `shape ${showShape(example)}`
      : `${sizeOf(example)} number${sizeOf(example) === 1 ? '' : 's'} each`;
  return `[${['batch', ...example].join(', ')}]: examples of ${each}`;
}

/** The common shape of two operands under NumPy's broadcasting rule. */
export function broadcastShapes(a: Shape, b: Shape, op: string): Shape {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast: axis ${i - rank} is ${x} in one ` +
          `and ${y} in the other. Each axis must be equal, or 1 in one of them.`,
      );
    }
    out.push(x === 1 ? y : x);
  }
  return out;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** Strides with which a value of `shape` is read as if it had shape `to`: 0 along broadcast axes. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const own = stridesOf(shape);
  return to.map((axis, i) => {
    const j = i - (to.length - shape.length);
    return j < 0 || (shape[j] === 1 && axis !== 1) ? 0 : own[j];
  });
}

/** Axis numbers may be negative, counted from the end. */
export function normalizeAxis(axis: number, rank: number, op: string): number {
  const a = Number.isInteger(axis) && axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(a) || a < 0 || a >= rank) {
    throw new ShapeError(
      `${op}: axis ${show(axis)} does not exist in a value of rank ${rank} (axes ${-rank} … ${rank - 1}).`,
    );
  }
  return a;
}
