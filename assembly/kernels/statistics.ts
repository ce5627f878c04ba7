/**
 * What the doctor measures in sampled steps: sums, extremes and counts of a value, how far weights have
 * moved, which units fire.
 *
 * Sums and extremes are over the finite elements, so that a single NaN does not hide what the others
 * are. Each result belongs to one thread; the cells' addresses share the work out.
 */
import { Change, Fired, Measure, Movement, Statistics } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { loadPart, storePart } from '../partial';
import { maxLanes, minLanes, sumLanes } from '../simd';

/** Elements that are summed in f32 lanes before the total moves on, in f64. */
const BLOCK: i32 = 1024;

/** Cells are 64 bytes each, one after the other: their addresses deal them out to threads. */
// @ts-ignore: decorator
@inline
function isMine(cells: usize, thread: i32, threads: i32): bool {
  return <i32>((<u32>cells >> 6) % <u32>threads) == thread;
}

/** The eight cells at `out` = Measures of x[i], i < n. */
export function statistics(ip: usize, thread: i32, threads: i32): void {
  const out = address(ip, Statistics.out);
  if (!isMine(out, thread, threads)) return;
  let x = address(ip, Statistics.x);
  const n = integer(ip, Statistics.n);
  const center = float(ip, Statistics.center);
  const radius = float(ip, Statistics.radius);
  const centers = f32x4.splat(center);
  const radii = f32x4.splat(radius);
  const none = f32x4.splat(0);
  let sum: f64 = 0;
  let squares: f64 = 0;
  let finite = 0;
  let beyond = 0;
  let zeros = 0;
  let low = f32x4.splat(Infinity);
  let high = f32x4.splat(-Infinity);
  for (let rest = n; rest > 0; rest -= BLOCK) {
    let s0 = none;
    let s1 = none;
    let q0 = none;
    let q1 = none;
    // Masks are −1 where they hold, so subtracting them counts.
    let finites = none;
    let beyonds = none;
    let zeroes = none;
    let left = min(rest, BLOCK);
    for (; left >= 8; left -= 8, x += 32) {
      const a = v128.load(x);
      const b = v128.load(x, 16);
      const isFiniteA = f32x4.eq(f32x4.sub(a, a), none);
      const isFiniteB = f32x4.eq(f32x4.sub(b, b), none);
      const c = v128.and(a, isFiniteA);
      const d = v128.and(b, isFiniteB);
      s0 = f32x4.add(s0, c);
      s1 = f32x4.add(s1, d);
      q0 = f32x4.add(q0, f32x4.mul(c, c));
      q1 = f32x4.add(q1, f32x4.mul(d, d));
      const e = v128.bitselect(a, low, isFiniteA);
      const f = v128.bitselect(b, low, isFiniteB);
      const g = v128.bitselect(a, high, isFiniteA);
      const h = v128.bitselect(b, high, isFiniteB);
      low = f32x4.pmin(low, f32x4.pmin(e, f));
      high = f32x4.pmax(high, f32x4.pmax(g, h));
      finites = i32x4.sub(finites, i32x4.add(isFiniteA, isFiniteB));
      const beyondA = f32x4.gt(f32x4.abs(f32x4.sub(a, centers)), radii);
      const beyondB = f32x4.gt(f32x4.abs(f32x4.sub(b, centers)), radii);
      beyonds = i32x4.sub(beyonds, i32x4.add(beyondA, beyondB));
      zeroes = i32x4.sub(zeroes, i32x4.add(f32x4.eq(a, none), f32x4.eq(b, none)));
    }
    for (; left > 0; left--, x += 4) {
      const v = load<f32>(x);
      if (v - v == 0) {
        finite++;
        sum += <f64>v;
        squares += <f64>v * <f64>v;
        low = f32x4.pmin(low, f32x4.splat(v));
        high = f32x4.pmax(high, f32x4.splat(v));
      }
      if (abs(v - center) > radius) beyond++;
      if (v == 0) zeros++;
    }
    sum += <f64>sumLanes(f32x4.add(s0, s1));
    squares += <f64>sumLanes(f32x4.add(q0, q1));
    finite += countLanes(finites);
    beyond += countLanes(beyonds);
    zeros += countLanes(zeroes);
  }
  put(out, Measure.Sum, sum);
  put(out, Measure.Squares, squares);
  put(out, Measure.Least, finite > 0 ? <f64>minLanes(low) : 0);
  put(out, Measure.Most, finite > 0 ? <f64>maxLanes(high) : 0);
  put(out, Measure.NonFinite, <f64>(n - finite));
  put(out, Measure.Beyond, <f64>beyond);
  put(out, Measure.Zeros, <f64>zeros);
  put(out, Measure.Count, <f64>n);
}

