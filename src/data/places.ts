/**
 * Where models are kept, as users write it: a path or file: URL, 'indexeddb://name' in the browser,
 * 'downloads://name' for a file that the browser saves (write only), http(s) URLs (read only), or bytes.
 */
import { DataError, StateError, show } from '../errors.js';
import { beside, checkPath, type FilePath, readFile, readFileIfAny, removeFile, writeFile } from './files.js';
import { readEntry, removeEntry, writeEntry } from './indexedDb.js';

/** A file name, a URL, or 'indexeddb://name'. */
export type Place = string | URL;

/** What a model can be read from. */
export type Source = Place | Uint8Array | ArrayBuffer | Blob;

const schemeOf = (place: Place): readonly [scheme: string, rest: string] => {
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/is.exec(String(place)) ?? ['', '', ''];
  return [scheme.toLowerCase(), rest];
};

function nameIn(what: string, place: Place, rest: string): string {
  if (rest) return rest;
  throw new DataError(`${what}: ${show(String(place))} lacks a name, such as 'indexeddb://digits'.`);
}

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
    throw fail(cause instanceof Error ? cause.message : cause, cause);
  });
  if (!response.ok) throw fail(`${response.status} ${response.statusText}`.trim());
  return new Uint8Array(await response.arrayBuffer());
}

/** Refuses what nothing can be written to. */
export function checkPlace(what: string, place: unknown): asserts place is Place {
  checkPath(what, place);
  if (['http', 'https'].includes(schemeOf(place)[0])) {
    throw new DataError(`${what}: ${String(place)} cannot be written to; send toSafetensors() with fetch.`);
  }
}

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

/** What a slot holds: where it is, and how to read it (undefined where there is nothing) or remove it. */
export interface Version {
  readonly place: string;
  read(): Promise<Uint8Array | undefined>;
  remove(): Promise<void>;
}

/**
 * A place that is written again and again, by one process at a time: the last two versions are kept, so that
 * one that turns out to be damaged is not the last hope.
 */
export class Slot {
  readonly #what: string;
  readonly #place: FilePath;
  /** The name in IndexedDB; undefined for a file. */
  readonly #entry: string | undefined;

  constructor(what: string, place: Place) {
    checkPlace(what, place);
    const [scheme, rest] = schemeOf(place);
    if (scheme === 'downloads') {
      throw new DataError(
        `${what}: ${String(place)} cannot be read back; give a file or 'indexeddb://name'.`,
      );
    }
    this.#what = what;
    this.#place = place;
    this.#entry = scheme === 'indexeddb' ? nameIn(what, place, rest) : undefined;
  }

  /** The newest first. */
  get versions(): Version[] {
    return ['', '.previous'].map((suffix) => ({
      place: String(this.#place) + suffix,
      read: () =>
        this.#entry === undefined
          ? readFileIfAny(this.#what, beside(this.#place, suffix))
          : readEntry(this.#what, this.#entry + suffix),
      remove: () => this.#remove(suffix),
    }));
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#entry !== undefined)
      return writeEntry(this.#what, this.#entry, bytes, `${this.#entry}.previous`);
    // The same name each time: drafts of killed processes do not pile up.
    const [draft, previous] = [beside(this.#place, '.tmp'), beside(this.#place, '.previous')];
    await writeFile(this.#what, this.#place, bytes, { draft, previous });
  }

  async remove(): Promise<void> {
    for (const suffix of ['.previous', '', '.tmp']) await this.#remove(suffix);
  }

  async #remove(suffix: string): Promise<void> {
    if (this.#entry === undefined) await removeFile(this.#what, beside(this.#place, suffix));
    else await removeEntry(this.#what, this.#entry + suffix);
  }
}
