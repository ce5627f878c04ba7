import { DataError } from '../errors.js';
import { decode } from './readSafetensors.js';
import type { Safetensors } from './safetensors.js';
import { placeOf, sumOf } from './sealed.js';

/** Reads a file; one that has a checksum is held against it. */
export function unseal(bytes: Uint8Array): Safetensors {
  const file = decode(bytes);
  const { checksum } = file.metadata;
  if (checksum === undefined) return file;
  const place = placeOf(bytes);
  if (place === undefined || sumOf(bytes, place) !== checksum) {
    throw new DataError(
      'safetensors: the checksum in the file does not match its bytes: it is damaged, or another program wrote it anew. If you ' +
        "changed it on purpose, write it without the metadata's checksum.",
    );
  }
  return file;
}
