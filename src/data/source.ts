/** Where bytes come from: files, the network, streams, memory; compressed with gzip or not. */
import { ChainruleError, DataError, reasonOf, show } from '../errors.js';
import { platformFiles } from './files.js';

/** Bytes, or text where text is read, in pieces of any size. */
export type Piece = Uint8Array | string;

/**
 * What a reader reads: a path or URL (in a page, a path is relative to it), a Blob or File, bytes, a stream, an
 * iterable of pieces, or a function that gives one of these anew each time. Text with a line break in it is read itself.
 */
export type DataSource = Readable | (() => Readable | Promise<Readable>);
type Readable =
  | string
  | URL
  | Blob
  | Uint8Array
  | ArrayBuffer
  | ReadableStream<Uint8Array>
  | AsyncIterable<Piece>
  | Iterable<Piece>;

/** A source that is ready to be opened. */
export interface Opener {
  /** What messages call it. */
  readonly name: string;
  /** Whether it can be opened only once, as a stream can. */
  readonly once: boolean;
  open(): AsyncGenerator<Piece>;
}

/** Bytes, or characters, that are worked on at a time: a few milliseconds of it. */
const PIECE = 128 * 1024;

export function opener(what: string, source: DataSource): Opener {
  if (source === '') throw new DataError(`${what}: the path is empty; expected one such as 'data.csv'.`);
  const name = nameOf(source);
  if (name === undefined) {
    throw new DataError(
      `${what}: cannot read ${show(source)}; expected a path, a URL, a Blob or File, bytes, a stream, or a function that gives one.`,
    );
  }
  const once = isOnce(source);
  let opened = false;
  return {
    name,
    once,
    open() {
      if (once && opened) {
        throw new DataError(
          `${what}: ${name} can be read only once, and is wanted a second time, for another epoch or pass. ` +
            'Give a function that opens it anew: () => openStream().',
        );
      }
      opened = true;
      return readable(what, name, cut(gunzipped(pieces(what, source))));
    },
  };
}

function nameOf(source: unknown): string | undefined {
  if (typeof source === 'string') return isText(source) ? 'the text' : source;
  if (source instanceof URL) return source.href;
  if (isBlob(source)) return 'name' in source ? String(source.name) : 'the blob';
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) return 'the bytes';
  if (typeof source === 'function') return 'the source';
  return isStream(source) || isIterable(source) ? 'the stream' : undefined;
}

const isText = (source: string): boolean => /[\r\n]/.test(source);
const isBlob = (source: unknown): source is Blob => typeof Blob === 'function' && source instanceof Blob;
const isStream = (source: unknown): source is ReadableStream<Uint8Array> =>
  typeof (source as Partial<ReadableStream> | null)?.getReader === 'function';
const isIterable = (source: unknown): source is AsyncIterable<Piece> | Iterable<Piece> =>
  typeof source === 'object' &&
  source !== null &&
  (Symbol.asyncIterator in source || Symbol.iterator in source);

/** An iterator gives itself for an iterator, and no second time. */
const isOnce = (source: unknown): boolean =>
  isStream(source) ||
  (isIterable(source) &&
    !ArrayBuffer.isView(source) &&
    typeof (source as Partial<Iterator<Piece>>).next === 'function');

/** Failures of platforms and streams become errors that name the source. */
async function* readable(what: string, name: string, inner: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  try {
    yield* inner;
  } catch (cause) {
    if (cause instanceof ChainruleError) throw cause;
    throw new DataError(`${what}: could not read ${name}: ${reasonOf(cause)}`, { cause });
  }
}

async function* pieces(what: string, source: DataSource): AsyncGenerator<Piece> {
  if (typeof source === 'function') return yield* pieces(what, await source());
  if (typeof source === 'string') {
    if (isText(source)) yield source;
    else yield* located(source);
    return;
  }
  if (source instanceof URL) return yield* located(source);
  if (source instanceof ArrayBuffer) return yield new Uint8Array(source);
  if (ArrayBuffer.isView(source))
    return yield new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (isBlob(source)) return yield* streamed(source.stream());
  if (isStream(source)) return yield* streamed(source);
  if (!isIterable(source)) throw new DataError(`${what}: the function gave ${show(source)} to read.`);
  for await (const piece of source) {
    if (typeof piece !== 'string' && !(piece instanceof Uint8Array))
      throw new DataError(`${what}: the stream gave ${show(piece)}; expected Uint8Arrays or text.`);
    yield piece;
  }
}

