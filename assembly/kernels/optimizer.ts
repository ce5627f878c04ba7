/**
 * Optimizer updates, gradient clipping and moving state, all in place on flat ranges of parameters.
 *
 * They are bound by memory, so they use no multiply-add: both variants give the same bits, and each
 * parameter is read and written once per step. Formulas: Keras 3 (`keras/src/optimizers`).
 */
import { Adam, ClipNorm, ClipValue, RmsProp, Sgd } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { loadPart, storePart } from '../partial';
import { clamp4, loadTail, storeTail } from '../simd';

/** Elements a thread's slice is a multiple of: a cache line, so that threads do not share one. */
const GRAIN: i32 = 16;

/** p − p·decay, Keras's decoupled weight decay; `decay` is rate·weightDecay. */
// @ts-ignore: decorator
@inline
function decayed(p: v128, decay: v128): v128 {
  return f32x4.sub(p, f32x4.mul(p, decay));
}

/**
 * The size below which a moving value is taken for 0, if a factor below 1 is what shrinks it at every step.
 * A weight that gets no gradient any more (its unit is dead) would otherwise leave it in the subnormal numbers
 * for good, where every multiplication takes several times as long; TensorFlow lets its processors do the same.
 * No step is changed by it as long as epsilon stands beside it in the denominator.
 */
function least(factor: f32): v128 {
  return f32x4.splat(<f32>1.17549435e-38 / max<f32>(factor, 1e-6));
}

/** x, or 0 where it is smaller than that. NaN stays. */
// @ts-ignore: decorator
@inline
function settled(x: v128, least: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), least));
}

/**
 * Plain SGD: p −= rate·g.
 * With momentum: v = momentum·v − rate·g, then p += v,
 * or with Nesterov: p += momentum·v − rate·g (v the new one).
 */
export function sgd(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, Sgd.n);
  const begin = sliceStart(n, GRAIN, thread, threads);
  const end = sliceStart(n, GRAIN, thread + 1, threads);
  const rate = load<f32>(address(ip, Sgd.rate));
  const momentum = float(ip, Sgd.momentum);
  const velocity = address(ip, Sgd.velocity);
  const nesterov = integer(ip, Sgd.nesterov) != 0;
  const offset = <usize>begin << 2;
  let p = address(ip, Sgd.parameters) + offset;
  let g = address(ip, Sgd.gradients) + offset;
  const step = f32x4.splat(rate);
  const decay = f32x4.splat(rate * float(ip, Sgd.weightDecay));
  let left = end - begin;

  if (momentum == 0 || velocity == 0) {
    for (; left >= 8; left -= 8, p += 32, g += 32) {
      const p0 = decayed(v128.load(p), decay);
      const p1 = decayed(v128.load(p, 16), decay);
      v128.store(p, f32x4.sub(p0, f32x4.mul(step, v128.load(g))));
      v128.store(p, f32x4.sub(p1, f32x4.mul(step, v128.load(g, 16))), 16);
    }
    for (; left > 0; left -= 4, p += 16, g += 16) {
      const p0 = decayed(loadPart(p, left), decay);
      storePart(p, f32x4.sub(p0, f32x4.mul(step, loadPart(g, left))), left);
    }
    return;
  }

  let v = velocity + offset;
  const keep = f32x4.splat(momentum);
  const leastVelocity = least(momentum);
  for (; left >= 8; left -= 8, p += 32, g += 32, v += 32) {
    const push0 = f32x4.mul(step, v128.load(g));
    const push1 = f32x4.mul(step, v128.load(g, 16));
    const v0 = settled(f32x4.sub(f32x4.mul(keep, v128.load(v)), push0), leastVelocity);
    const v1 = settled(f32x4.sub(f32x4.mul(keep, v128.load(v, 16)), push1), leastVelocity);
    const p0 = decayed(v128.load(p), decay);
    const p1 = decayed(v128.load(p, 16), decay);
    v128.store(v, v0);
    v128.store(v, v1, 16);
    if (nesterov) {
      v128.store(p, f32x4.add(p0, f32x4.sub(f32x4.mul(keep, v0), push0)));
      v128.store(p, f32x4.add(p1, f32x4.sub(f32x4.mul(keep, v1), push1)), 16);
    } else {
      v128.store(p, f32x4.add(p0, v0));
      v128.store(p, f32x4.add(p1, v1), 16);
    }
  }
  for (; left > 0; left -= 4, p += 16, g += 16, v += 16) {
    const push = f32x4.mul(step, loadPart(g, left));
    const v0 = settled(f32x4.sub(f32x4.mul(keep, loadPart(v, left)), push), leastVelocity);
    const p0 = decayed(loadPart(p, left), decay);
    storePart(v, v0, left);
    const move = nesterov ? f32x4.sub(f32x4.mul(keep, v0), push) : v0;
    storePart(p, f32x4.add(p0, move), left);
  }
}

