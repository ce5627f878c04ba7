/**
 * Safetensors files with a checksum of all their bytes in the metadata, so that a bit that flipped anywhere is
 * found. Other programs see an ordinary file. The sum is taken with zeros where it stands itself.
 */
import type { Tensor } from '../data/tensor.js';
import { crc32 } from './crc32.js';
import { encode, headerLength, type Metadata } from './safetensors.js';

const BLANK = '00000000';

/** Quotes inside other texts are escaped, so only the key itself reads like this. */
const key = new TextEncoder().encode('"checksum":"');

/** Where the sum stands in the header. */
export function placeOf(bytes: Uint8Array): number | undefined {
  const header = bytes.subarray(8, 8 + headerLength(bytes));
  for (let at = header.indexOf(key[0]); at >= 0; at = header.indexOf(key[0], at + 1)) {
    if (key.every((byte, i) => header[at + i] === byte)) return 8 + at + key.length;
  }
  return undefined;
}

/** The checksum of a file, whatever stands at its place. */
export function sumOf(bytes: Uint8Array, place: number): string {
  const blank = new TextEncoder().encode(BLANK);
  const sum = crc32(bytes.subarray(place + BLANK.length), crc32(blank, crc32(bytes.subarray(0, place))));
  return sum.toString(16).padStart(BLANK.length, '0');
}

export function seal(tensors: Iterable<readonly [string, Tensor]>, metadata: Metadata): Uint8Array {
  const bytes = encode(tensors, { ...metadata, checksum: BLANK });
  const place = placeOf(bytes) as number;
  bytes.set(new TextEncoder().encode(sumOf(bytes, place)), place);
  return bytes;
}
