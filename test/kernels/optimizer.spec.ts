import { adam, clipNorm, clipValue, rmsProp, sgd } from '../../assembly/kernels/optimizer';
import { Adam, ClipNorm, ClipValue, Opcode, RmsProp, Sgd } from '../../assembly/opcodes';
import {
  checkGuards,
  copyOf,
  fill,
  fillWith,
  get,
  guarded,
  guardedBytes,
  identical,
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

const SIZES: StaticArray<i32> = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100];
const STEPS = 5;
const RATE: f32 = 0.01;

let worst: f64 = 0;
let failures = 0;

function cell(value: f32): usize {
  const p = guarded(1);
  set(p, 0, value);
  return p;
}

/** Counts a failure unless n f32 at p have the bits of `first`, where the run on one thread left its own. */
function compare(p: usize, first: usize, n: i32, threads: i32): void {
  if (p == 0) return;
  if (threads == 1) memory.copy(first, p, n << 2);
  if (!sameBits(p, first, n) || !checkGuards(p, n)) failures++;
}

function note(actual: f32, right: f64): void {
  worst = Math.max(worst, relativeError(actual, right));
}

/** Five steps with 1, 2 and 3 threads, then the same parameter by parameter in f64. */
function checkSgd(n: i32, momentum: f32, nesterov: bool, weightDecay: f32): void {
  const start = randomBuffer(n);
  const gradients = randomBuffer(n * STEPS);
  const first = guarded(n);
  const firstVelocity = guarded(n);
  for (let threads = 1; threads <= 3; threads++) {
    const p = copyOf(start, n);
    const velocity = guarded(n);
    fillWith(velocity, n, 0);
    for (let t = 0; t < STEPS; t++) {
      const ip = instruction(Opcode.Sgd, 9);
      setAddress(ip, Sgd.parameters, p);
      setAddress(ip, Sgd.gradients, gradients + ((t * n) << 2));
      setAddress(ip, Sgd.velocity, momentum != 0 ? velocity : 0);
      setInteger(ip, Sgd.n, n);
      setAddress(ip, Sgd.rate, cell(RATE));
      setFloat(ip, Sgd.momentum, momentum);
      setInteger(ip, Sgd.nesterov, nesterov ? 1 : 0);
      setFloat(ip, Sgd.weightDecay, weightDecay);
      runSlices(sgd, ip, threads, true);
    }
    compare(p, first, n, threads);
    compare(velocity, firstVelocity, n, threads);
  }
  const rate = <f64>RATE;
  const m = <f64>momentum;
  for (let i = 0; i < n; i++) {
    let p = <f64>get(start, i);
    let v: f64 = 0;
    for (let t = 0; t < STEPS; t++) {
      const g = <f64>get(gradients, t * n + i);
      p -= p * <f64>weightDecay * rate;
      if (m == 0) {
        p -= rate * g;
      } else {
        v = m * v - rate * g;
        p += nesterov ? m * v - rate * g : v;
      }
    }
    note(get(first, i), p);
    note(get(firstVelocity, i), v);
  }
}

function checkRmsProp(n: i32, momentum: f32, centered: bool, weightDecay: f32): void {
  const start = randomBuffer(n);
  const gradients = randomBuffer(n * STEPS, 0.1, 1);
  const first = guarded(n);
  const firstSquare = guarded(n);
  const firstVelocity = guarded(n);
  const firstMean = guarded(n);
  for (let threads = 1; threads <= 3; threads++) {
    const p = copyOf(start, n);
    const square = guarded(n);
    const velocity = momentum != 0 ? guarded(n) : 0;
    const mean = centered ? guarded(n) : 0;
    fillWith(square, n, 0);
    if (velocity) fillWith(velocity, n, 0);
    if (mean) fillWith(mean, n, 0);
    for (let t = 0; t < STEPS; t++) {
      const ip = instruction(Opcode.RmsProp, 12);
      setAddress(ip, RmsProp.parameters, p);
      setAddress(ip, RmsProp.gradients, gradients + ((t * n) << 2));
      setAddress(ip, RmsProp.square, square);
      setAddress(ip, RmsProp.velocity, velocity);
      setAddress(ip, RmsProp.meanGradient, mean);
      setInteger(ip, RmsProp.n, n);
      setAddress(ip, RmsProp.rate, cell(RATE));
      setFloat(ip, RmsProp.rho, 0.9);
      setFloat(ip, RmsProp.momentum, momentum);
      setFloat(ip, RmsProp.epsilon, 1e-7);
      setFloat(ip, RmsProp.weightDecay, weightDecay);
      runSlices(rmsProp, ip, threads, true);
    }
    compare(p, first, n, threads);
    compare(square, firstSquare, n, threads);
    compare(velocity, firstVelocity, n, threads);
    compare(mean, firstMean, n, threads);
  }
  const rate = <f64>RATE;
  const rho = <f64>(<f32>0.9);
  for (let i = 0; i < n; i++) {
    let p = <f64>get(start, i);
    let s: f64 = 0;
    let v: f64 = 0;
    let mg: f64 = 0;
    for (let t = 0; t < STEPS; t++) {
      const g = <f64>get(gradients, t * n + i);
      p -= p * <f64>weightDecay * rate;
      s = rho * s + (1 - rho) * g * g;
      mg = rho * mg + (1 - rho) * g;
      const denominator = (centered ? s - mg * mg : s) + 1e-7;
      const increment = (rate * g) / Math.sqrt(denominator);
      v = <f64>momentum * v + increment;
      p -= momentum > 0 ? v : increment;
    }
    note(get(first, i), p);
    note(get(firstSquare, i), s);
    if (momentum > 0) note(get(firstVelocity, i), v);
    if (centered) note(get(firstMean, i), mg);
  }
}

