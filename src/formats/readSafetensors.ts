/** Reading the safetensors format: a file is believed in nothing before it has been checked. */
import { tensor } from '../data/tensor.js';
import { DataError, show } from '../errors.js';
import { showShape, sizeOf } from '../graph/shape.js';
import { repeatedKey } from './json.js';
import {
  type Dtype,
  dtypes,
  headerLength,
  isRecord,
  type Metadata,
  type Safetensors,
} from './safetensors.js';

/** The limit of the format's reference implementation. */
const LONGEST_HEADER = 100_000_000;

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

/** How files that are taken for models begin, and what they are. */
const others: readonly (readonly [start: string, kind: string])[] = [
  ['\x89HDF\r\n', "HDF5, as Keras' .h5"],
  ['PK\x03\x04', "a zip, as Keras' .keras, NumPy's .npz and PyTorch's .pt"],
  ['<', 'a web page or other markup: does the address lead to the file?'],
  ['{', 'JSON'],
  ['version https://git-lfs', 'a pointer of Git LFS: fetch the file itself (git lfs pull)'],
];

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  const head = String.fromCharCode(...bytes.subarray(0, 32));
  // A file of the format itself begins with a number, which may have these bytes; behind it stands a brace.
  const other = others.find(([start]) => head.startsWith(start));
  if (other && bytes[8] !== 0x7b)
    throw new DataError(`safetensors: the file is not in this format; it looks like ${other[1]}.`);
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
