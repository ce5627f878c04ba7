import { crossEntropy, crossEntropyGrad, softmax, softmaxGrad } from '../../assembly/kernels/softmax';
import { CrossEntropy, CrossEntropyGrad, Opcode, Softmax, SoftmaxGrad } from '../../assembly/opcodes';
import {
  checkGuards,
  copyOf,
  fill,
  fillWith,
  get,
  guarded,
  instruction,
  randomBuffer,
  randomInteger,
  relativeError,
  runSlices,
  sameBits,
  seed,
  set,
  setAddress,
  setFloat,
  setInteger,
} from './support';

const COLUMNS: StaticArray<i32> = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 15, 16, 17, 31, 100];
const ROWS = 7;

function softmaxOf(x: usize, out: usize, rows: i32, columns: i32, log: i32): usize {
  const ip = instruction(Opcode.Softmax, 6);
  setAddress(ip, Softmax.x, x);
  setAddress(ip, Softmax.out, out);
  setInteger(ip, Softmax.rows, rows);
  setInteger(ip, Softmax.columns, columns);
  setInteger(ip, Softmax.log, log);
  return ip;
}

function softmaxGradOf(dy: usize, y: usize, out: usize, rows: i32, columns: i32, log: i32): usize {
  const ip = instruction(Opcode.SoftmaxGrad, 7);
  setAddress(ip, SoftmaxGrad.dy, dy);
  setAddress(ip, SoftmaxGrad.y, y);
  setAddress(ip, SoftmaxGrad.out, out);
  setInteger(ip, SoftmaxGrad.rows, rows);
  setInteger(ip, SoftmaxGrad.columns, columns);
  setInteger(ip, SoftmaxGrad.log, log);
  return ip;
}

function lossOf(logits: usize, targets: usize, out: usize, rows: i32, columns: i32, sparse: i32, smoothing: f32): usize {
  const ip = instruction(Opcode.CrossEntropy, 8);
  setAddress(ip, CrossEntropy.logits, logits);
  setAddress(ip, CrossEntropy.targets, targets);
  setAddress(ip, CrossEntropy.out, out);
  setInteger(ip, CrossEntropy.rows, rows);
  setInteger(ip, CrossEntropy.columns, columns);
  setInteger(ip, CrossEntropy.sparse, sparse);
  setFloat(ip, CrossEntropy.smoothing, smoothing);
  return ip;
}

function lossGradOf(
  logits: usize,
  targets: usize,
  dloss: usize,
  out: usize,
  rows: i32,
  columns: i32,
  sparse: i32,
  smoothing: f32,
): usize {
  const ip = instruction(Opcode.CrossEntropyGrad, 9);
  setAddress(ip, CrossEntropyGrad.logits, logits);
  setAddress(ip, CrossEntropyGrad.targets, targets);
  setAddress(ip, CrossEntropyGrad.dloss, dloss);
  setAddress(ip, CrossEntropyGrad.out, out);
  setInteger(ip, CrossEntropyGrad.rows, rows);
  setInteger(ip, CrossEntropyGrad.columns, columns);
  setInteger(ip, CrossEntropyGrad.sparse, sparse);
  setFloat(ip, CrossEntropyGrad.smoothing, smoothing);
  return ip;
}

/** log S + max of a row, in f64. */
function logSumExp(x: usize, columns: i32): f64 {
  let greatest = -Infinity;
  for (let j = 0; j < columns; j++) greatest = Math.max(greatest, <f64>get(x, j));
  let sum: f64 = 0;
  for (let j = 0; j < columns; j++) sum += Math.exp(<f64>get(x, j) - greatest);
  return greatest + Math.log(sum);
}

/** log-softmax(row)[j] in f64. */
function logP(x: usize, columns: i32, row: i32, j: i32): f64 {
  return <f64>get(x, row * columns + j) - logSumExp(x + ((row * columns) << 2), columns);
}

