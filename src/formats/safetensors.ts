/**
 * The safetensors format, as Python and Rust read and write it: the length of the header (u64, little
 * endian), a JSON header padded with spaces to a multiple of 8 bytes, then the tensors' bytes, row-major,
 * little endian, without gaps. Offsets in the header count from the header's end.
 *
 *     { "__metadata__": { name: text }, "dense/kernel": { "dtype": "F32", "shape": [2, 8], "data_offsets": [0, 64] } }
 */
import { isTensor, type Tensor, type TensorData, tensorFrom } from '../data/tensor.js';
import { DataError, show } from '../errors.js';

export type Metadata = Readonly<Record<string, string>>;

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Metadata;
}

export const dtypes = {
  F32: { bytes: 4, make: (buffer: ArrayBuffer): TensorData => new Float32Array(buffer) },
  I32: { bytes: 4, make: (buffer: ArrayBuffer): TensorData => new Int32Array(buffer) },
  U8: { bytes: 1, make: (buffer: ArrayBuffer): TensorData => new Uint8Array(buffer) },
} as const;
export type Dtype = keyof typeof dtypes;

const dtypeOf = (data: TensorData): Dtype =>
  data instanceof Uint8Array ? 'U8' : data instanceof Int32Array ? 'I32' : 'F32';

/** Names that would not survive a JSON object, or mean something else in the format. */
const reserved = ['__metadata__', '__proto__'];

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

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The header's length, as the file claims it. */
export const headerLength = (bytes: Uint8Array): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
