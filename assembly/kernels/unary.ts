/**
 * Unary and UnaryGrad: one loop per function, with the function inlined. Two vectors go through a loop
 * at once: they share the constants, which V8 loads anew in every turn, and hide each other's latency.
 */
import { applyFn, applyFunction, slopeFn, slopeFunction } from '../functions';
import { Fn, Unary, UnaryGrad } from '../opcodes';
import { address, float, integer, sliceStart } from '../operands';
import { loadTail, storeTail } from '../simd';

/** Elements per unit of a thread's slice: a cache line, so that no two threads write to the same. */
// @ts-ignore: decorator
@inline
const GRAIN: i32 = 16;

/** The whole pairs of vectors among n elements. */
// @ts-ignore: decorator
@inline
function map(fn: i32, x: usize, out: usize, n: i32, alpha: f32): void {
  const end = x + ((<usize>n & ~7) << 2);
  for (; x < end; x += 32, out += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    v128.store(out, applyFn(fn, a, alpha));
    v128.store(out, applyFn(fn, b, alpha), 16);
  }
}

/** What map leaves, at most 7 elements: a vector and a padded one. */
function mapRest(fn: i32, x: usize, out: usize, n: i32, alpha: f32): void {
  let at = (<usize>n & ~7) << 2;
  if (n & 4) {
    v128.store(out + at, applyFunction(fn, v128.load(x + at), alpha));
    at += 16;
  }
  const rest = n & 3;
  if (rest) storeTail(out + at, applyFunction(fn, loadTail(x + at, rest), alpha), rest);
}