describe('softmax', () => {
  test('and its logarithm, in place or not, alike for any thread count', () => {
    seed(1);
    let worst: f64 = 0;
    let failures = 0;
    for (let s = 0; s < COLUMNS.length; s++) {
      const columns = COLUMNS[s];
      const n = ROWS * columns;
      const x = randomBuffer(n, -10, 10);
      for (let log = 0; log <= 1; log++) {
        const out = guarded(n);
        softmax(softmaxOf(x, out, ROWS, columns, log), 0, 1);
        for (let row = 0; row < ROWS; row++) {
          for (let j = 0; j < columns; j++) {
            const right = logP(x, columns, row, j);
            const actual = get(out, row * columns + j);
            worst = Math.max(worst, log ? relativeError(actual, right) : relativeError(actual, Math.exp(right), 1e-10));
          }
        }
        for (let threads = 1; threads <= 3; threads++) {
          const inPlace = copyOf(x, n);
          runSlices(softmax, softmaxOf(inPlace, inPlace, ROWS, columns, log), threads, true);
          if (!sameBits(inPlace, out, n) || !checkGuards(inPlace, n)) failures++;
        }
        if (!checkGuards(out, n)) failures++;
      }
    }
    // x − max up to 20 is itself rounded by 1e-6, which is then p's relative error
    expect(worst).toBeLessThan(2e-6);
    expect(failures).toBe(0);
  });

  test('stands extremes', () => {
    const x = guarded(5);
    const out = guarded(5);
    fillWith(x, 5, -1000);
    set(x, 2, 1000);
    set(x, 4, -Infinity);
    softmax(softmaxOf(x, out, 1, 5, 0), 0, 1);
    expect(get(out, 0) == 0 && get(out, 2) == 1 && get(out, 4) == 0).toBe(true);
    softmax(softmaxOf(x, out, 1, 5, 1), 0, 1);
    expect(get(out, 0) == -2000 && get(out, 2) == 0 && get(out, 4) == -Infinity).toBe(true);
    fillWith(x, 5, 3e38);
    softmax(softmaxOf(x, out, 1, 5, 0), 0, 1);
    expect(get(out, 0)).toBe(<f32>0.2);
    fillWith(x, 5, -3e38);
    softmax(softmaxOf(x, out, 1, 5, 0), 0, 1);
    expect(get(out, 4)).toBe(<f32>0.2);
  });

  test('a NaN anywhere makes the row NaN, and only that row', () => {
    let failures = 0;
    for (let columns = 1; columns <= 20; columns++) {
      for (let at = 0; at < columns; at++) {
        const x = randomBuffer(2 * columns);
        set(x, at, NaN);
        const out = guarded(2 * columns);
        for (let log = 0; log <= 1; log++) {
          softmax(softmaxOf(x, out, 2, columns, log), 0, 1);
          for (let j = 0; j < columns; j++) {
            if (!isNaN(get(out, j)) || isNaN(get(out, columns + j))) failures++;
          }
        }
      }
    }
    expect(failures).toBe(0);
  });

  test('gradients follow the formula, in place on dy', () => {
    seed(2);
    let worst: f64 = 0;
    let failures = 0;
    for (let s = 0; s < COLUMNS.length; s++) {
      const columns = COLUMNS[s];
      const n = ROWS * columns;
      const x = randomBuffer(n, -3, 3);
      const dy = randomBuffer(n);
      const y = guarded(n);
      const out = guarded(n);
      for (let log = 0; log <= 1; log++) {
        softmax(softmaxOf(x, y, ROWS, columns, log), 0, 1);
        softmaxGrad(softmaxGradOf(dy, y, out, ROWS, columns, log), 0, 1);
        for (let row = 0; row < ROWS; row++) {
          for (let j = 0; j < columns; j++) {
            // Σ_i dy_i · dy_i/dx_j, term by term
            const p = Math.exp(logP(x, columns, row, j));
            let right: f64 = 0;
            for (let i = 0; i < columns; i++) {
              const same: f64 = i == j ? 1 : 0;
              const slope = log ? same - p : Math.exp(logP(x, columns, row, i)) * (same - p);
              right += <f64>get(dy, row * columns + i) * slope;
            }
            worst = Math.max(worst, relativeError(get(out, row * columns + j), right));
          }
        }
        for (let threads = 1; threads <= 3; threads++) {
          const inPlace = copyOf(dy, n);
          runSlices(softmaxGrad, softmaxGradOf(inPlace, y, inPlace, ROWS, columns, log), threads, true);
          if (!sameBits(inPlace, out, n) || !checkGuards(inPlace, n)) failures++;
        }
        if (!checkGuards(out, n)) failures++;
      }
    }
    expect(worst).toBeLessThan(2e-6);
    expect(failures).toBe(0);
  });
});

let worstLoss: f64 = 0;
let worstGradient: f64 = 0;
let failures: i32 = 0;

