import { DataError, show } from '../errors.js';
import { showShape, sizeOf } from '../graph/shape.js';
import type { Tensor } from './tensor.js';

const UNSIGNED_BYTE = 0x08;

/** The other element types of the format, for messages. */
const otherTypes: Readonly<Record<number, string>> = {
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/**
 * Reads a file in the IDX format of the MNIST digits: two zero bytes, the type of the elements, the
 * number of axes, the size of each axis (u32, big endian), then the elements, row-major. The result
 * looks at the given bytes without copying them.
 */
export function readIdx(bytes: Uint8Array | ArrayBuffer): Tensor<Uint8Array> {
  if (!(bytes instanceof Uint8Array) && !(bytes instanceof ArrayBuffer)) {
    throw new DataError(
      `readIdx: got ${show(bytes)}; expected the bytes of a file as a Uint8Array or ArrayBuffer.`,
    );
  }
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  if (file[0] === 0x1f && file[1] === 0x8b) {
    throw new DataError(
      'readIdx: these bytes are compressed with gzip; decompress them first (node:zlib has gunzipSync).',
    );
  }
  const [zero, nought, type, rank] = file;
  const header = 4 + 4 * rank;
  if (file.length < 4 || zero !== 0 || nought !== 0) {
    throw new DataError(
      `readIdx: the file begins with ${show([...file.subarray(0, 4)])}; an IDX file begins with two zeros, a type and a number of axes.`,
    );
  }
  if (type !== UNSIGNED_BYTE) {
    const what = otherTypes[type] ?? `elements of an unknown type, ${type}`;
    throw new DataError(
      `readIdx: the file holds ${what}; only unsigned bytes (type 8), as in MNIST, can be read.`,
    );
  }
  if (file.length < header) {
    throw new DataError(
      `readIdx: the file is cut off: a header for ${rank} axes takes ${header} bytes, and there are ${file.length}.`,
    );
  }
  const view = new DataView(file.buffer, file.byteOffset, header);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = sizeOf(shape);
  if (file.length - header !== size) {
    const which = file.length - header < size ? 'cut off' : 'too long';
    throw new DataError(
      `readIdx: the file is ${which}: shape ${showShape(shape)} needs ${size} bytes after the header, and there are ${file.length - header}.`,
    );
  }
  return { data: new Uint8Array(file.buffer, file.byteOffset + header, size), shape, dtype: 'uint8' };
}
