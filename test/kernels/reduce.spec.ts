import { accumulate, advance, argMax, lap, reduce } from '../../assembly/kernels/reduce';
import { Accumulate, Advance, ArgMax, Lap, Opcode, Reduce, ReduceFn } from '../../assembly/opcodes';
import {
  checkGuards,
  checkGuardsBytes,
  copyOf,
  fill,
  fillWith,
  get,
  guarded,
  guardedBytes,
  instruction,
  randomBuffer,
  relativeError,
  runSlices,
  sameBits,
  seed,
  set,
  setAddress,
  setFloat,
  setInteger,
} from './support';

const SIZES: StaticArray<i32> = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 129];

function reduction(x: usize, out: usize, fn: i32, outer: i32, count: i32, inner: i32, scale: f32): usize {
  const ip = instruction(Opcode.Reduce, 8);
  setAddress(ip, Reduce.x, x);
  setAddress(ip, Reduce.out, out);
  setInteger(ip, Reduce.fn, fn);
  setInteger(ip, Reduce.outer, outer);
  setInteger(ip, Reduce.count, count);
  setInteger(ip, Reduce.inner, inner);
  setFloat(ip, Reduce.scale, scale);
  return ip;
}

/** The plain definition, in f64. */
function expected(x: usize, fn: i32, count: i32, inner: i32, outer: i32, j: i32): f64 {
  let value: f64 = fn == ReduceFn.Sum ? 0 : fn == ReduceFn.Max ? -Infinity : Infinity;
  for (let i = 0; i < count; i++) {
    const v = <f64>get(x, (outer * count + i) * inner + j);
    if (fn == ReduceFn.Sum) value += v;
    else if (fn == ReduceFn.Max) value = Math.max(value, v);
    else value = Math.min(value, v);
  }
  return value;
}

/** Largest error, or Infinity for a touched guard or a dependence on the thread count. */
function worstOf(fn: i32, outer: i32, count: i32, inner: i32): f64 {
  const x = randomBuffer(outer * count * inner);
  const n = outer * inner;
  const out = guarded(n);
  const ip = reduction(x, out, fn, outer, count, inner, 0.5);
  runSlices(reduce, ip, 1);
  let worst: f64 = 0;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < inner; j++) {
      const right = 0.5 * expected(x, fn, count, inner, o, j);
      worst = Math.max(worst, relativeError(get(out, o * inner + j), right));
    }
  }
  for (let threads = 2; threads <= 3; threads++) {
    const alone = copyOf(out, n);
    fillWith(out, n, NaN);
    runSlices(reduce, ip, threads, true);
    if (!sameBits(alone, out, n)) return Infinity;
  }
  // Each output belongs to one thread only: two that write the same one would race.
  let written = 0;
  for (let thread = 0; thread < 3; thread++) {
    fillWith(out, n, NaN);
    reduce(ip, thread, 3);
    for (let i = 0; i < n; i++) if (!isNaN(get(out, i))) written++;
  }
  if (written != n) return Infinity;
  return checkGuards(out, n) ? worst : Infinity;
}

function worstOverShapes(fn: i32): f64 {
  let worst: f64 = 0;
  for (let a = 0; a < SIZES.length; a++) {
    worst = Math.max(worst, worstOf(fn, 3, SIZES[a], 1));
    worst = Math.max(worst, worstOf(fn, SIZES[a], 5, 1));
    for (let b = 1; b < SIZES.length; b++) worst = Math.max(worst, worstOf(fn, 2, SIZES[a], SIZES[b]));
  }
  return worst;
}

describe('reduce', () => {
  test('sums over any axis, alike for one, two and three threads', () => {
    seed(1);
    expect(worstOverShapes(ReduceFn.Sum)).toBeLessThan(2e-6);
  });

  test('maxima are exact', () => {
    seed(2);
    expect(worstOverShapes(ReduceFn.Max)).toBe(0);
  });

  test('minima are exact', () => {
    seed(3);
    expect(worstOverShapes(ReduceFn.Min)).toBe(0);
  });

  test('a NaN at any place makes maximum and minimum NaN', () => {
    let failures = 0;
    for (let n = 1; n <= 20; n++) {
      for (let at = 0; at < n; at++) {
        const x = randomBuffer(n);
        set(x, at, NaN);
        const out = guarded(n);
        for (let fn = ReduceFn.Max; fn <= ReduceFn.Min; fn++) {
          reduce(reduction(x, out, fn, 1, n, 1, 1), 0, 1);
          if (!isNaN(get(out, 0))) failures++;
          reduce(reduction(x, out, fn, 1, 1, n, 1), 0, 1);
          if (!isNaN(get(out, at))) failures++;
        }
      }
    }
    expect(failures).toBe(0);
  });

  test('a long sum keeps its digits', () => {
    const n = 300000;
    const x = guarded(n);
    fillWith(x, n, 0.1); // every addition to a large total rounds the same way
    const out = guarded(3);
    reduce(reduction(x, out, ReduceFn.Sum, 1, n, 1, 1), 0, 1);
    const row = relativeError(get(out, 0), expected(x, ReduceFn.Sum, n, 1, 0, 0));
    reduce(reduction(x, out, ReduceFn.Sum, 1, n / 3, 3, 1), 0, 1);
    const column = relativeError(get(out, 1), expected(x, ReduceFn.Sum, n / 3, 3, 0, 1));
    expect(row).toBeLessThan(1e-6);
    expect(column).toBeLessThan(3e-6);
  });
});

