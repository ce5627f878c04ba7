/** The kinds of numbers that files hold, and what they become: u8 and i32 as they are, all others f32 or i32. */
import { DataError } from '../errors.js';
import type { TensorData } from './tensor.js';

/** Kind and bytes of an element: u and i whole numbers, f floats, b booleans. */
export type ElementType = 'u1' | 'i1' | 'u2' | 'i2' | 'u4' | 'i4' | 'u8' | 'i8' | 'f2' | 'f4' | 'f8' | 'b1';

/** The largest number that f32 has. */
const LARGEST = 3.4028234663852886e38;

/** A 16-bit float: sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

type Get = (view: DataView, at: number, little: boolean) => number;

const getters: Readonly<Record<Exclude<ElementType, 'u1' | 'b1'>, Get>> = {
  i1: (view, at) => view.getInt8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** Whether the platform keeps the low byte first, as all that run WebAssembly quickly do. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The numbers in some bytes. Whole numbers that do not all fit into 32 bits become f32, rounded; a float that f32 cannot
 * hold is an error.
 */
export function numbersOf(what: string, type: ElementType, little: boolean, bytes: Uint8Array): TensorData {
  // A window of the plain kind, even on a Buffer of Node's.
  if (type === 'u1') return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  if (type === 'b1') return Uint8Array.from(bytes, (byte) => (byte ? 1 : 0));
  const size = Number(type[1]);
  const count = bytes.length / size;
  if (little === littleEndian && (type === 'f4' || type === 'i4')) {
    const own = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    return type === 'f4'
      ? new Float32Array(own.buffer, own.byteOffset, count)
      : new Int32Array(own.buffer, own.byteOffset, count);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const get = getters[type];
  if (type[0] === 'f') {
    const floats = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const value = get(view, i * size, little);
      if (Math.abs(value) > LARGEST && Number.isFinite(value)) {
        throw new DataError(
          `${what} holds ${value}, which is larger than a 32-bit float can be; scale it down first.`,
        );
      }
      floats[i] = value;
    }
    return floats;
  }
  const whole = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const value = get(view, i * size, little);
    whole[i] = value;
    if (whole[i] !== value)
      return Float32Array.from({ length: count }, (_, k) => get(view, k * size, little));
  }
  return whole;
}