/**
 * square = rho·square + (1 − rho)·g²
 * centered: meanGradient = rho·meanGradient + (1 − rho)·g, denominator = max(square − meanGradient², 0) + epsilon,
 * else denominator = square + epsilon
 * increment = rate·g / sqrt(denominator)
 * with momentum: velocity = momentum·velocity + increment, p −= velocity; else p −= increment.
 */
export function rmsProp(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, RmsProp.n);
  const begin = sliceStart(n, GRAIN, thread, threads);
  const end = sliceStart(n, GRAIN, thread + 1, threads);
  const rate = load<f32>(address(ip, RmsProp.rate));
  const rho = float(ip, RmsProp.rho);
  const velocity = address(ip, RmsProp.velocity);
  const meanGradient = address(ip, RmsProp.meanGradient);
  const momentum = velocity != 0 ? float(ip, RmsProp.momentum) : 0;
  const offset = <usize>begin << 2;
  let p = address(ip, RmsProp.parameters) + offset;
  let g = address(ip, RmsProp.gradients) + offset;
  let s = address(ip, RmsProp.square) + offset;
  let v = velocity + offset;
  let m = meanGradient + offset;
  const step = f32x4.splat(rate);
  const decay = f32x4.splat(rate * float(ip, RmsProp.weightDecay));
  const keepSquare = f32x4.splat(rho);
  const takeSquare = f32x4.splat(1 - rho);
  const keepVelocity = f32x4.splat(momentum);
  const epsilon = f32x4.splat(float(ip, RmsProp.epsilon));
  const leastSquare = float(ip, RmsProp.epsilon) > 0 ? least(1 - rho) : f32x4.splat(0);

  // The square root and the division hide the branches and the tail tests, so one loop serves all.
  for (let left = end - begin; left > 0; left -= 4, p += 16, g += 16, s += 16, v += 16, m += 16) {
    const g0 = loadPart(g, left);
    const gs = f32x4.mul(takeSquare, f32x4.mul(g0, g0));
    const s0 = settled(f32x4.add(f32x4.mul(keepSquare, loadPart(s, left)), gs), leastSquare);
    storePart(s, s0, left);
    let denominator = f32x4.add(s0, epsilon);
    if (meanGradient != 0) {
      const m0 = f32x4.add(f32x4.mul(keepSquare, loadPart(m, left)), f32x4.mul(takeSquare, g0));
      storePart(m, m0, left);
      // A variance; rounding alone can make it less than 0, where gradients hardly change, and its root NaN.
      const variance = f32x4.max(f32x4.sub(s0, f32x4.mul(m0, m0)), f32x4.splat(0));
      denominator = f32x4.add(variance, epsilon);
    }
    let move = f32x4.div(f32x4.mul(step, g0), f32x4.sqrt(denominator));
    if (momentum > 0) {
      move = f32x4.add(f32x4.mul(keepVelocity, loadPart(v, left)), move);
      storePart(v, move, left);
    }
    storePart(p, f32x4.sub(decayed(loadPart(p, left), decay), move), left);
  }
}

/** base^exponent by repeated squaring, in f64: beta2 = 0.999 raised to a million steps loses nothing. */
function power(base: f64, exponent: u32): f64 {
  let result: f64 = 1;
  for (let e = exponent; e > 0; e >>= 1) {
    if (e & 1) result *= base;
    base *= base;
  }
  return result;
}

/**
 * t = iterations + 1, alpha = rate · sqrt(1 − beta2^t) / (1 − beta1^t)
 * mean += (g − mean)·(1 − beta1), square += (g² − square)·(1 − beta2)
 * p −= alpha·mean / (sqrt(square) + epsilon), after p −= rate·weightDecay·p (AdamW).
 */
