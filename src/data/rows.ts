/** Examples side by side in typed arrays: the form in which data sets travel. */
import { DataError, ShapeError, show } from '../errors.js';
import { type Shape, sameShape, showShape, sizeOf } from '../graph/shape.js';
import { type Tensor, type TensorData, type TensorLike, tensorFrom } from './tensor.js';

/** Some examples: the first axis of x, and of y where there are targets, counts them. */
export interface Batch {
  readonly x: Tensor;
  readonly y?: Tensor;
}

export const countOf = ({ x }: Batch): number => x.shape[0];

const typed = (data: TensorData): Tensor['dtype'] =>
  data instanceof Uint8Array ? 'uint8' : data instanceof Int32Array ? 'int32' : 'float32';

export const tensorOf = (data: TensorData, shape: Shape): Tensor => ({ data, shape, dtype: typed(data) });

/** Examples `from` up to `to`, without copying. */
export function part({ x, y }: Batch, from: number, to: number): Batch {
  const cut = ({ data, shape }: Tensor): Tensor => {
    const size = data.length / Math.max(shape[0], 1);
    return tensorOf(data.subarray(from * size, to * size), [to - from, ...shape.slice(1)]);
  };
  return y ? { x: cut(x), y: cut(y) } : { x: cut(x) };
}

/** What users call an example or a batch: { x, y }, or [x, y]; TensorFlow.js says { xs, ys }. */
export type Pair =
  | { readonly x: TensorLike; readonly y?: TensorLike }
  | { readonly xs: TensorLike; readonly ys?: TensorLike }
  | readonly [TensorLike, TensorLike];

/** The two tensors of what a source gave; `what` names it in messages. */
export function pairOf(what: string, given: unknown): { x: Tensor; y?: Tensor } {
  const [x, y] = values(what, given);
  const xs = tensorFrom(`${what}: x`, x as TensorLike);
  return y === undefined ? { x: xs } : { x: xs, y: tensorFrom(`${what}: y`, y as TensorLike) };
}

function values(what: string, given: unknown): [unknown, unknown] {
  if (Array.isArray(given) && given.length === 2) return [given[0], given[1]];
  if (typeof given === 'object' && given !== null) {
    const { x, y, xs, ys } = given as Record<string, unknown>;
    if (x !== undefined) return [x, y];
    if (xs !== undefined) return [xs, ys];
  }
  throw new DataError(`${what} is ${show(given)}; expected { x, y } or [x, y].`);
}

/** The number of examples of a batch, whose x and y must have the same. */
export function checkBatch(what: string, { x, y }: Batch): number {
  if (x.shape.length === 0)
    throw new DataError(`${what}: x is a single number; its first axis counts examples.`);
  if (y && y.shape[0] !== x.shape[0]) {
    throw new DataError(
      `${what}: x has ${x.shape[0]} examples and y has ${y.shape.length ? y.shape[0] : 'a single number'}; every example needs one target.`,
    );
  }
  return x.shape[0];
}

/** An example as a batch of one. */
export function single({ x, y }: { x: Tensor; y?: Tensor }): Batch {
  const one = ({ data, shape }: Tensor) => tensorOf(data, [1, ...shape]);
  return y ? { x: one(x), y: one(y) } : { x: one(x) };
}

/** The wider of two kinds of numbers. */
function wider(a: Tensor['dtype'], b: Tensor['dtype']): Tensor['dtype'] {
  const order = ['uint8', 'int32', 'float32'] as const;
  return order[Math.max(order.indexOf(a), order.indexOf(b))];
}
const kinds = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array } as const;

/** Room for rows of one shape, which grows as they come. */
class Column {
  data: TensorData;
  readonly size: number;

  constructor(
    readonly what: string,
    readonly shape: Shape,
    dtype: Tensor['dtype'],
    rows: number,
  ) {
    this.size = sizeOf(shape);
    this.data = new kinds[dtype](rows * this.size);
  }

  /** Rows that there is room for. */
  get rows(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : Math.floor(this.data.length / this.size);
  }