/** Large pieces in parts, so that nothing is worked on for too long at once. */
async function* cut(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += PIECE)
      yield typeof piece === 'string' ? piece.slice(at, at + PIECE) : piece.subarray(at, at + PIECE);
  }
}

/** A file where there are files, else what the network has. */
function located(where: string | URL): AsyncGenerator<Piece> {
  const scheme = where instanceof URL ? where.protocol : /^[a-z][a-z\d+.-]+:/i.exec(where)?.[0].toLowerCase();
  const files = platformFiles();
  if (files && (scheme === undefined || scheme === 'file:'))
    return file(files, scheme === 'file:' ? new URL(where) : where);
  return fetched(where);
}

async function* file(
  files: typeof import('node:fs').promises,
  path: string | URL,
): AsyncGenerator<Uint8Array> {
  const handle = await files.open(path);
  try {
    for (;;) {
      const buffer = new Uint8Array(PIECE);
      const { bytesRead } = await handle.read(buffer, 0, PIECE);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* fetched(url: string | URL): AsyncGenerator<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
  if (response.body) yield* streamed(response.body);
}

/** Not every browser's streams are iterable. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops early needs no more of it.
    if (!ended) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** The pieces, decompressed where they begin as gzip does. */
async function* gunzipped(inner: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  const first = await inner.next();
  if (first.done) return;
  const { value } = first;
  const whole = resumed(value, inner);
  if (typeof value === 'string' || value[0] !== 0x1f || value[1] !== 0x8b) return yield* whole;
  if (typeof DecompressionStream !== 'function')
    throw new Error('it is compressed with gzip, which this platform cannot undo; decompress it first');
  yield* streamed(streamOf(whole).pipeThrough(new DecompressionStream('gzip')));
}

async function* resumed(first: Piece, rest: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function streamOf(inner: AsyncGenerator<Piece>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await inner.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await inner.return(undefined);
    },
  });
}

/** All of a source's bytes, of at most so many. */
export async function readAll(what: string, source: DataSource, most: number): Promise<Uint8Array> {
  const { name, open } = opener(what, source);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of open()) {
    if (typeof part === 'string') throw new DataError(`${what}: ${name} is text; expected bytes.`);
    size += part.length;
    if (size > most) {
      throw new DataError(
        `${what}: ${name} has more than ${most} bytes, which is all that is taken; raise maxBytes if it should be more.`,
      );
    }
    parts.push(part);
  }
  return joined(parts, size);
}

export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Takes bytes off a source in the portions that a format has. */
export class ByteReader {
  readonly #pieces: AsyncGenerator<Piece>;
  readonly #what: string;
  #held: Uint8Array[] = [];
  #size = 0;

  constructor(what: string, pieces: AsyncGenerator<Piece>) {
    this.#what = what;
    this.#pieces = pieces;
  }

  /** Bytes until there are at least so many, or all that are left. What is never sent is never waited or made room for. */
  async #fill(bytes: number): Promise<void> {
    while (this.#size < bytes) {
      const { done, value } = await this.#pieces.next();
      if (done) return;
      if (typeof value === 'string') throw new DataError(`${this.#what} is text; expected bytes.`);
      this.#held.push(value);
      this.#size += value.length;
    }
  }

  /** The next bytes, fewer only where the source ends. */
  async take(bytes: number): Promise<Uint8Array> {
    await this.#fill(bytes);
    const whole = joined(this.#held, this.#size);
    const taken = whole.subarray(0, Math.min(bytes, whole.length));
    this.#held = taken.length < whole.length ? [whole.subarray(taken.length)] : [];
    this.#size = whole.length - taken.length;
    return taken;
  }

  /** Whole records of so many bytes each, as many as have come, at least one and at most `most`; fewer bytes only at the end. */
  async records(bytes: number, most: number): Promise<Uint8Array> {
    await this.#fill(bytes);
    return this.take(
      this.#size < bytes ? this.#size : Math.min(most, Math.floor(this.#size / bytes)) * bytes,
    );
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }
}