/** The eight cells at `out` = Movements from before[i] to after[i], i < n. */
export function change(ip: usize, thread: i32, threads: i32): void {
  const out = address(ip, Change.out);
  if (!isMine(out, thread, threads)) return;
  let after = address(ip, Change.after);
  let before = address(ip, Change.before);
  const n = integer(ip, Change.n);
  const none = f32x4.splat(0);
  let squares: f64 = 0;
  let was: f64 = 0;
  let finite = 0;
  let most = none;
  let highest = none;
  for (let rest = n; rest > 0; rest -= BLOCK) {
    let q0 = none;
    let w0 = none;
    let finites = none;
    let left = min(rest, BLOCK);
    for (; left >= 4; left -= 4, after += 16, before += 16) {
      const a = v128.load(after);
      const b = v128.load(before);
      const distance = f32x4.sub(a, b);
      const isFinite = f32x4.eq(f32x4.sub(distance, distance), none);
      const d = v128.and(distance, isFinite);
      const w = v128.and(b, isFinite);
      q0 = f32x4.add(q0, f32x4.mul(d, d));
      w0 = f32x4.add(w0, f32x4.mul(w, w));
      most = f32x4.pmax(most, f32x4.abs(d));
      highest = f32x4.pmax(highest, f32x4.abs(w));
      finites = i32x4.sub(finites, isFinite);
    }
    for (; left > 0; left--, after += 4, before += 4) {
      const b = load<f32>(before);
      const d = load<f32>(after) - b;
      if (d - d != 0) continue;
      finite++;
      squares += <f64>d * <f64>d;
      was += <f64>b * <f64>b;
      most = f32x4.pmax(most, f32x4.splat(abs(d)));
      highest = f32x4.pmax(highest, f32x4.splat(abs(b)));
    }
    squares += <f64>sumLanes(q0);
    was += <f64>sumLanes(w0);
    finite += countLanes(finites);
  }
  put(out, Movement.Squares, squares);
  put(out, Movement.Most, <f64>maxLanes(most));
  put(out, Movement.BeforeSquares, was);
  put(out, Movement.BeforeMost, <f64>maxLanes(highest));
  put(out, Movement.NonFinite, <f64>(n - finite));
  put(out, Movement.Count, <f64>n);
}

/** counts[j] += how many of x[i, j], i < rows, are above 0. */
export function fired(ip: usize, thread: i32, threads: i32): void {
  const x = address(ip, Fired.x);
  const counts = address(ip, Fired.counts);
  const rows = integer(ip, Fired.rows);
  const columns = integer(ip, Fired.columns);
  const end = sliceStart(columns, 4, thread + 1, threads);
  const stride = <usize>columns << 2;
  const none = f32x4.splat(0);
  for (let j = sliceStart(columns, 4, thread, threads); j < end; j += 4) {
    const left = end - j;
    const to = counts + (<usize>j << 2);
    let p = x + (<usize>j << 2);
    let count = loadPart(to, left);
    if (left >= 4) {
      for (let i = 0; i < rows; i++, p += stride) count = i32x4.sub(count, f32x4.gt(v128.load(p), none));
    } else {
      for (let i = 0; i < rows; i++, p += stride) count = i32x4.sub(count, f32x4.gt(loadPart(p, left), none));
    }
    storePart(to, count, left);
  }
}

// @ts-ignore: decorator
@inline
function put(cells: usize, at: i32, value: f64): void {
  store<f64>(cells + (<usize>at << 3), value);
}

// @ts-ignore: decorator
@inline
function countLanes(counts: v128): i32 {
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}
