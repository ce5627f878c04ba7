/**
 * What every kernel spec needs: guarded buffers, seeded values, an instruction builder, error measures.
 *
 * Specs aggregate (a largest error, a count of failures) and assert once: an assertion costs far more
 * than a kernel. Buffers are taken from the heap and not given back; a spec's module lives for one run.
 */
import { sliceStart } from '../../assembly/operands';

/** Bytes of sentinel on either side of a guarded buffer. */
const GUARD: i32 = 64;
const SENTINEL: u8 = 0xa5;

/**
 * A 16-byte aligned buffer of n f32 between two sentinels, itself filled with NaN so that a forgotten
 * element shows.
 */
export function guarded(n: i32): usize {
  return guardedBytes(n << 2);
}

/** The same for a number of bytes that need not be a multiple of four. */
export function guardedBytes(bytes: i32): usize {
  const block = heap.alloc(bytes + 2 * GUARD + 16);
  const start = (block + GUARD + 15) & ~15;
  memory.fill(start - GUARD, SENTINEL, GUARD);
  memory.fill(start, 0xff, bytes);
  memory.fill(start + bytes, SENTINEL, GUARD);
  return start;
}

/** Whether both sentinels of a buffer of n f32 are untouched. */
export function checkGuards(start: usize, n: i32): bool {
  return checkGuardsBytes(start, n << 2);
}

export function checkGuardsBytes(start: usize, bytes: i32): bool {
  for (let i = 1; i <= GUARD; i++) if (load<u8>(start - i) != SENTINEL) return false;
  for (let i = 0; i < GUARD; i++) if (load<u8>(start + bytes + i) != SENTINEL) return false;
  return true;
}

