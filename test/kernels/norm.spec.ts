import { moments, movingAverage, normalize } from '../../assembly/kernels/norm';
import { normalizeGradInput, normalizeGradParams } from '../../assembly/kernels/norm-gradient';
import {
  Moments,
  MovingAverage,
  Normalize,
  NormalizeGradInput,
  NormalizeGradParams,
  Opcode,
} from '../../assembly/opcodes';
import {
  checkGuards,
  copyOf,
  fill,
  fillWith,
  get,
  guarded,
  instruction,
  random,
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

const SIZES: StaticArray<i32> = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 100];
const ROWS: StaticArray<i32> = [1, 2, 3, 5, 8, 33];
const EPSILON: f32 = 1e-3;

function momentsOf(x: usize, out: usize, rows: i32, columns: i32, perRow: i32): usize {
  const ip = instruction(Opcode.Moments, 6);
  setAddress(ip, Moments.x, x);
  setAddress(ip, Moments.out, out);
  setInteger(ip, Moments.rows, rows);
  setInteger(ip, Moments.columns, columns);
  setInteger(ip, Moments.perRow, perRow);
  return ip;
}

/** Reads x as groups of elements: element i of group g. */
// @ts-ignore: decorator
@inline
function at(g: i32, i: i32, columns: i32, perRow: i32): i32 {
  return perRow ? g * columns + i : i * columns + g;
}

function meanOf(x: usize, g: i32, rows: i32, columns: i32, perRow: i32): f64 {
  const n = perRow ? columns : rows;
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) sum += <f64>get(x, at(g, i, columns, perRow));
  return sum / <f64>n;
}

function varianceOf(x: usize, g: i32, rows: i32, columns: i32, perRow: i32): f64 {
  const n = perRow ? columns : rows;
  const mean = meanOf(x, g, rows, columns, perRow);
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) sum += (<f64>get(x, at(g, i, columns, perRow)) - mean) ** 2;
  return sum / <f64>n;
}

let failures = 0;

/** Largest error of means (relative to the spread) and variances (relative). */
function momentsError(x: usize, rows: i32, columns: i32, perRow: i32): f64 {
  const groups = perRow ? rows : columns;
  const out = guarded(2 * groups);
  moments(momentsOf(x, out, rows, columns, perRow), 0, 1);
  let worst: f64 = 0;
  for (let g = 0; g < groups; g++) {
    const mean = meanOf(x, g, rows, columns, perRow);
    const variance = varianceOf(x, g, rows, columns, perRow);
    // half an ULP of the mean is what f32 must lose
    const slack = Math.abs(mean) * 6e-8;
    worst = Math.max(worst, Math.max(0, Math.abs(<f64>get(out, g) - mean) - slack) / Math.sqrt(variance + 1e-9));
    worst = Math.max(worst, relativeError(get(out, groups + g), variance, 1e-9));
  }
  for (let threads = 2; threads <= 3; threads++) {
    const again = guarded(2 * groups);
    runSlices(moments, momentsOf(x, again, rows, columns, perRow), threads, true);
    if (!sameBits(again, out, 2 * groups) || !checkGuards(again, 2 * groups)) failures++;
  }
  return worst;
}

