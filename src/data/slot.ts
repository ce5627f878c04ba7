import { DataError } from '../errors.js';
import { beside, type FilePath, readFileIfAny, removeFile, writeFile } from './files.js';
import { readEntry, removeEntry, writeEntry } from './indexedDb.js';
import { checkPlace, nameIn, type Place, schemeOf } from './places.js';

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