// @ts-ignore: decorator
@inline
export function get(p: usize, i: i32): f32 {
  return load<f32>(p + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
export function set(p: usize, i: i32, value: f32): void {
  store<f32>(p + (<usize>i << 2), value);
}

let state: u64 = 1;

/** Restarts the random sequence. */
export function seed(value: u64): void {
  state = value;
}

/** The next 64 random bits (SplitMix64). */
export function randomBits(): u64 {
  state += 0x9e3779b97f4a7c15;
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Uniform in [0, 1). */
export function random(): f64 {
  return <f64>(randomBits() >> 11) * (1.0 / 9007199254740992.0);
}

/** Uniform integer in [0, n). */
export function randomInteger(n: i32): i32 {
  return <i32>(random() * <f64>n);
}

/** n random f32, uniform in [low, high). */
export function fill(p: usize, n: i32, low: f64 = -1, high: f64 = 1): void {
  for (let i = 0; i < n; i++) set(p, i, <f32>(low + (high - low) * random()));
}

/** n times the same value. */
export function fillWith(p: usize, n: i32, value: f32): void {
  for (let i = 0; i < n; i++) set(p, i, value);
}

/** Zeros, ones, extremes, subnormals, infinities, NaN. */
export const SPECIALS: StaticArray<f32> = [
  0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 6, 20, -20, 100, -100, 1e-7, -1e-7, 1.17549435e-38, -1.17549435e-38,
  1e-45, -1e-45, 1e-40, 1e30, -1e30, 3.4028234663852886e38, -3.4028234663852886e38, Infinity, -Infinity,
  NaN,
];

/** As fill, but about every third element is one of SPECIALS. */
export function fillSpecials(p: usize, n: i32, low: f64 = -1, high: f64 = 1): void {
  fill(p, n, low, high);
  for (let i = 0; i < n; i++) {
    if (randomInteger(3) == 0) set(p, i, SPECIALS[randomInteger(SPECIALS.length)]);
  }
}

/** A new guarded buffer of n random f32. */
export function randomBuffer(n: i32, low: f64 = -1, high: f64 = 1): usize {
  const p = guarded(n);
  fill(p, n, low, high);
  return p;
}

/** A new guarded buffer with the same n f32. */
export function copyOf(p: usize, n: i32): usize {
  const copy = guarded(n);
  memory.copy(copy, p, <usize>n << 2);
  return copy;
}

/** A new instruction; its operands are set with the functions below, by the fields of its enum. */
export function instruction(opcode: i32, words: i32): usize {
  const ip = guardedBytes(words << 2);
  memory.fill(ip, 0, words << 2);
  store<u32>(ip, opcode | (words << 8));
  return ip;
}

export function setInteger(ip: usize, field: i32, value: i32): void {
  store<i32>(ip + (<usize>field << 2), value);
}

export function setAddress(ip: usize, field: i32, value: usize): void {
  store<u32>(ip + (<usize>field << 2), <u32>value);
}

export function setFloat(ip: usize, field: i32, value: f32): void {
  store<f32>(ip + (<usize>field << 2), value);
}

/** Runs every slice of an instruction, one after the other: the last thread first, if `backwards`. */
export function runSlices(
  kernel: (ip: usize, thread: i32, threads: i32) => void,
  ip: usize,
  threads: i32,
  backwards: bool = false,
): void {
  for (let i = 0; i < threads; i++) kernel(ip, backwards ? threads - 1 - i : i, threads);
}

/** Whether n f32 have the same bits, any NaN equal to any other. */
export function sameBits(p: usize, q: usize, n: i32): bool {
  for (let i = 0; i < n; i++) if (!identical(get(p, i), get(q, i))) return false;
  return true;
}

/** Same bits, or both NaN. Tells 0 from -0. */
export function identical(a: f32, b: f32): bool {
  return reinterpret<u32>(a) == reinterpret<u32>(b) || (a != a && b != b);
}

/** The distance of neighbouring f32 around |x|. */
export function ulp(x: f64): f64 {
  const exponent = max<i32>((reinterpret<u32>(<f32>Math.abs(x)) >> 23) & 0xff, 1);
  return Math.pow(2, <f64>(min(exponent, 254) - 150));
}

/**
 * How many ULP `actual` lies from the exact `expected`: 0 where both are NaN or the same infinity after
 * rounding, Infinity where only one is.
 */
export function ulpError(actual: f32, expected: f64): f64 {
  const rounded = <f32>expected;
  if (isNaN(expected)) return isNaN(actual) ? 0 : Infinity;
  if (isNaN(actual)) return Infinity;
  if (rounded == actual) return Math.abs(<f64>rounded - expected) < Infinity ? Math.abs(<f64>actual - expected) / ulp(expected) : 0;
  if (!isFinite(rounded) || !isFinite(actual)) return Infinity;
  return Math.abs(<f64>actual - expected) / ulp(expected);
}

/** |actual − expected| / max(|expected|, floor); 0 where both are NaN or the same infinity. */
export function relativeError(actual: f32, expected: f64, floor: f64 = 1): f64 {
  if (isNaN(expected)) return isNaN(actual) ? 0 : Infinity;
  if (<f64>actual == expected || (!isFinite(<f32>expected) && <f32>expected == actual)) return 0;
  const error = Math.abs(<f64>actual - expected) / Math.max(Math.abs(expected), floor);
  return isNaN(error) ? Infinity : error;
}

/** The largest relativeError of n f32 at p against n f64 at `expected`. */
export function maxRelativeError(p: usize, expected: usize, n: i32, floor: f64 = 1): f64 {
  let worst: f64 = 0;
  for (let i = 0; i < n; i++) {
    worst = Math.max(worst, relativeError(get(p, i), load<f64>(expected + (<usize>i << 3)), floor));
  }
  return worst;
}

/** Whether the slices of `threads` threads are ordered and cover n items: a sanity check of sliceStart itself. */
export function slicesCover(n: i32, grain: i32, threads: i32): bool {
  if (sliceStart(n, grain, 0, threads) != 0 || sliceStart(n, grain, threads, threads) != n) return false;
  for (let i = 0; i < threads; i++) {
    if (sliceStart(n, grain, i, threads) > sliceStart(n, grain, i + 1, threads)) return false;
  }
  return true;
}