/** Five updates, the first of them the (iterations + 1)-th. */
function checkAdam(n: i32, iterations: u32, weightDecay: f32): void {
  const start = randomBuffer(n);
  const gradients = randomBuffer(n * STEPS);
  const first = guarded(n);
  const firstMean = guarded(n);
  const firstSquare = guarded(n);
  for (let threads = 1; threads <= 3; threads++) {
    const p = copyOf(start, n);
    const mean = guarded(n);
    const square = guarded(n);
    fillWith(mean, n, 0);
    fillWith(square, n, 0);
    for (let t = 0; t < STEPS; t++) {
      const count = guardedBytes(4);
      store<u32>(count, iterations + t);
      const ip = instruction(Opcode.Adam, 11);
      setAddress(ip, Adam.parameters, p);
      setAddress(ip, Adam.gradients, gradients + ((t * n) << 2));
      setAddress(ip, Adam.mean, mean);
      setAddress(ip, Adam.square, square);
      setInteger(ip, Adam.n, n);
      setAddress(ip, Adam.rate, cell(RATE));
      setAddress(ip, Adam.iterations, count);
      setFloat(ip, Adam.beta1, 0.9);
      setFloat(ip, Adam.beta2, 0.999);
      setFloat(ip, Adam.epsilon, 1e-7);
      setFloat(ip, Adam.weightDecay, weightDecay);
      runSlices(adam, ip, threads, true);
    }
    compare(p, first, n, threads);
    compare(mean, firstMean, n, threads);
    compare(square, firstSquare, n, threads);
  }
  const rate = <f64>RATE;
  const beta1 = <f64>(<f32>0.9);
  const beta2 = <f64>(<f32>0.999);
  for (let i = 0; i < n; i++) {
    let p = <f64>get(start, i);
    let m: f64 = 0;
    let s: f64 = 0;
    for (let t = 0; t < STEPS; t++) {
      const g = <f64>get(gradients, t * n + i);
      const power = <f64>iterations + <f64>t + 1;
      const alpha = (rate * Math.sqrt(1 - Math.pow(beta2, power))) / (1 - Math.pow(beta1, power));
      p -= p * <f64>weightDecay * rate;
      m += (g - m) * (1 - beta1);
      s += (g * g - s) * (1 - beta2);
      p -= (m * alpha) / (Math.sqrt(s) + 1e-7);
    }
    note(get(first, i), p);
    note(get(firstMean, i), m);
    note(get(firstSquare, i), s);
  }
}

function reset(): void {
  seed(1);
  worst = 0;
  failures = 0;
}

describe('optimizers follow Keras, alike for any thread count', () => {
  test('sgd: plain, momentum, Nesterov, weight decay', () => {
    reset();
    for (let s = 0; s < SIZES.length; s++) {
      checkSgd(SIZES[s], 0, false, 0);
      checkSgd(SIZES[s], 0, false, 0.5);
      checkSgd(SIZES[s], 0.9, false, 0);
      checkSgd(SIZES[s], 0.9, true, 0.5);
    }
    expect(worst).toBeLessThan(3e-7);
    expect(failures).toBe(0);
  });

  test('rmsProp: plain, momentum, centered, weight decay', () => {
    reset();
    for (let s = 0; s < SIZES.length; s++) {
      checkRmsProp(SIZES[s], 0, false, 0);
      checkRmsProp(SIZES[s], 0.9, false, 0.5);
      checkRmsProp(SIZES[s], 0, true, 0);
      checkRmsProp(SIZES[s], 0.5, true, 0.5);
    }
    expect(worst).toBeLessThan(1e-6);
    expect(failures).toBe(0);
  });

  test('adam: early and late steps, weight decay', () => {
    reset();
    for (let s = 0; s < SIZES.length; s++) {
      checkAdam(SIZES[s], 0, 0);
      checkAdam(SIZES[s], 0, 0.5);
      checkAdam(SIZES[s], 1234, 0);
      checkAdam(SIZES[s], 4000000000, 0.1);
    }
    expect(worst).toBeLessThan(1e-6);
    expect(failures).toBe(0);
  });
});

