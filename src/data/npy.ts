/** NumPy's files: .npy holds one array, .npz is a zip of several. */
import { DataError, StateError, show } from '../errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import { checkConfig, wholeNumber } from '../settings.js';
import { type ArrayHeader, arrayDataset, rowMajor } from './arrays.js';
import type { Dataset } from './dataset.js';
import { type ElementType, numbersOf } from './numbers.js';
import { tensorOf } from './rows.js';
import { type ByteReader, type DataSource, opener, readAll } from './source.js';
import { type Tensor, type TensorLike, tensorFrom } from './tensor.js';

/** NumPy itself refuses longer headers. */
const LONGEST_HEADER = 10_000;
/** Bytes that a file may have once it is decompressed, unless told otherwise. */
const MOST_BYTES = 2 ** 30;

const elementTypes: readonly string[] = [
  'u1',
  'i1',
  'u2',
  'i2',
  'u4',
  'i4',
  'u8',
  'i8',
  'f2',
  'f4',
  'f8',
  'b1',
] satisfies ElementType[];

/** The first bytes, up to the length of the dictionary, and what they tell: its place and length. */
function preamble(what: string, bytes: Uint8Array): { start: number; length: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new DataError(
      `${what} is no .npy file: it begins with ${show([...bytes.subarray(0, 6)])}; expected \\x93NUMPY.`,
    );
  }
  const major = bytes[6];
  if (major < 1 || major > 3)
    throw new DataError(`${what}: version ${major} of the .npy format is not known; expected 1, 2 or 3.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (major > 1 && bytes.length < 12) throw new DataError(`${what} is cut off in its header.`);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER) {
    throw new DataError(`${what}: its header claims ${length} bytes; expected at most ${LONGEST_HEADER}.`);
  }
  return { start: major === 1 ? 10 : 12, length };
}

/** The dictionary of a header, such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. */
function parseHeader(what: string, text: string): ArrayHeader {
  const wrong = (why: string) =>
    new DataError(`${what}: ${why} in its header: ${show(text.trim().slice(0, 200))}.`);
  const descr = /'descr':\s*'([<>|=])?([a-zA-Z])(\d{0,3})'/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const axes = /'shape':\s*\(([\d,\sL]*)\)/.exec(text);
  if (!descr)
    throw wrong("there is no simple type of numbers such as '<f4' (records and objects cannot be read)");
  if (!order || !axes) throw wrong('shape or order is missing');
  const type = descr[2] + descr[3];
  if (!elementTypes.includes(type)) {
    throw wrong(
      `the type ${show(descr[0].slice(9))} is not one of numbers; convert it with .astype('float32')`,
    );
  }
  const shape = axes[1]
    .split(',')
    .map((axis) => axis.trim().replace(/L$/, ''))
    .filter((axis) => axis !== '')
    .map(Number);
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(sizeOf(shape) * 8)) {
    throw wrong(`the shape ${showShape(shape)} is too large for any memory`);
  }
  return { shape, type: type as ElementType, little: descr[1] !== '>', columns: order[1] === 'True' };
}

async function streamHeader(what: string, reader: ByteReader): Promise<ArrayHeader> {
  // Longer than the shortest preamble: every header is.
  const first = await reader.take(12);
  const { start, length } = preamble(what, first);
  const rest = await reader.take(start + length - 12);
  if (rest.length < start + length - 12) throw new DataError(`${what} is cut off in its header.`);
  const decode = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
  return parseHeader(what, decode(first.subarray(start)) + decode(rest));
}

/**
 * A data set of .npy files: x [n, ...] and, if given, y [n, ...], read as they are needed. All types of whole numbers, floats
 * and booleans are read, in either byte order; an array in Fortran order is read as a whole.
 */
export const npy = (x: DataSource, y?: DataSource): Promise<Dataset> =>
  arrayDataset('data.npy', streamHeader, x, y);

export interface ReadOptions {
  /** The most bytes that are read, or decompressed. Default 1 GiB. */
  maxBytes?: number;
}

function maxBytesOf(what: string, options: ReadOptions): number {
  checkConfig(what, options, ['maxBytes']);
  return wholeNumber(`${what}: maxBytes`, options.maxBytes ?? MOST_BYTES);
}

/** The array in a .npy file: u8 and i32 as they are; other whole numbers as i32 where they fit, the rest as f32. */
export async function readNpy(source: DataSource, options: ReadOptions = {}): Promise<Tensor> {
  const most = maxBytesOf('data.readNpy', options);
  const { name } = opener('data.readNpy', source);
  return decodeNpy(`data.readNpy: ${name}`, await readAll('data.readNpy', source, most));
}

/** @internal */
export function decodeNpy(what: string, bytes: Uint8Array): Tensor {
  const { start, length } = preamble(what, bytes);
  if (bytes.length < start + length) throw new DataError(`${what} is cut off in its header.`);
  const { shape, type, little, columns } = parseHeader(
    what,
    new TextDecoder('latin1').decode(bytes.subarray(start, start + length)),
  );
  const body = bytes.subarray(start + length);
  const wanted = sizeOf(shape) * Number(type[1]);
  if (body.length !== wanted) {
    throw new DataError(
      `${what} is ${body.length < wanted ? 'cut off' : 'too long'}: shape ${showShape(shape)} needs ${wanted} bytes, and there are ${body.length}.`,
    );
  }
  const array = tensorOf(numbersOf(what, type, little, body), shape);
  return columns && shape.length > 1 ? rowMajor(array) : array;
}

/** No deflated file is smaller than this part of what it holds. */
const DEEPEST = 1032;
const MOST_FILES = 10_000;

/**
 * All arrays in a .npz file, by name: `const { x_train, y_train } = await data.readNpz('mnist.npz')`. A file that holds more
 * than maxBytes is refused before anything is decompressed.
 */
export async function readNpz(
  source: DataSource,
  options: ReadOptions = {},
): Promise<{ [name: string]: Tensor }> {
  const most = maxBytesOf('data.readNpz', options);
  const what = `data.readNpz: ${opener('data.readNpz', source).name}`;
  const bytes = await readAll('data.readNpz', source, most);
  const { unzipSync } = await zipLibrary();
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    throw new DataError(
      `${what} is no .npz file: it begins with ${show([...bytes.subarray(0, 4)])}; expected a zip, PK.`,
    );
  }
  let total = 0;
  let files = 0;
  let unzipped: { readonly [file: string]: Uint8Array };
  try {
    unzipped = unzipSync(bytes, {
      filter({ name, size, originalSize, compression }) {
        total += originalSize;
        if (++files > MOST_FILES) throw new DataError(`${what} holds more than ${MOST_FILES} files.`);
        const honest = compression === 0 ? originalSize === size : originalSize <= (size + 64) * DEEPEST;
        if (!(originalSize >= 0 && size >= 0 && size <= bytes.length && honest)) {
          throw new DataError(
            `${what}: ${show(name)} claims ${originalSize} bytes from ${size}; the file is damaged or an attack.`,
          );
        }
        if (total > most) {
          throw new DataError(
            `${what} holds ${total} bytes or more when decompressed, and ${most} is all that is taken; raise maxBytes if it should be more.`,
          );
        }
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      `${what} is damaged or cut off: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    );
  }
  const arrays: { [name: string]: Tensor } = Object.create(null);
  for (const [file, content] of Object.entries(unzipped)) {
    if (file.endsWith('.npy')) arrays[file.slice(0, -4)] = decodeNpy(`${what}, ${file}`, content);
  }
  return arrays;
}

/** fflate, loaded when the first zip is read. */
async function zipLibrary(): Promise<typeof import('fflate')> {
  try {
    // In a try block bundlers take it for optional, and need not find it.
    return await import('fflate');
  } catch (cause) {
    throw new StateError(
      'data.readNpz: reading .npz takes the package fflate, which was not found: npm install fflate (in a page without a bundler, an import map).',
      { cause },
    );
  }
}

/** The bytes of a .npy file that holds the values, for numpy.load. */
export function writeNpy(values: TensorLike): Uint8Array {
  const { data, shape, dtype } = tensorFrom('data.writeNpy: values', values);
  const descr = { float32: '<f4', int32: '<i4', uint8: '|u1' }[dtype];
  const axes = (given: Shape) => `(${given.join(', ')}${given.length === 1 ? ',' : ''})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${axes(shape)}, }`;
  // The numbers begin at a multiple of 64 bytes.
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(length - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
}
