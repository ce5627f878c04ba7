/** Data sets of files that hold one array each: a header, then numbers of one kind, row-major. */
import { DataError } from '../errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import { Dataset } from './dataset.js';
import { type ElementType, numbersOf } from './numbers.js';
import { type Batch, tensorOf } from './rows.js';
import { ByteReader, type DataSource, type Opener, opener } from './source.js';
import type { Tensor } from './tensor.js';

/** What a header tells. */
export interface ArrayHeader {
  readonly shape: Shape;
  readonly type: ElementType;
  /** Whether the low byte comes first. */
  readonly little: boolean;
  /** The first axis runs fastest, as in Fortran. */
  readonly columns?: boolean;
}

export type ReadHeader = (what: string, reader: ByteReader) => Promise<ArrayHeader>;

/** Bytes of examples that are decoded at a time, and the most that one may have. */
const PORTION = 2 ** 18;
const LARGEST = 2 ** 30;

/** An array file that is being read. */
class ArrayReader {
  readonly what: string;
  readonly header: ArrayHeader;
  readonly #reader: ByteReader;
  readonly #example: Shape;
  readonly #bytes: number;
  /** Examples read. */
  #read = 0;
  /** All of it, where that is the only way. */
  #whole: Tensor | undefined;

  private constructor(what: string, reader: ByteReader, header: ArrayHeader) {
    this.what = what;
    this.header = header;
    this.#reader = reader;
    this.#example = header.shape.slice(1);
    this.#bytes = sizeOf(this.#example) * Number(header.type[1]);
  }

  static async open(what: string, { name, open }: Opener, readHeader: ReadHeader): Promise<ArrayReader> {
    const reader = new ByteReader(`${what}: ${name}`, open());
    try {
      const named = `${what}: ${name}`;
      const header = await readHeader(named, reader);
      const array = new ArrayReader(named, reader, header);
      if (header.shape.length === 0)
        throw new DataError(`${named} holds a single number; expected a list of examples.`);
      if (array.#bytes === 0 || array.#bytes > LARGEST) {
        throw new DataError(
          `${named} says that it has shape ${showShape(header.shape)}, so an example has ${array.#bytes} bytes; expected from 1 byte to 1 GiB.`,
        );
      }
      return array;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  get count(): number {
    return this.header.shape[0];
  }

  /** The next examples, at most so many; none at the end. */
  async next(most: number): Promise<Tensor> {
    const left = Math.min(most, this.count - this.#read);
    if (this.header.columns && this.#example.length > 0 && left > 0) return this.#fromWhole(left);
    const bytes =
      left > 0
        ? await this.#reader.records(
            this.#bytes,
            Math.min(left, Math.max(1, Math.floor(PORTION / this.#bytes))),
          )
        : new Uint8Array(0);
    const count = Math.floor(bytes.length / this.#bytes);
    if (left > 0 && count === 0) this.#cutOff();
    const data = numbersOf(this.what, this.header.type, this.header.little, bytes);
    this.#read += count;
    return tensorOf(data, [count, ...this.#example]);
  }

  async #fromWhole(most: number): Promise<Tensor> {
    if (!this.#whole) {
      const size = this.count * this.#bytes;
      if (size > LARGEST) {
        throw new DataError(
          `${this.what} is in Fortran order, so ${size} bytes would have to be read at once; save it in C order (numpy.ascontiguousarray).`,
        );
      }
      const bytes = await this.#reader.take(size);
      if (bytes.length < size) this.#cutOff();
      const data = numbersOf(this.what, this.header.type, this.header.little, bytes);
      this.#whole = rowMajor(tensorOf(data, this.header.shape));
    }
    const { data } = this.#whole;
    const size = sizeOf(this.#example);
    const count = Math.min(most, Math.max(1, Math.floor(PORTION / this.#bytes)));
    const from = this.#read;
    this.#read += count;
    return tensorOf(data.subarray(from * size, this.#read * size), [count, ...this.#example]);
  }

  #cutOff(): never {
    throw new DataError(
      `${this.what} is cut off: shape ${showShape(this.header.shape)} needs ${this.count} examples of ${this.#bytes} bytes, and it ends after ${this.#read}.`,
    );
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }
}

/** The same numbers with the last axis running fastest, from an array whose first does. */
export function rowMajor({ data, shape }: Tensor): Tensor {
  const out = data.slice();
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  const steps = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  for (let i = 0, from = 0; i < data.length; i++) {
    out[i] = data[from];
    for (let axis = rank - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return tensorOf(out, shape);
}

/** A data set of two array files, or of one where there are no targets. The headers are read at once. */
export async function arrayDataset(
  what: string,
  readHeader: ReadHeader,
  x: DataSource,
  y: DataSource | undefined,
): Promise<Dataset> {
  const [ofX, ofY] = [opener(what, x), y === undefined ? undefined : opener(what, y)];
  const open = async (): Promise<ArrayReader[]> => {
    const readers = [await ArrayReader.open(what, ofX, readHeader)];
    if (!ofY) return readers;
    try {
      readers.push(await ArrayReader.open(what, ofY, readHeader));
      if (readers[0].count !== readers[1].count) {
        throw new DataError(
          `${readers[0].what} has ${readers[0].count} examples and ${readers[1].what} ${readers[1].count}; every example needs one target.`,
        );
      }
      return readers;
    } catch (error) {
      for (const reader of readers) await reader.close();
      throw error;
    }
  };
  let held: ArrayReader[] | undefined = await open();
  const size = held[0].count;
  // What can be opened again is; a stream goes on from where its header ends.
  if (!ofX.once && !ofY?.once) {
    for (const reader of held) await reader.close();
    held = undefined;
  }
  return new Dataset(
    async function* () {
      const readers = held ?? (await open());
      held = undefined;
      try {
        yield* sideBySide(readers);
      } finally {
        for (const reader of readers) await reader.close();
      }
    },
    { size },
  );
}

/** As many examples of each at a time. */
async function* sideBySide([x, y]: readonly ArrayReader[]): AsyncGenerator<Batch> {
  for (;;) {
    const xs = await x.next(Number.POSITIVE_INFINITY);
    const count = xs.shape[0];
    if (count === 0) return;
    if (!y) yield { x: xs };
    for (let done = 0; y && done < count; ) {
      const ys = await y.next(count - done);
      const size = xs.data.length / count;
      const from = done;
      done += ys.shape[0];
      yield {
        x: tensorOf(xs.data.subarray(from * size, done * size), [ys.shape[0], ...xs.shape.slice(1)]),
        y: ys,
      };
    }
  }
}
