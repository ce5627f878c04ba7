/** Bytes as text, with errors for bytes that are none. */
import type { Piece } from './source.js';

/** Where decoding failed: all text of this piece before it, and the bytes there as they look. */
export type Undecodable = (before: string, shown: string, encoding: string) => Error;

/** Decodes pieces one after the other. Without an encoding it is UTF-8, or UTF-16 where a byte order mark says so. */
export class Decoding {
  readonly #encoding: string | undefined;
  readonly #fail: Undecodable;
  #decoder: TextDecoder | undefined;
  /** A first byte that may be half of a mark. */
  #held: Uint8Array | undefined;

  constructor(encoding: string | undefined, fail: Undecodable) {
    this.#encoding = encoding;
    this.#fail = fail;
  }

  next(piece: Piece): string {
    if (typeof piece === 'string') return piece;
    let bytes = piece;
    if (!this.#decoder) {
      if (this.#held) bytes = Uint8Array.of(...this.#held, ...piece);
      this.#held = undefined;
      if (bytes.length < 2) {
        this.#held = bytes;
        return '';
      }
    }
    return this.#decoded(bytes, true);
  }

  /** What is left at the end. */
  end(): string {
    return this.#decoded(this.#held ?? new Uint8Array(), false);
  }

  #decoded(bytes: Uint8Array, stream: boolean): string {
    const encoding = this.#decoder?.encoding ?? this.#encoding ?? marked(bytes) ?? 'utf-8';
    this.#decoder ??= new TextDecoder(encoding, { fatal: true });
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch {
      const lenient = new TextDecoder(encoding).decode(bytes);
      const at = Math.max(0, lenient.indexOf('\ufffd'));
      throw this.#fail(lenient.slice(0, at), lenient.slice(Math.max(0, at - 10), at + 10), encoding);
    }
  }
}

/** The encoding that a byte order mark of UTF-16 tells. */
function marked([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}
