import { change, fired, statistics } from '../../assembly/kernels/statistics';
import { Change, Fired, Measure, Movement, Opcode, Statistics } from '../../assembly/opcodes';
import {
  checkGuards,
  checkGuardsBytes,
  fillSpecials,
  get,
  guarded,
  guardedBytes,
  instruction,
  randomBuffer,
  runSlices,
  seed,
  set,
  setAddress,
  setFloat,
  setInteger,
} from './support';

const SIZES: StaticArray<i32> = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 1023, 1024, 1025, 2051, 4100];
const CENTER: f32 = 0.25;
const RADIUS: f32 = 0.5;

function cell(out: usize, field: i32): f64 {
  return load<f64>(out + (<usize>field << 3));
}

/** |actual − expected| in parts of `size`; 0 where both are the same infinity. */
function apart(actual: f64, expected: f64, size: f64): f64 {
  return actual == expected ? 0 : Math.abs(actual - expected) / Math.max(size, 1e-30);
}

/** The largest error of the eight measures of n floats at x, or Infinity for a touched guard. */
function worstMeasure(x: usize, n: i32): f64 {
  const out = guardedBytes(64);
  const ip = instruction(Opcode.Statistics, 6);
  setAddress(ip, Statistics.x, x);
  setAddress(ip, Statistics.out, out);
  setInteger(ip, Statistics.n, n);
  setFloat(ip, Statistics.center, CENTER);
  setFloat(ip, Statistics.radius, RADIUS);
  runSlices(statistics, ip, 3, true);
  let sum: f64 = 0;
  let size: f64 = 0;
  let squares: f64 = 0;
  let least: f64 = Infinity;
  let most: f64 = -Infinity;
  let finite = 0;
  let beyond = 0;
  let zeros = 0;
  for (let i = 0; i < n; i++) {
    const v = get(x, i);
    if (abs(v - CENTER) > RADIUS) beyond++;
    if (v == 0) zeros++;
    if (!isFinite(v)) continue;
    finite++;
    sum += <f64>v;
    size += Math.abs(<f64>v);
    squares += <f64>v * <f64>v;
    least = Math.min(least, <f64>v);
    most = Math.max(most, <f64>v);
  }
  let worst: f64 = 0;
  worst = Math.max(worst, apart(cell(out, Measure.Sum), sum, size));
  // Squares of numbers beyond 1.8e19 are beyond f32.
  if (most < 1e18 && least > -1e18) worst = Math.max(worst, apart(cell(out, Measure.Squares), squares, squares));
  worst = Math.max(worst, apart(cell(out, Measure.Least), finite > 0 ? least : 0, 0));
  worst = Math.max(worst, apart(cell(out, Measure.Most), finite > 0 ? most : 0, 0));
  if (cell(out, Measure.NonFinite) != n - finite) worst = Infinity;
  if (cell(out, Measure.Beyond) != beyond) worst = Infinity;
  if (cell(out, Measure.Zeros) != zeros) worst = Infinity;
  if (cell(out, Measure.Count) != n) worst = Infinity;
  return checkGuardsBytes(out, 64) && checkGuards(x, n) ? worst : Infinity;
}

/** The same for the movements from `before` to `after`. */
function worstMovement(after: usize, before: usize, n: i32): f64 {
  const out = guardedBytes(64);
  const ip = instruction(Opcode.Change, 5);
  setAddress(ip, Change.after, after);
  setAddress(ip, Change.before, before);
  setAddress(ip, Change.out, out);
  setInteger(ip, Change.n, n);
  runSlices(change, ip, 3, true);
  let squares: f64 = 0;
  let most: f64 = 0;
  let was: f64 = 0;
  let highest: f64 = 0;
  let finite = 0;
  for (let i = 0; i < n; i++) {
    const d = get(after, i) - get(before, i);
    if (!isFinite(d)) continue;
    finite++;
    squares += <f64>d * <f64>d;
    was += <f64>get(before, i) * <f64>get(before, i);
    most = Math.max(most, Math.abs(<f64>d));
    highest = Math.max(highest, Math.abs(<f64>get(before, i)));
  }
  let worst: f64 = 0;
  if (most < 1e18 && highest < 1e18) {
    worst = Math.max(worst, apart(cell(out, Movement.Squares), squares, squares));
    worst = Math.max(worst, apart(cell(out, Movement.BeforeSquares), was, was));
  }
  worst = Math.max(worst, apart(cell(out, Movement.Most), most, 0));
  worst = Math.max(worst, apart(cell(out, Movement.BeforeMost), highest, 0));
  if (cell(out, Movement.NonFinite) != n - finite) worst = Infinity;
  if (cell(out, Movement.Count) != n) worst = Infinity;
  return checkGuardsBytes(out, 64) ? worst : Infinity;
}

/** How many of the counts over three runs are wrong; −1 for a touched guard. */
function wrongCounts(rows: i32, columns: i32): i32 {
  const n = rows * columns;
  const x = guarded(n);
  fillSpecials(x, n);
  const counts = guarded(columns);
  for (let j = 0; j < columns; j++) store<u32>(counts + (<usize>j << 2), j);
  const ip = instruction(Opcode.Fired, 5);
  setAddress(ip, Fired.x, x);
  setAddress(ip, Fired.counts, counts);
  setInteger(ip, Fired.rows, rows);
  setInteger(ip, Fired.columns, columns);
  for (let threads = 1; threads <= 3; threads++) runSlices(fired, ip, threads, true);
  let wrong = 0;
  for (let j = 0; j < columns; j++) {
    let count = 0;
    for (let i = 0; i < rows; i++) if (get(x, i * columns + j) > 0) count++;
    if (load<u32>(counts + (<usize>j << 2)) != <u32>(j + 3 * count)) wrong++;
  }
  return checkGuards(counts, columns) ? wrong : -1;
}

describe('statistics', () => {
  it('measures ordinary numbers', () => {
    seed(1);
    let worst: f64 = 0;
    for (let s = 0; s < SIZES.length; s++) worst = Math.max(worst, worstMeasure(randomBuffer(SIZES[s], -1, 2), SIZES[s]));
    expect(worst).toBeLessThan(1e-6);
  });

  it('leaves out what is not finite, and counts it', () => {
    seed(2);
    let worst: f64 = 0;
    for (let s = 0; s < SIZES.length; s++) {
      const x = guarded(SIZES[s]);
      fillSpecials(x, SIZES[s]);
      for (let i = 0; i < SIZES[s]; i++) if (isFinite(get(x, i)) && abs(get(x, i)) > 1e18) set(x, i, 7);
      worst = Math.max(worst, worstMeasure(x, SIZES[s]));
    }
    expect(worst).toBeLessThan(1e-6);
  });

  it('has extremes of nothing but NaN', () => {
    const x = guarded(9);
    expect(worstMeasure(x, 9)).toBe(0);
  });
});

describe('change', () => {
  it('measures how far numbers have moved', () => {
    seed(3);
    let worst: f64 = 0;
    for (let s = 0; s < SIZES.length; s++) {
      const n = SIZES[s];
      worst = Math.max(worst, worstMovement(randomBuffer(n), randomBuffer(n), n));
      const wild = guarded(n);
      fillSpecials(wild, n);
      worst = Math.max(worst, worstMovement(wild, randomBuffer(n), n));
    }
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('fired', () => {
  it('counts the rows in which each unit is above 0', () => {
    seed(4);
    let wrong = 0;
    for (let columns = 0; columns <= 37; columns++) {
      for (let rows = 0; rows <= 5; rows++) wrong += abs(wrongCounts(rows, columns));
    }
    expect(wrong).toBe(0);
  });
});