function clip(opcode: i32, x: usize, n: i32, limit: f32): usize {
  const ip = instruction(opcode, 4);
  setAddress(ip, ClipNorm.x, x);
  setInteger(ip, ClipNorm.n, n);
  setFloat(ip, ClipNorm.limit, limit);
  return ip;
}

function norm(x: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) sum += <f64>get(x, i) * <f64>get(x, i);
  return Math.sqrt(sum);
}

describe('clipping', () => {
  test('by value', () => {
    reset();
    expect(<i32>ClipNorm.x == <i32>ClipValue.x && <i32>ClipNorm.limit == <i32>ClipValue.limit).toBe(true);
    for (let s = 0; s < SIZES.length; s++) {
      const n = SIZES[s];
      const x = randomBuffer(n, -2, 2);
      if (n > 3) {
        set(x, 1, Infinity);
        set(x, 2, NaN);
        set(x, 3, -Infinity);
      }
      for (let threads = 1; threads <= 3; threads++) {
        const y = copyOf(x, n);
        runSlices(clipValue, clip(Opcode.ClipValue, y, n, 0.5), threads);
        for (let i = 0; i < n; i++) {
          const v = get(x, i);
          const right: f32 = v > 0.5 ? 0.5 : v < -0.5 ? -0.5 : v;
          if (!identical(get(y, i), right)) failures++;
        }
        if (!checkGuards(y, n)) failures++;
      }
    }
    expect(failures).toBe(0);
  });

  test('by norm', () => {
    reset();
    for (let s = 0; s < SIZES.length; s++) {
      const n = SIZES[s];
      const x = randomBuffer(n);
      const length = norm(x, n);
      for (let threads = 1; threads <= 3; threads++) {
        // half its norm scales it, twice its norm leaves it alone
        for (let k = 0; k < 2; k++) {
          const limit = <f32>(length * (k ? 2 : 0.5));
          const y = copyOf(x, n);
          runSlices(clipNorm, clip(Opcode.ClipNorm, y, n, limit), threads);
          if (k && !sameBits(x, y, n)) failures++;
          if (!k) for (let i = 0; i < n; i++) note(get(y, i), <f64>get(x, i) * 0.5);
          if (!checkGuards(y, n)) failures++;
        }
      }
    }
    expect(worst).toBeLessThan(2e-7);
    expect(failures).toBe(0);
  });

  test('by norm is the work of the first thread alone', () => {
    const x = randomBuffer(100);
    const y = copyOf(x, 100);
    const ip = clip(Opcode.ClipNorm, y, 100, 0.1);
    clipNorm(ip, 1, 3);
    clipNorm(ip, 2, 3);
    expect(sameBits(x, y, 100)).toBe(true);
    clipNorm(ip, 0, 3);
    expect(Math.abs(norm(y, 100) - 0.1)).toBeLessThan(1e-7);
  });

  test('by norm, of huge, tiny, zero, infinite and NaN gradients', () => {
    const x = guarded(7);
    fillWith(x, 7, 1e30);
    clipNorm(clip(Opcode.ClipNorm, x, 7, 1), 0, 1);
    expect(relativeError(get(x, 6), 1 / Math.sqrt(7))).toBeLessThan(1e-6);
    fillWith(x, 7, 0);
    clipNorm(clip(Opcode.ClipNorm, x, 7, 1), 0, 1);
    expect(get(x, 6)).toBe(0);
    fillWith(x, 7, 1e-30);
    clipNorm(clip(Opcode.ClipNorm, x, 7, 1e-30), 0, 1);
    expect(relativeError(get(x, 6) * <f32>1e30, 1 / Math.sqrt(7))).toBeLessThan(1e-6);
    fill(x, 7);
    set(x, 6, NaN);
    clipNorm(clip(Opcode.ClipNorm, x, 7, 1), 0, 1);
    expect(isNaN(get(x, 0))).toBe(true);
    fill(x, 7);
    set(x, 3, Infinity);
    clipNorm(clip(Opcode.ClipNorm, x, 7, 1), 0, 1);
    expect(isNaN(get(x, 3)) && get(x, 0) == 0).toBe(true);
  });

  test('the norm of a long gradient keeps its digits', () => {
    const n = 200001;
    const x = randomBuffer(n, 0, 1);
    const length = norm(x, n);
    const before = <f64>get(x, n - 1);
    clipNorm(clip(Opcode.ClipNorm, x, n, 1), 0, 1);
    expect(Math.abs(<f64>get(x, n - 1) / (before / length) - 1)).toBeLessThan(2e-7);
  });
});