function indices(x: usize, out: usize, rows: i32, columns: i32): usize {
  const ip = instruction(Opcode.ArgMax, 5);
  setAddress(ip, ArgMax.x, x);
  setAddress(ip, ArgMax.out, out);
  setInteger(ip, ArgMax.rows, rows);
  setInteger(ip, ArgMax.columns, columns);
  return ip;
}

describe('argMax', () => {
  test('finds the first maximum', () => {
    seed(5);
    let failures = 0;
    const rows = 9;
    for (let s = 1; s < SIZES.length; s++) {
      const columns = SIZES[s];
      const x = guarded(rows * columns);
      // few values, so that most rows hold their maximum twice; all negative, as padding would be 0
      fill(x, rows * columns, -4, -1);
      for (let i = 0; i < rows * columns; i++) set(x, i, Mathf.floor(get(x, i)));
      const out = guarded(rows);
      const ip = indices(x, out, rows, columns);
      for (let threads = 1; threads <= 3; threads++) {
        fillWith(out, rows, NaN);
        runSlices(argMax, ip, threads, true);
        for (let row = 0; row < rows; row++) {
          let best = 0;
          for (let j = 1; j < columns; j++) {
            if (get(x, row * columns + j) > get(x, row * columns + best)) best = j;
          }
          if (get(out, row) != <f32>best) failures++;
        }
      }
      if (!checkGuards(out, rows)) failures++;
    }
    expect(failures).toBe(0);
  });

  test('takes the first NaN, as numpy does', () => {
    let failures = 0;
    for (let n = 1; n <= 20; n++) {
      for (let at = 0; at < n; at++) {
        const x = randomBuffer(n);
        set(x, n - 1, NaN);
        set(x, at, NaN);
        const out = guarded(1);
        argMax(indices(x, out, 1, n), 0, 1);
        if (get(out, 0) != <f32>at) failures++;
      }
    }
    expect(failures).toBe(0);
  });
});

describe('cells', () => {
  test('accumulate adds scaled sums in f64', () => {
    const n = 5000;
    const x = guarded(n);
    seed(6);
    fill(x, n, 0, 1);
    const total = guardedBytes(8);
    store<f64>(total, 1e9);
    const ip = instruction(Opcode.Accumulate, 5);
    setAddress(ip, Accumulate.x, x);
    setAddress(ip, Accumulate.total, total);
    setInteger(ip, Accumulate.n, n);
    setFloat(ip, Accumulate.scale, 0.25);
    runSlices(accumulate, ip, 3);
    runSlices(accumulate, ip, 1);
    let sum: f64 = 0;
    for (let i = 0; i < n; i++) sum += <f64>get(x, i);
    expect(Math.abs(load<f64>(total) - 1e9 - 0.5 * sum)).toBeLessThan(1e-3);
    expect(checkGuardsBytes(total, 8)).toBe(true);
  });

  test('advance adds once, whatever the thread count', () => {
    const counter = guardedBytes(4);
    store<u32>(counter, 0xfffffff0);
    const ip = instruction(Opcode.Advance, 3);
    setAddress(ip, Advance.counter, counter);
    setInteger(ip, Advance.amount, 32);
    runSlices(advance, ip, 3);
    expect(load<u32>(counter)).toBe(16);
    expect(checkGuardsBytes(counter, 4)).toBe(true);
  });

  test('lap counts steps, and moves the totals to the log after the last', () => {
    const cells = guardedBytes(12);
    const totals = guardedBytes(16);
    const log = guardedBytes(48);
    memory.fill(log, 0, 48);
    store<u32>(cells, 1);
    store<u32>(cells, 3, 4);
    store<u32>(cells, 1, 8);
    store<f64>(totals, 2.5);
    store<f64>(totals, -4, 8);
    const ip = instruction(Opcode.Lap, 5);
    setAddress(ip, Lap.lap, cells);
    setAddress(ip, Lap.totals, totals);
    setAddress(ip, Lap.log, log);
    setInteger(ip, Lap.n, 2);
    runSlices(lap, ip, 3);
    expect(load<u32>(cells)).toBe(2);
    expect(load<f64>(totals)).toBe(2.5);
    expect(load<f64>(log, 16)).toBe(0);
    runSlices(lap, ip, 3);
    expect(load<u32>(cells)).toBe(0);
    expect(load<u32>(cells, 8)).toBe(2);
    expect(load<f64>(log, 16)).toBe(2.5);
    expect(load<f64>(log, 24)).toBe(-4);
    expect(load<f64>(log)).toBe(0);
    expect(load<f64>(log, 32)).toBe(0);
    expect(load<f64>(totals)).toBe(0);
    expect(load<f64>(totals, 8)).toBe(0);
    expect(checkGuardsBytes(cells, 12)).toBe(true);
    expect(checkGuardsBytes(totals, 16)).toBe(true);
    expect(checkGuardsBytes(log, 48)).toBe(true);
  });
});