/** Loss and gradient of ROWS rows against the definition. */
function checkLoss(columns: i32, sparse: i32, smoothing: f32, range: f64): void {
  const n = ROWS * columns;
  const x = randomBuffer(n, -range, range);
  const count = sparse ? ROWS : n;
  const targets = guarded(count);
  if (sparse) for (let row = 0; row < ROWS; row++) set(targets, row, <f32>randomInteger(columns));
  else fill(targets, n, 0, 1); // not normalized on purpose: Σ t counts
  const dloss = randomBuffer(ROWS);
  const loss = guarded(ROWS);
  const gradient = guarded(n);
  crossEntropy(lossOf(x, targets, loss, ROWS, columns, sparse, smoothing), 0, 1);
  crossEntropyGrad(lossGradOf(x, targets, dloss, gradient, ROWS, columns, sparse, smoothing), 0, 1);
  for (let row = 0; row < ROWS; row++) {
    let right: f64 = 0;
    let total: f64 = 0;
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < columns; j++) {
        const given: f64 = sparse ? (get(targets, row) == <f32>j ? 1 : 0) : <f64>get(targets, row * columns + j);
        const t = given * (1 - <f64>smoothing) + <f64>smoothing / <f64>columns;
        const log = logP(x, columns, row, j);
        if (pass == 0) {
          right -= t * log;
          total += t;
        } else {
          const slope = <f64>get(dloss, row) * (Math.exp(log) * total - t);
          worstGradient = Math.max(worstGradient, relativeError(get(gradient, row * columns + j), slope));
        }
      }
    }
    worstLoss = Math.max(worstLoss, relativeError(get(loss, row), right));
  }
  for (let threads = 2; threads <= 3; threads++) {
    const again = guarded(ROWS);
    runSlices(crossEntropy, lossOf(x, targets, again, ROWS, columns, sparse, smoothing), threads, true);
    if (!sameBits(again, loss, ROWS) || !checkGuards(again, ROWS)) failures++;
    const inPlace = copyOf(x, n);
    const ip = lossGradOf(inPlace, targets, dloss, inPlace, ROWS, columns, sparse, smoothing);
    runSlices(crossEntropyGrad, ip, threads, true);
    if (!sameBits(inPlace, gradient, n) || !checkGuards(inPlace, n)) failures++;
  }
}

describe('cross-entropy', () => {
  test('loss and gradient follow the definition: sparse and dense, smoothed or not', () => {
    seed(3);
    for (let s = 0; s < COLUMNS.length; s++) {
      for (let sparse = 0; sparse <= 1; sparse++) {
        checkLoss(COLUMNS[s], sparse, 0, 5);
        checkLoss(COLUMNS[s], sparse, 0.1, 5);
        checkLoss(COLUMNS[s], sparse, 0, 1000);
      }
    }
    expect(worstLoss).toBeLessThan(2e-6);
    expect(worstGradient).toBeLessThan(4e-6);
    expect(failures).toBe(0);
  });

  test('stands huge logits', () => {
    const x = guarded(4);
    fillWith(x, 4, -1e30);
    set(x, 1, 1e30);
    const label = guarded(1);
    const one = guarded(1);
    set(one, 0, 1);
    const out = guarded(4);
    set(label, 0, 1);
    crossEntropy(lossOf(x, label, out, 1, 4, 1, 0), 0, 1);
    expect(get(out, 0)).toBe(0);
    set(label, 0, 2);
    crossEntropy(lossOf(x, label, out, 1, 4, 1, 0), 0, 1);
    expect(get(out, 0)).toBe(<f32>2e30);
    crossEntropyGrad(lossGradOf(x, label, one, out, 1, 4, 1, 0), 0, 1);
    expect(get(out, 0) == 0 && get(out, 1) == 1 && get(out, 2) == -1 && get(out, 3) == 0).toBe(true);
  });

  test('a class that is no target may have a logit of −∞', () => {
    const x = guarded(3);
    fillWith(x, 3, 0);
    set(x, 1, -Infinity);
    const dense = guarded(3);
    fillWith(dense, 3, 0);
    set(dense, 2, 1);
    const out = guarded(1);
    crossEntropy(lossOf(x, dense, out, 1, 3, 0, 0), 0, 1);
    expect(relativeError(get(out, 0), Math.LN2)).toBeLessThan(1e-6);
    set(dense, 0, 2);
    crossEntropy(lossOf(x, dense, out, 1, 3, 1, 0), 0, 1);
    expect(relativeError(get(out, 0), Math.LN2)).toBeLessThan(1e-6);
  });

  test('a label that is no class gives NaN for its row and no other', () => {
    const wrong: StaticArray<f32> = [-1, 5, 1e9, -1e9, Infinity, NaN];
    let bad = 0;
    for (let i = 0; i < wrong.length; i++) {
      const x = randomBuffer(10);
      const labels = guarded(2);
      set(labels, 0, wrong[i]);
      set(labels, 1, 4);
      const dloss = randomBuffer(2);
      const loss = guarded(2);
      const gradient = guarded(10);
      crossEntropy(lossOf(x, labels, loss, 2, 5, 1, 0.1), 0, 1);
      crossEntropyGrad(lossGradOf(x, labels, dloss, gradient, 2, 5, 1, 0.1), 0, 1);
      if (!isNaN(get(loss, 0)) || isNaN(get(loss, 1))) bad++;
      for (let j = 0; j < 5; j++) if (!isNaN(get(gradient, j)) || isNaN(get(gradient, 5 + j))) bad++;
      if (!checkGuards(gradient, 10)) bad++;
    }
    expect(bad).toBe(0);
  });
});
