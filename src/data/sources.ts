/** Reading what was written to a place. */
import { DataError, reasonOf } from '../errors.js';
import { checkPath, readFile } from './files.js';
import { readEntry } from './indexedDb.js';
import { nameIn, type Place, schemeOf } from './places.js';

/** What a model can be read from. */
export type Source = Place | Uint8Array | ArrayBuffer | Blob;

/** What is made of the bytes that a source stands for; a DataError on the way says which file it was. */
export async function fromSource<T>(
  what: string,
  source: Source,
  make: (bytes: Uint8Array) => T,
): Promise<T> {
  const bytes = await readSource(what, source);
  try {
    return make(bytes);
  } catch (error) {
    if (error instanceof DataError && (typeof source === 'string' || source instanceof URL))
      error.message = `${what}: ${String(source)}: ${error.message.replace(`${what}: `, '')}`;
    throw error;
  }
}

async function readSource(what: string, source: Source): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (typeof Blob !== 'undefined' && source instanceof Blob)
    return new Uint8Array(await source.arrayBuffer());
  checkPath(what, source);
  const [scheme, rest] = schemeOf(source);
  if (scheme === 'http' || scheme === 'https') return download(what, source);
  if (scheme !== 'indexeddb') return readFile(what, source);
  const bytes = await readEntry(what, nameIn(what, source, rest));
  if (bytes) return bytes;
  throw new DataError(`${what}: there is no ${String(source)}; save a model there first.`);
}

async function download(what: string, url: Place): Promise<Uint8Array> {
  const fail = (why: unknown, cause?: unknown) =>
    new DataError(`${what}: could not read ${String(url)}: ${String(why)}.`, { cause });
  const response = await fetch(url).catch((cause) => {
    throw fail(reasonOf(cause), cause);
  });
  if (!response.ok) throw fail(`${response.status} ${response.statusText}`.trim());
  return new Uint8Array(await response.arrayBuffer());
}