// @ts-ignore: decorator
@inline
function mapGrad(fn: i32, dy: usize, saved: usize, out: usize, n: i32, alpha: f32): void {
  const end = dy + ((<usize>n & ~7) << 2);
  for (; dy < end; dy += 32, saved += 32, out += 32) {
    const a = f32x4.mul(v128.load(dy), slopeFn(fn, v128.load(saved), alpha));
    const b = f32x4.mul(v128.load(dy, 16), slopeFn(fn, v128.load(saved, 16), alpha));
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}

function mapGradRest(fn: i32, dy: usize, saved: usize, out: usize, n: i32, alpha: f32): void {
  let at = (<usize>n & ~7) << 2;
  if (n & 4) {
    const slope = slopeFunction(fn, v128.load(saved + at), alpha);
    v128.store(out + at, f32x4.mul(v128.load(dy + at), slope));
    at += 16;
  }
  const rest = n & 3;
  if (rest) {
    const slope = slopeFunction(fn, loadTail(saved + at, rest), alpha);
    storeTail(out + at, f32x4.mul(loadTail(dy + at, rest), slope), rest);
  }
}

/** out[i] = fn(x[i]) */
export function unary(ip: usize, thread: i32, threads: i32): void {
  const total = integer(ip, Unary.n);
  const begin = sliceStart(total, GRAIN, thread, threads);
  const n = sliceStart(total, GRAIN, thread + 1, threads) - begin;
  const offset = (<usize>begin) << 2;
  const x = address(ip, Unary.x) + offset;
  const out = address(ip, Unary.out) + offset;
  const fn = integer(ip, Unary.fn);
  const alpha = float(ip, Unary.alpha);
  switch (fn) {
    case Fn.Linear:
      memory.copy(out, x, (<usize>n) << 2);
      return;
    case Fn.Neg:
      map(Fn.Neg, x, out, n, alpha);
      break;
    case Fn.Abs:
      map(Fn.Abs, x, out, n, alpha);
      break;
    case Fn.Sign:
      map(Fn.Sign, x, out, n, alpha);
      break;
    case Fn.Square:
      map(Fn.Square, x, out, n, alpha);
      break;
    case Fn.Sqrt:
      map(Fn.Sqrt, x, out, n, alpha);
      break;
    case Fn.Rsqrt:
      map(Fn.Rsqrt, x, out, n, alpha);
      break;
    case Fn.Reciprocal:
      map(Fn.Reciprocal, x, out, n, alpha);
      break;
    case Fn.Exp:
      map(Fn.Exp, x, out, n, alpha);
      break;
    case Fn.Log:
      map(Fn.Log, x, out, n, alpha);
      break;
    case Fn.Erf:
      map(Fn.Erf, x, out, n, alpha);
      break;
    case Fn.Tanh:
      map(Fn.Tanh, x, out, n, alpha);
      break;
    case Fn.Sigmoid:
      map(Fn.Sigmoid, x, out, n, alpha);
      break;
    case Fn.Relu:
      map(Fn.Relu, x, out, n, alpha);
      break;
    case Fn.Relu6:
      map(Fn.Relu6, x, out, n, alpha);
      break;
    case Fn.LeakyRelu:
      map(Fn.LeakyRelu, x, out, n, alpha);
      break;
    case Fn.Elu:
      map(Fn.Elu, x, out, n, alpha);
      break;
    case Fn.Selu:
      map(Fn.Selu, x, out, n, alpha);
      break;
    case Fn.Gelu:
      map(Fn.Gelu, x, out, n, alpha);
      break;
    case Fn.GeluTanh:
      map(Fn.GeluTanh, x, out, n, alpha);
      break;
    case Fn.Silu:
      map(Fn.Silu, x, out, n, alpha);
      break;
    case Fn.Mish:
      map(Fn.Mish, x, out, n, alpha);
      break;
    case Fn.HardSigmoid:
      map(Fn.HardSigmoid, x, out, n, alpha);
      break;
    case Fn.Softplus:
      map(Fn.Softplus, x, out, n, alpha);
      break;
    case Fn.Softsign:
      map(Fn.Softsign, x, out, n, alpha);
      break;
    case Fn.Scale:
      map(Fn.Scale, x, out, n, alpha);
      break;
    case Fn.Offset:
      map(Fn.Offset, x, out, n, alpha);
      break;
  }
  if (n & 7) mapRest(fn, x, out, n, alpha);
}

/** out[i] = dy[i] · fn'(saved[i]) */
export function unaryGrad(ip: usize, thread: i32, threads: i32): void {
  const total = integer(ip, UnaryGrad.n);
  const begin = sliceStart(total, GRAIN, thread, threads);
  const n = sliceStart(total, GRAIN, thread + 1, threads) - begin;
  const offset = (<usize>begin) << 2;
  const dy = address(ip, UnaryGrad.dy) + offset;
  const saved = address(ip, UnaryGrad.saved) + offset;
  const out = address(ip, UnaryGrad.out) + offset;
  const fn = integer(ip, UnaryGrad.fn);
  const alpha = float(ip, UnaryGrad.alpha);
  switch (fn) {
    case Fn.Linear:
      memory.copy(out, dy, (<usize>n) << 2);
      return;
    case Fn.Neg:
      mapGrad(Fn.Neg, dy, saved, out, n, alpha);
      break;
    case Fn.Abs:
      mapGrad(Fn.Abs, dy, saved, out, n, alpha);
      break;
    case Fn.Sign:
      mapGrad(Fn.Sign, dy, saved, out, n, alpha);
      break;
    case Fn.Square:
      mapGrad(Fn.Square, dy, saved, out, n, alpha);
      break;
    case Fn.Sqrt:
      mapGrad(Fn.Sqrt, dy, saved, out, n, alpha);
      break;
    case Fn.Rsqrt:
      mapGrad(Fn.Rsqrt, dy, saved, out, n, alpha);
      break;
    case Fn.Reciprocal:
      mapGrad(Fn.Reciprocal, dy, saved, out, n, alpha);
      break;
    case Fn.Exp:
      mapGrad(Fn.Exp, dy, saved, out, n, alpha);
      break;
    case Fn.Log:
      mapGrad(Fn.Log, dy, saved, out, n, alpha);
      break;
    case Fn.Erf:
      mapGrad(Fn.Erf, dy, saved, out, n, alpha);
      break;
    case Fn.Tanh:
      mapGrad(Fn.Tanh, dy, saved, out, n, alpha);
      break;
    case Fn.Sigmoid:
      mapGrad(Fn.Sigmoid, dy, saved, out, n, alpha);
      break;
    case Fn.Relu:
      mapGrad(Fn.Relu, dy, saved, out, n, alpha);
      break;
    case Fn.Relu6:
      mapGrad(Fn.Relu6, dy, saved, out, n, alpha);
      break;
    case Fn.LeakyRelu:
      mapGrad(Fn.LeakyRelu, dy, saved, out, n, alpha);
      break;
    case Fn.Elu:
      mapGrad(Fn.Elu, dy, saved, out, n, alpha);
      break;
    case Fn.Selu:
      mapGrad(Fn.Selu, dy, saved, out, n, alpha);
      break;
    case Fn.Gelu:
      mapGrad(Fn.Gelu, dy, saved, out, n, alpha);
      break;
    case Fn.GeluTanh:
      mapGrad(Fn.GeluTanh, dy, saved, out, n, alpha);
      break;
    case Fn.Silu:
      mapGrad(Fn.Silu, dy, saved, out, n, alpha);
      break;
    case Fn.Mish:
      mapGrad(Fn.Mish, dy, saved, out, n, alpha);
      break;
    case Fn.HardSigmoid:
      mapGrad(Fn.HardSigmoid, dy, saved, out, n, alpha);
      break;
    case Fn.Softplus:
      mapGrad(Fn.Softplus, dy, saved, out, n, alpha);
      break;
    case Fn.Softsign:
      mapGrad(Fn.Softsign, dy, saved, out, n, alpha);
      break;
    case Fn.Scale:
      mapGrad(Fn.Scale, dy, saved, out, n, alpha);
      break;
    case Fn.Offset:
      mapGrad(Fn.Offset, dy, saved, out, n, alpha);
      break;
  }
  if (n & 7) mapGradRest(fn, dy, saved, out, n, alpha);
}
