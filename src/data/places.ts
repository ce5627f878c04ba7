/**
 * Where models are kept, as users write it: a path or file: URL, 'indexeddb://name' in the browser,
 * 'downloads://name' for a file that the browser saves (write only), http(s) URLs (read only), or bytes.
 */
import { DataError, StateError, show } from '../errors.js';
import { checkPath, writeFile } from './files.js';
import { writeEntry } from './indexedDb.js';

/** A file name, a URL, or 'indexeddb://name'. */
export type Place = string | URL;

export const schemeOf = (place: Place): readonly [scheme: string, rest: string] => {
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/is.exec(String(place)) ?? ['', '', ''];
  return [scheme.toLowerCase(), rest];
};

/** The name after the scheme. */
export function nameIn(what: string, place: Place, rest: string): string {
  if (rest) return rest;
  throw new DataError(`${what}: ${show(String(place))} lacks a name, such as 'indexeddb://digits'.`);
}

/** Refuses what nothing can be written to. */
export function checkPlace(what: string, place: unknown): asserts place is Place {
  checkPath(what, place);
  if (['http', 'https'].includes(schemeOf(place)[0])) {
    throw new DataError(`${what}: ${String(place)} cannot be written to; send toSafetensors() with fetch.`);
  }
  const [, ending] = foreign.exec(String(place)) ?? [];
  if (ending) {
    throw new DataError(
      `${what}: ${String(place)} asks for a ${ending} file, and what is written is safetensors, which Python reads with the ` +
        "package safetensors; give a name such as 'model.safetensors'.",
    );
  }
}

/** Endings of what other libraries keep models in: under such a name nobody could read the file. */
const foreign = /(\.(?:h5|hdf5|keras|json|onnx|pb|tflite|pt|pth|pkl|npz|npy|ckpt))$/i;

/** Writes bytes to a place, whole or not at all. */
export async function writePlace(what: string, place: Place, bytes: Uint8Array): Promise<void> {
  checkPlace(what, place);
  const [scheme, rest] = schemeOf(place);
  if (scheme === 'indexeddb') return writeEntry(what, nameIn(what, place, rest), bytes);
  if (scheme === 'downloads') return offer(what, nameIn(what, place, rest), bytes);
  return writeFile(what, place, bytes);
}

/** Lets the browser save a file, as if a link to it had been clicked. */
function offer(what: string, name: string, bytes: Uint8Array): void {
  if (typeof document === 'undefined')
    throw new StateError(`${what}: only a page can offer downloads; give the path of a file.`);
  const link = document.createElement('a');
  link.download = name.includes('.') ? name : `${name}.safetensors`;
  link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  link.click();
  // The browser has begun to read by then; a URL that is never let go would keep the bytes.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
