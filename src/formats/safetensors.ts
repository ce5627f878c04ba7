/**
 * The safetensors format, as Python and Rust read and write it: the length of the header (u64, little
 * endian), a JSON header padded with spaces to a multiple of 8 bytes, then the tensors' bytes, row-major,
 * little endian, without gaps. Offsets in the header count from the header's end.
 *
 *     { "__metadata__": { name: text }, "dense/kernel": { "dtype": "F32", "shape": [2, 8], "data_offsets": [0, 64] } }
 */
import { isTensor, type Tensor, type TensorData, tensor, tensorFrom } from '../data/tensor.js';
import { DataError, show } from '../errors.js';
import { showShape, sizeOf } from '../graph/shape.js';
import { repeatedKey } from './json.js';

export type Metadata = Readonly<Record<string, string>>;

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Metadata;
}

const dtypes = {
  F32: { bytes: 4, make: (buffer: ArrayBuffer): TensorData => new Float32Array(buffer) },
  I32: { bytes: 4, make: (buffer: ArrayBuffer): TensorData => new Int32Array(buffer) },
  U8: { bytes: 1, make: (buffer: ArrayBuffer): TensorData => new Uint8Array(buffer) },
} as const;
type Dtype = keyof typeof dtypes;

const dtypeOf = (data: TensorData): Dtype =>
  data instanceof Uint8Array ? 'U8' : data instanceof Int32Array ? 'I32' : 'F32';

/** Names that would not survive a JSON object, or mean something else in the format. */
const reserved = ['__metadata__', '__proto__'];

/** The limit of the format's reference implementation. */
const LONGEST_HEADER = 100_000_000;

/** A file with these tensors by name, and texts about them. */
export function encode(tensors: Iterable<readonly [string, Tensor]>, metadata: Metadata = {}): Uint8Array {
  if (!isIterable(tensors) || !isRecord(metadata)) {
    throw new DataError(
      `safetensors: got ${show(tensors)} and ${show(metadata)}; expected pairs of a name and a tensor (a Map has them), and texts by name.`,
    );
  }
  const given = Array.from(tensors, pair);
  const names = new Set<string>();
  for (const [name] of given) {
    if (reserved.includes(name) || names.has(name)) {
      const why = names.has(name) ? 'is there twice' : 'cannot be used';
      throw new DataError(
        `safetensors: the tensor name ${show(name)} ${why}; give each tensor its own name.`,
      );
    }
    names.add(name);
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new DataError(
        `safetensors: metadata '${key}' is ${show(value)}; the format takes texts only (JSON.stringify helps).`,
      );
    }
  }
  // Bytes go last, so that the numbers of four bytes before them stay aligned.
  const ordered = [...given].sort(
    ([, a], [, b]) => Number(dtypeOf(a.data) === 'U8') - Number(dtypeOf(b.data) === 'U8'),
  );
  let end = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  for (const [name, { data, shape }] of ordered) {
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  let at = start;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** A name and its tensor; the tensor's shape is checked as well. */
function pair(given: unknown): readonly [string, Tensor] {
  const [name, value] = Array.isArray(given) && given.length === 2 ? given : [];
  if (typeof name !== 'string')
    throw new DataError(`safetensors: got ${show(given)}; expected a pair of a name and a tensor.`);
  if (!isTensor(value)) throw new DataError(`safetensors: ${name} is ${show(value)}; expected a tensor.`);
  return [name, tensorFrom(`safetensors: ${name}`, value)];
}

const refuse = (what: string): never => {
  throw new DataError(`safetensors: ${what}; the file is damaged or not in this format.`);
};

/** Tensors and metadata of a file. Everything is checked before memory is taken for the tensors. */
export function decode(bytes: Uint8Array): Safetensors {
  if (!(bytes instanceof Uint8Array)) {
    throw new DataError(`safetensors: got ${show(bytes)}; expected the bytes of a file as a Uint8Array.`);
  }
  // Node's Buffer is a Uint8Array whose slice() does not copy.
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, start } = readHeader(file);
  const { __metadata__: metadata = {}, ...described } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    refuse(`__metadata__ is ${show(metadata)} rather than names with texts`);
  }
  const entries = Object.entries(described).map(([name, entry]) => checkEntry(name, entry));
  checkCover(entries, file.length - start);
  const tensors = new Map(
    entries.map(({ name, dtype, shape, begin, end }) => {
      // A copy, since the file's tensors need not be aligned.
      const { buffer } = file.slice(start + begin, start + end);
      return [name, tensor(dtypes[dtype].make(buffer as ArrayBuffer), shape)];
    }),
  );
  return { tensors, metadata: metadata as Metadata };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The header's length, as the file claims it. */
export const headerLength = (bytes: Uint8Array): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) refuse(`${bytes.length} bytes are too few, even for the header's length`);
  const length = headerLength(bytes);
  if (length > LONGEST_HEADER)
    refuse(`its header claims ${length} bytes, more than the format's ${LONGEST_HEADER}`);
  if (length > bytes.length - 8)
    refuse(`its header claims ${length} bytes and only ${bytes.length - 8} follow`);
  let text = '';
  let header: unknown;
  try {
    // A copy: browsers decline to decode shared memory.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.slice(8, 8 + length));
    header = JSON.parse(text);
  } catch (cause) {
    throw new DataError('safetensors: the header is not JSON; the file is damaged or not in this format.', {
      cause,
    });
  }
  if (!isRecord(header)) return refuse(`the header is ${show(header)} rather than an object`);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) refuse(`the header has '${repeated}' twice`);
  if (Object.hasOwn(header, '__proto__')) refuse(`the header has a tensor '__proto__'`);
  return { header, start: 8 + length };
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function checkEntry(name: string, entry: unknown): Entry {
  if (!isRecord(entry)) return refuse(`${name} is described by ${show(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypes, dtype)) {
    throw new DataError(
      `safetensors: ${name} has dtype ${show(dtype)}; ${Object.keys(dtypes).join(', ')} can be read. Convert it before saving.`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) return refuse(`${name} has shape ${show(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1]) {
    return refuse(`${name} has data_offsets ${show(offsets)}`);
  }
  const [begin, end] = offsets;
  const wanted = sizeOf(shape) * dtypes[dtype as Dtype].bytes;
  if (wanted !== end - begin) {
    refuse(
      `${name} of shape ${showShape(shape)} and dtype ${dtype} needs ${wanted} bytes and has ${end - begin}`,
    );
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** The tensors must fill the bytes after the header: no gap, no overlap, nothing beyond the end. */
function checkCover(entries: readonly Entry[], length: number): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) refuse(`${name} begins at byte ${begin} and the tensor before it ends at ${at}`);
    if (end > length)
      refuse(`${name} ends at byte ${end} and the file has only ${length} bytes of data (is it cut off?)`);
    at = end;
  }
  if (at !== length) refuse(`${length - at} bytes at the end belong to no tensor`);
}

/** Reading and writing files of the format, whatever made them: weights from Python, say. */
export const safetensors = { encode, decode };
