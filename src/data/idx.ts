import { DataError, show } from '../errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import { type ArrayHeader, arrayDataset } from './arrays.js';
import type { Dataset } from './dataset.js';
import { type ElementType, numbersOf } from './numbers.js';
import { tensorOf } from './rows.js';
import type { ByteReader, DataSource } from './source.js';
import type { Tensor } from './tensor.js';

/** The element types of the format, by their codes. */
const types: Readonly<Record<number, ElementType>> = {
  8: 'u1',
  9: 'i1',
  11: 'i2',
  12: 'i4',
  13: 'f4',
  14: 'f8',
};

function preamble(what: string, bytes: Uint8Array): { type: ElementType; rank: number } {
  const [zero, nought, code, rank] = bytes;
  if (bytes.length < 4 || zero !== 0 || nought !== 0) {
    throw new DataError(
      `${what}: the file begins with ${show([...bytes.subarray(0, 4)])}; an IDX file begins with two zeros, a type and a number of axes.`,
    );
  }
  const type = Object.hasOwn(types, code) ? types[code] : undefined;
  if (!type)
    throw new DataError(
      `${what}: the file holds elements of an unknown type, ${code}; expected 8 (bytes), 9, 11, 12, 13 or 14.`,
    );
  return { type, rank };
}

function shapeOf(what: string, axes: Uint8Array, rank: number): Shape {
  if (axes.length < 4 * rank) {
    throw new DataError(
      `${what}: the file is cut off: a header for ${rank} axes takes ${4 + 4 * rank} bytes, and there are ${4 + axes.length}.`,
    );
  }
  const view = new DataView(axes.buffer, axes.byteOffset, axes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 * axis));
  if (Number.isSafeInteger(sizeOf(shape) * 8)) return shape;
  throw new DataError(
    `${what}: the file claims shape ${showShape(shape)}, which is too large for any memory.`,
  );
}

async function streamHeader(what: string, reader: ByteReader): Promise<ArrayHeader> {
  const { type, rank } = preamble(what, await reader.take(4));
  return { type, shape: shapeOf(what, await reader.take(4 * rank), rank), little: false };
}

/**
 * A data set of files in the IDX format of the MNIST digits, compressed with gzip or not: x [n, ...] and, if given, y [n, ...],
 * read as they are needed. Bytes stay bytes; 16- and 32-bit whole numbers become i32, floats f32.
 */
export const idx = (x: DataSource, y?: DataSource): Promise<Dataset> =>
  arrayDataset('data.idx', streamHeader, x, y);

/**
 * Reads a file in the IDX format of the MNIST digits: two zero bytes, the type of the elements, the number of axes, the size
 * of each axis (u32, big endian), then the elements, row-major. Bytes are looked at without copying them.
 */
export function readIdx(bytes: Uint8Array | ArrayBuffer): Tensor {
  if (!(bytes instanceof Uint8Array) && !(bytes instanceof ArrayBuffer)) {
    throw new DataError(
      `readIdx: got ${show(bytes)}; expected the bytes of a file as a Uint8Array or ArrayBuffer.`,
    );
  }
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  if (file[0] === 0x1f && file[1] === 0x8b) {
    throw new DataError(
      'readIdx: these bytes are compressed with gzip; decompress them first, or let data.idx(path) read the file.',
    );
  }
  const { type, rank } = preamble('readIdx', file);
  const header = 4 + 4 * rank;
  const shape = shapeOf('readIdx', file.subarray(4, header), rank);
  const wanted = sizeOf(shape) * Number(type[1]);
  if (file.length - header !== wanted) {
    const which = file.length - header < wanted ? 'cut off' : 'too long';
    throw new DataError(
      `readIdx: the file is ${which}: shape ${showShape(shape)} needs ${wanted} bytes after the header, and there are ${file.length - header}.`,
    );
  }
  return tensorOf(numbersOf('readIdx', type, false, file.subarray(header)), shape);
}
