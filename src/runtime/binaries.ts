/**
 * The WebAssembly binaries that the package carries as text; scripts/build-wasm.mjs says how and why. In the
 * builds for edge runtimes, scripts/build.mjs puts a module in the place of this one whose `binary` gives what
 * the host has compiled.
 */
import { alphabet, layout, order, text } from './binaries.generated.js';

/** With plain SIMD, or with relaxed multiply-add too. */
export type Variant = 'simd' | 'relaxed';

/** Whether the binaries are modules that the host has compiled, for private memory. */
export const precompiled: boolean = false;

export function binary(variant: Variant): Uint8Array<ArrayBuffer> {
  const both = decode();
  const bytes = new Uint8Array(both.length);
  let [from, to] = [0, 0];
  const take = (length: number): void => {
    bytes.set(both.subarray(from, from + length), to);
    to += length;
  };
  for (let i = 0; i < layout.length; i += 3) {
    const [shared, simd, relaxed] = layout.slice(i, i + 3);
    take(shared);
    from += shared;
    if (variant === 'relaxed') from += simd;
    take(variant === 'simd' ? simd : relaxed);
    from += variant === 'simd' ? simd + relaxed : relaxed;
  }
  return bytes.slice(0, to);
}

/** Each character is the rank of a byte value; the last three take the next character along. */
function decode(): Uint8Array {
  const ranks = new Uint8Array(128);
  for (let i = 0; i < alphabet.length; i++) ranks[alphabet.charCodeAt(i)] = i;
  const values = Uint8Array.from(order);
  const singles = alphabet.length - 3;
  const bytes = new TextEncoder().encode(text);
  const count = bytes.length;
  let length = 0;
  for (let i = 0; i < count; i++) {
    let rank = ranks[bytes[i]];
    if (rank >= singles) rank += (rank - singles) * (singles + 2) + ranks[bytes[++i]];
    bytes[length++] = values[rank];
  }
  return bytes.subarray(0, length);
}