export function adam(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, Adam.n);
  const begin = sliceStart(n, GRAIN, thread, threads);
  const end = sliceStart(n, GRAIN, thread + 1, threads);
  const rate = load<f32>(address(ip, Adam.rate));
  const t = load<u32>(address(ip, Adam.iterations)) + 1;
  const beta1 = float(ip, Adam.beta1);
  const beta2 = float(ip, Adam.beta2);
  const correction = sqrt<f64>(1 - power(<f64>beta2, t)) / (1 - power(<f64>beta1, t));
  const alpha = f32x4.splat(<f32>(<f64>rate * correction));
  const takeMean = f32x4.splat(1 - beta1);
  const takeSquare = f32x4.splat(1 - beta2);
  const epsilon = f32x4.splat(float(ip, Adam.epsilon));
  const decay = f32x4.splat(rate * float(ip, Adam.weightDecay));
  const leastMean = least(1 - beta1);
  const leastSquare = float(ip, Adam.epsilon) > 0 ? least(1 - beta2) : f32x4.splat(0);
  const offset = <usize>begin << 2;
  let p = address(ip, Adam.parameters) + offset;
  let g = address(ip, Adam.gradients) + offset;
  let m = address(ip, Adam.mean) + offset;
  let s = address(ip, Adam.square) + offset;
  let left = end - begin;

  for (; left >= 8; left -= 8, p += 32, g += 32, m += 32, s += 32) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const m0 = settled(toward(v128.load(m), g0, takeMean), leastMean);
    const m1 = settled(toward(v128.load(m, 16), g1, takeMean), leastMean);
    const s0 = settled(toward(v128.load(s), f32x4.mul(g0, g0), takeSquare), leastSquare);
    const s1 = settled(toward(v128.load(s, 16), f32x4.mul(g1, g1), takeSquare), leastSquare);
    const p0 = adamStep(v128.load(p), m0, s0, alpha, epsilon, decay);
    const p1 = adamStep(v128.load(p, 16), m1, s1, alpha, epsilon, decay);
    v128.store(m, m0);
    v128.store(m, m1, 16);
    v128.store(s, s0);
    v128.store(s, s1, 16);
    v128.store(p, p0);
    v128.store(p, p1, 16);
  }
  for (; left >= 4; left -= 4, p += 16, g += 16, m += 16, s += 16) {
    const g0 = v128.load(g);
    const m0 = settled(toward(v128.load(m), g0, takeMean), leastMean);
    const s0 = settled(toward(v128.load(s), f32x4.mul(g0, g0), takeSquare), leastSquare);
    v128.store(m, m0);
    v128.store(s, s0);
    v128.store(p, adamStep(v128.load(p), m0, s0, alpha, epsilon, decay));
  }
  if (left > 0) {
    const g0 = loadPart(g, left);
    const m0 = settled(toward(loadPart(m, left), g0, takeMean), leastMean);
    const s0 = settled(toward(loadPart(s, left), f32x4.mul(g0, g0), takeSquare), leastSquare);
    storePart(m, m0, left);
    storePart(s, s0, left);
    storePart(p, adamStep(loadPart(p, left), m0, s0, alpha, epsilon, decay), left);
  }
}

/** average + (value − average)·weight */
// @ts-ignore: decorator
@inline
function toward(average: v128, value: v128, weight: v128): v128 {
  return f32x4.add(average, f32x4.mul(f32x4.sub(value, average), weight));
}

// @ts-ignore: decorator
@inline
function adamStep(p: v128, mean: v128, square: v128, alpha: v128, epsilon: v128, decay: v128): v128 {
  const move = f32x4.div(f32x4.mul(mean, alpha), f32x4.add(f32x4.sqrt(square), epsilon));
  return f32x4.sub(decayed(p, decay), move);
}

/** x = min(max(x, −limit), limit); NaN stays NaN, so that the doctor can see it. */
export function clipValue(ip: usize, thread: i32, threads: i32): void {
  const n = integer(ip, ClipValue.n);
  const begin = sliceStart(n, GRAIN, thread, threads);
  const end = sliceStart(n, GRAIN, thread + 1, threads);
  const limit = float(ip, ClipValue.limit);
  let x = address(ip, ClipValue.x) + (<usize>begin << 2);
  let left = end - begin;
  for (; left >= 4; left -= 4, x += 16) v128.store(x, clamp4(v128.load(x), -limit, limit));
  if (left > 0) storeTail(x, clamp4(loadTail(x, left), -limit, limit), left);
}

/**
 * x ·= limit / max(‖x‖₂, limit). The squares are summed in f64: exact enough for millions of
 * parameters, and a gradient of 1e30 is clipped instead of overflowing.
 *
 * Thread 0 does it all: another thread's slice must not be scaled before the norm is known, and
 * instructions have no barrier inside.
 */
export function clipNorm(ip: usize, thread: i32, threads: i32): void {
  if (thread != 0) return;
  const x = address(ip, ClipNorm.x);
  const n = integer(ip, ClipNorm.n);
  const limit = float(ip, ClipNorm.limit);
  const norm = sqrt<f64>(sumOfSquares(x, n));
  // Written so that a NaN norm takes the scaling branch and stays visible.
  if (norm <= <f64>limit) return;
  const scale = f32x4.splat(<f32>(<f64>limit / norm));
  let p = x;
  let left = n;
  for (; left >= 4; left -= 4, p += 16) v128.store(p, f32x4.mul(v128.load(p), scale));
  if (left > 0) storePart(p, f32x4.mul(loadPart(p, left), scale), left);
}

/** Σ x[i]² in f64, four partial sums: element i goes to partial i % 4. */
function sumOfSquares(x: usize, n: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  for (let left = n; left > 0; left -= 4, x += 16) {
    const v = loadPart(x, left);
    const low = f64x2.promote_low_f32x4(v);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0));
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  const both = f64x2.add(even, odd);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}