describe('moments', () => {
  test('of columns and rows of every size', () => {
    seed(1);
    failures = 0;
    let worst: f64 = 0;
    for (let r = 0; r < ROWS.length; r++) {
      for (let c = 0; c < SIZES.length; c++) {
        const x = randomBuffer(ROWS[r] * SIZES[c], -2, 5);
        worst = Math.max(worst, momentsError(x, ROWS[r], SIZES[c], 0));
        worst = Math.max(worst, momentsError(x, ROWS[r], SIZES[c], 1));
      }
    }
    expect(worst).toBeLessThan(2e-6);
    expect(failures).toBe(0);
  });

  test('keep their digits at mean 1000, spread 1, with an outlier first', () => {
    seed(2);
    let worst: f64 = 0;
    const x = guarded(5000 * 13);
    fill(x, 5000 * 13, 1000 - 1.7, 1000 + 1.7);
    worst = Math.max(worst, momentsError(x, 5000, 13, 0));
    worst = Math.max(worst, momentsError(x, 13, 5000, 1));
    for (let j = 0; j < 13; j++) {
      set(x, j, 990);
      set(x, j * 5000, 990);
    }
    worst = Math.max(worst, momentsError(x, 5000, 13, 0));
    worst = Math.max(worst, momentsError(x, 13, 5000, 1));
    expect(worst).toBeLessThan(2e-5);
  });

  test('a mean that f32 cannot hold does not spoil the variance', () => {
    // neighbouring floats around 100 000: the spread is about one ULP of the mean
    seed(7);
    const x = guarded(200 * 13);
    for (let i = 0; i < 200 * 13; i++) set(x, i, <f32>(100000 + Math.floor(random() * 4) / 128));
    let worst: f64 = 0;
    const out = guarded(400);
    for (let perRow = 0; perRow <= 1; perRow++) {
      const groups = perRow ? 200 : 13;
      moments(momentsOf(x, out, 200, 13, perRow), 0, 1);
      for (let g = 0; g < groups; g++) {
        const right = varianceOf(x, g, 200, 13, perRow);
        worst = Math.max(worst, relativeError(get(out, groups + g), right, 1e-9));
      }
    }
    expect(worst).toBeLessThan(1e-5);
  });

  test('of a constant are the constant and exactly 0', () => {
    const x = guarded(99 * 7);
    fillWith(x, 99 * 7, 0.1);
    const out = guarded(198);
    let wrong = 0;
    for (let perRow = 0; perRow <= 1; perRow++) {
      const groups = perRow ? 99 : 7;
      moments(momentsOf(x, out, 99, 7, perRow), 0, 1);
      for (let g = 0; g < groups; g++) if (get(out, g) != <f32>0.1 || get(out, groups + g) != 0) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

/** One normalization: its buffers, and its plain definition. */
class Norm {
  x: usize;
  dy: usize;
  gamma: usize;
  beta: usize;
  stats: usize;
  groups: i32;
  constructor(
    public rows: i32,
    public columns: i32,
    public perRow: i32,
    affine: bool,
  ) {
    this.groups = perRow ? rows : columns;
    this.x = randomBuffer(rows * columns, -2, 4);
    this.dy = randomBuffer(rows * columns);
    this.gamma = affine ? randomBuffer(columns, 0.5, 2) : 0;
    this.beta = affine ? randomBuffer(columns) : 0;
    this.stats = guarded(2 * this.groups);
    moments(momentsOf(this.x, this.stats, rows, columns, perRow), 0, 1);
  }

  variance(): usize {
    return this.stats + (this.groups << 2);
  }

  forward(x: usize, out: usize): usize {
    const ip = instruction(Opcode.Normalize, 11);
    setAddress(ip, Normalize.x, x);
    setAddress(ip, Normalize.mean, this.stats);
    setAddress(ip, Normalize.variance, this.variance());
    setAddress(ip, Normalize.gamma, this.gamma);
    setAddress(ip, Normalize.beta, this.beta);
    setAddress(ip, Normalize.out, out);
    setInteger(ip, Normalize.rows, this.rows);
    setInteger(ip, Normalize.columns, this.columns);
    setInteger(ip, Normalize.perRow, this.perRow);
    setFloat(ip, Normalize.epsilon, EPSILON);
    return ip;
  }

  params(out: usize): usize {
    const ip = instruction(Opcode.NormalizeGradParams, 10);
    setAddress(ip, NormalizeGradParams.dy, this.dy);
    setAddress(ip, NormalizeGradParams.x, this.x);
    setAddress(ip, NormalizeGradParams.mean, this.stats);
    setAddress(ip, NormalizeGradParams.variance, this.variance());
    setAddress(ip, NormalizeGradParams.out, out);
    setInteger(ip, NormalizeGradParams.rows, this.rows);
    setInteger(ip, NormalizeGradParams.columns, this.columns);
    setInteger(ip, NormalizeGradParams.perRow, this.perRow);
    setFloat(ip, NormalizeGradParams.epsilon, EPSILON);
    return ip;
  }

  input(dy: usize, sums: usize, out: usize): usize {
    const ip = instruction(Opcode.NormalizeGradInput, 12);
    setAddress(ip, NormalizeGradInput.dy, dy);
    setAddress(ip, NormalizeGradInput.x, this.x);
    setAddress(ip, NormalizeGradInput.mean, this.stats);
    setAddress(ip, NormalizeGradInput.variance, this.variance());
    setAddress(ip, NormalizeGradInput.gamma, this.gamma);
    setAddress(ip, NormalizeGradInput.sums, this.perRow ? 0 : sums);
    setAddress(ip, NormalizeGradInput.out, out);
    setInteger(ip, NormalizeGradInput.rows, this.rows);
    setInteger(ip, NormalizeGradInput.columns, this.columns);
    setInteger(ip, NormalizeGradInput.perRow, this.perRow);
    setFloat(ip, NormalizeGradInput.epsilon, EPSILON);
    return ip;
  }

  /** y = gamma·x̂ + beta of group g's element i for a given value x, in f64; moments given. */
  y(x: f64, mean: f64, variance: f64, column: i32): f64 {
    const hat = (x - mean) / Math.sqrt(variance + <f64>EPSILON);
    const gamma: f64 = this.gamma ? <f64>get(this.gamma, column) : 1;
    const beta: f64 = this.beta ? <f64>get(this.beta, column) : 0;
    return gamma * hat + beta;
  }

  /** Σ dy · y over group g when its element `moved` is moved by h: for finite differences. */
  objective(g: i32, moved: i32, h: f64): f64 {
    const n = this.perRow ? this.columns : this.rows;
    let mean: f64 = 0;
    for (let i = 0; i < n; i++) mean += this.element(g, i, moved, h);
    mean /= <f64>n;
    let variance: f64 = 0;
    for (let i = 0; i < n; i++) variance += (this.element(g, i, moved, h) - mean) ** 2;
    variance /= <f64>n;
    let sum: f64 = 0;
    for (let i = 0; i < n; i++) {
      const y = this.y(this.element(g, i, moved, h), mean, variance, this.perRow ? i : g);
      sum += <f64>get(this.dy, at(g, i, this.columns, this.perRow)) * y;
    }
    return sum;
  }

  element(g: i32, i: i32, moved: i32, h: f64): f64 {
    return <f64>get(this.x, at(g, i, this.columns, this.perRow)) + (i == moved ? h : 0);
  }
}

function forwardError(rows: i32, columns: i32, perRow: i32, affine: bool): f64 {
  const norm = new Norm(rows, columns, perRow, affine);
  const n = rows * columns;
  const out = guarded(n);
  normalize(norm.forward(norm.x, out), 0, 1);
  let worst: f64 = 0;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < columns; j++) {
      const g = perRow ? row : j;
      const mean = <f64>get(norm.stats, g);
      const variance = <f64>get(norm.variance(), g);
      const right = norm.y(<f64>get(norm.x, row * columns + j), mean, variance, j);
      worst = Math.max(worst, relativeError(get(out, row * columns + j), right));
    }
  }
  for (let threads = 1; threads <= 3; threads++) {
    const inPlace = copyOf(norm.x, n);
    runSlices(normalize, norm.forward(inPlace, inPlace), threads, true);
    if (!sameBits(inPlace, out, n) || !checkGuards(inPlace, n)) failures++;
  }
  return checkGuards(out, n) ? worst : Infinity;
}

function paramsError(rows: i32, columns: i32, perRow: i32): f64 {
  const norm = new Norm(rows, columns, perRow, false);
  const out = guarded(2 * columns);
  normalizeGradParams(norm.params(out), 0, 1);
  let worst: f64 = 0;
  for (let j = 0; j < columns; j++) {
    let dgamma: f64 = 0;
    let dbeta: f64 = 0;
    for (let row = 0; row < rows; row++) {
      const g = perRow ? row : j;
      const x = <f64>get(norm.x, row * columns + j);
      const dy = <f64>get(norm.dy, row * columns + j);
      dgamma += dy * norm.y(x, <f64>get(norm.stats, g), <f64>get(norm.variance(), g), j);
      dbeta += dy;
    }
    worst = Math.max(worst, relativeError(get(out, j), dgamma));
    worst = Math.max(worst, relativeError(get(out, columns + j), dbeta));
  }
  for (let threads = 2; threads <= 3; threads++) {
    const again = guarded(2 * columns);
    runSlices(normalizeGradParams, norm.params(again), threads, true);
    if (!sameBits(again, out, 2 * columns) || !checkGuards(again, 2 * columns)) failures++;
  }
  return worst;
}

/** dx against central differences of the plain definition, moments included. */
function inputError(rows: i32, columns: i32, perRow: i32, affine: bool): f64 {
  const norm = new Norm(rows, columns, perRow, affine);
  const n = rows * columns;
  const sums = guarded(2 * columns);
  normalizeGradParams(norm.params(sums), 0, 1);
  const out = guarded(n);
  normalizeGradInput(norm.input(norm.dy, sums, out), 0, 1);
  let worst: f64 = 0;
  const h = 1e-4;
  const count = perRow ? columns : rows;
  for (let g = 0; g < norm.groups; g++) {
    for (let i = 0; i < count; i++) {
      const right = (norm.objective(g, i, h) - norm.objective(g, i, -h)) / (2 * h);
      worst = Math.max(worst, relativeError(get(out, at(g, i, columns, perRow)), right));
    }
  }
  for (let threads = 1; threads <= 3; threads++) {
    const inPlace = copyOf(norm.dy, n);
    runSlices(normalizeGradInput, norm.input(inPlace, sums, inPlace), threads, true);
    if (!sameBits(inPlace, out, n) || !checkGuards(inPlace, n)) failures++;
  }
  return checkGuards(out, n) ? worst : Infinity;
}

describe('normalize', () => {
  test('per column and per row, with and without gamma and beta, in place', () => {
    seed(3);
    failures = 0;
    let worst: f64 = 0;
    for (let r = 0; r < ROWS.length; r++) {
      for (let c = 0; c < SIZES.length; c++) {
        for (let kind = 0; kind < 4; kind++) {
          worst = Math.max(worst, forwardError(ROWS[r], SIZES[c], kind & 1, kind >= 2));
        }
      }
    }
    expect(worst).toBeLessThan(1e-6);
    expect(failures).toBe(0);
  });

  test('gradients of gamma and beta', () => {
    seed(4);
    failures = 0;
    let worst: f64 = 0;
    for (let r = 0; r < ROWS.length; r++) {
      for (let c = 0; c < SIZES.length; c++) {
        worst = Math.max(worst, paramsError(ROWS[r], SIZES[c], 0));
        worst = Math.max(worst, paramsError(ROWS[r], SIZES[c], 1));
      }
    }
    expect(worst).toBeLessThan(3e-6);
    expect(failures).toBe(0);
  });

  test('gradient of x agrees with finite differences', () => {
    seed(5);
    failures = 0;
    let worst: f64 = 0;
    // a group of one or two has moments too degenerate for differences
    const rows: StaticArray<i32> = [5, 8, 33];
    const columns: StaticArray<i32> = [5, 7, 8, 9, 16, 17, 31];
    for (let r = 0; r < rows.length; r++) {
      for (let c = 0; c < columns.length; c++) {
        for (let kind = 0; kind < 4; kind++) {
          worst = Math.max(worst, inputError(rows[r], columns[c], kind & 1, kind >= 2));
        }
      }
    }
    // single columns and rows of one to four, against the other direction's grouping
    for (let c = 1; c <= 4; c++) {
      worst = Math.max(worst, inputError(9, c, 0, true));
      worst = Math.max(worst, inputError(c, 9, 1, true));
    }
    expect(worst).toBeLessThan(1e-5);
    expect(failures).toBe(0);
  });
});

describe('movingAverage', () => {
  test('average·momentum + value·(1 − momentum)', () => {
    seed(6);
    let worst: f64 = 0;
    let wrong = 0;
    for (let s = 0; s < SIZES.length; s++) {
      const n = SIZES[s];
      const before = randomBuffer(n);
      const value = randomBuffer(n);
      const after = copyOf(before, n);
      for (let threads = 1; threads <= 3; threads++) {
        const average = copyOf(before, n);
        const ip = instruction(Opcode.MovingAverage, 5);
        setAddress(ip, MovingAverage.average, average);
        setAddress(ip, MovingAverage.value, value);
        setInteger(ip, MovingAverage.n, n);
        setFloat(ip, MovingAverage.momentum, 0.99);
        runSlices(movingAverage, ip, threads);
        if (threads == 1) memory.copy(after, average, n << 2);
        if (!sameBits(after, average, n) || !checkGuards(average, n)) wrong++;
      }
      for (let i = 0; i < n; i++) {
        const right = <f64>get(before, i) * 0.99 + <f64>get(value, i) * 0.01;
        worst = Math.max(worst, relativeError(get(after, i), right));
      }
    }
    expect(worst).toBeLessThan(2e-7);
    expect(wrong).toBe(0);
  });
});