  /** Makes sure that `rows` rows fit, of numbers like these. */
  prepare(rows: number, { dtype }: Tensor): void {
    const kind = wider(typed(this.data), dtype);
    const enough = this.data.length >= rows * this.size;
    if (enough && kind === typed(this.data)) return;
    const room = enough ? this.data.length : Math.max(rows * this.size, 2 * this.data.length);
    const larger = new kinds[kind](room);
    larger.set(this.data);
    this.data = larger;
  }

  /** Copies row `from` of some numbers to row `to`. */
  copy(source: TensorData, from: number, to: number): void {
    const { data, size } = this;
    if (size > 16) {
      data.set(source.subarray(from * size, (from + 1) * size), to * size);
      return;
    }
    for (let i = 0, a = from * size, b = to * size; i < size; i++) data[b + i] = source[a + i];
  }
}

/** Room is made for so many examples at first, however many are expected: there may be only a few. */
const FIRST_ROOM = 4096;

/** Examples that are collected, or replaced, one by one. */
export class Rows {
  count = 0;
  #x: Column | undefined;
  #y: Column | undefined;
  /** The batch that was checked last, and the rows that there is room for. */
  #known: Batch | undefined;
  #rows = 0;

  constructor(
    readonly what: string,
    /** Examples that are expected. */
    readonly room: number,
  ) {}

  /** Adds examples `from` up to `to` of a batch. */
  add(batch: Batch, from = 0, to = countOf(batch)): void {
    this.#prepare(batch, this.count + to - from);
    const [x, y] = [this.#x, this.#y];
    for (const [column, tensor] of [
      [x, batch.x],
      [y, batch.y],
    ] as const) {
      if (column && tensor)
        column.data.set(tensor.data.subarray(from * column.size, to * column.size), this.count * column.size);
    }
    this.count += to - from;
  }

  /** Puts example `from` of a batch in the place of example `to`, or after the last. */
  put(batch: Batch, from: number, to = this.count): void {
    this.#prepare(batch, Math.max(this.count, to + 1));
    this.#x?.copy(batch.x.data, from, to);
    if (batch.y) this.#y?.copy(batch.y.data, from, to);
    this.count = Math.max(this.count, to + 1);
  }

  /** Makes room for so many rows of numbers like these. */
  #prepare(batch: Batch, rows: number): void {
    if (batch === this.#known && rows <= this.#rows) return;
    if (!this.#x) {
      const column = (name: string, { shape, dtype }: Tensor) =>
        new Column(`${this.what}: ${name}`, shape.slice(1), dtype, Math.min(this.room, FIRST_ROOM));
      this.#x = column('x', batch.x);
      this.#y = batch.y && column('y', batch.y);
    }
    if ((this.#y === undefined) !== (batch.y === undefined)) {
      throw new DataError(`${this.what}: some examples have a target y and some have none.`);
    }
    for (const [column, tensor] of [
      [this.#x, batch.x],
      [this.#y, batch.y],
    ] as const) {
      if (!column || !tensor) continue;
      if (!sameShape(column.shape, tensor.shape.slice(1))) {
        throw new ShapeError(
          `${column.what} has shape ${showShape(tensor.shape.slice(1))} in one example and ${showShape(column.shape)} in those before; all must be alike.`,
        );
      }
      column.prepare(rows, tensor);
    }
    this.#known = batch;
    this.#rows = Math.min(...[this.#x, this.#y].map((column) => (column ? column.rows : rows)));
  }

  /** Makes sure that the numbers of a batch can take the place of any here, so that `all` stays valid while they do. */
  welcome(batch: Batch): void {
    this.#prepare(batch, this.count);
  }

  /** All of them; valid until the next change. */
  get all(): Batch {
    const view = ({ data, size, shape }: Column) =>
      tensorOf(data.subarray(0, this.count * size), [this.count, ...shape]);
    if (!this.#x) throw new DataError(`${this.what}: there are no examples.`);
    return this.#y ? { x: view(this.#x), y: view(this.#y) } : { x: view(this.#x) };
  }

  /** All of them, for the caller to keep; there are then none. */
  take(): Batch {
    const { all } = this;
    this.count = 0;
    this.#x = undefined;
    this.#y = undefined;
    this.#known = undefined;
    return all;
  }
}
