/** Vectors of up to four floats, for loops whose last round may be a short one. */
import { loadTail, storeTail } from './simd';

/** The floats at p, at most four; lanes from `left` on are 0 and their memory is not read. `left` ≥ 1. */
// @ts-ignore: decorator
@inline
export function loadPart(p: usize, left: i32): v128 {
  return left >= 4 ? v128.load(p) : loadTail(p, left);
}

/** Stores the first `left` lanes, at most four. `left` ≥ 1. */
// @ts-ignore: decorator
@inline
export function storePart(p: usize, x: v128, left: i32): void {
  if (left >= 4) v128.store(p, x);
  else storeTail(p, x, left);
}

/** All ones in the lanes below `left`. */
// @ts-ignore: decorator
@inline
export function lanesBelow(left: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
}
