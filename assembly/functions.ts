/**
 * The element-wise functions of one argument and their slopes, four lanes at a time. Formulas are
 * Keras 3's. Where the function has a kink, the slope at the kink is that of the flatter side
 * (relu'(0) = 0, abs'(0) = 0, leakyRelu'(0) = alpha). Infinities give the limit, never Infinity·0.
 *
 * A slope is computed from one saved value:
 *
 *     saved is y = fn(x):  linear exp sqrt rsqrt reciprocal tanh sigmoid relu relu6 leakyRelu (alpha ≥ 0)
 *                          elu (alpha ≥ 0) selu hardSigmoid softplus softsign
 *     saved is x:          neg abs sign square log erf gelu geluTanh silu mish scale offset
 *                          (neg, sign, scale, offset and linear do not look at it)
 *
 * With a compile-time constant fn the switch disappears; `applyFunction` and `slopeFunction` decide at run time.
 */
import { Fn } from './opcodes';
import {
  atLeast,
  atMost,
  clamp4,
  erf4,
  exp4,
  expm1NonPositive4,
  log4,
  madd,
  nmadd,
  normalCdf4,
  select4,
  sigmoid4,
  softplus4,
  splat,
  tanh4,
} from './simd';

// Self-normalising constants of Klambauer et al. 2017, in the precision Keras gives them.
// @ts-ignore: decorator
@inline
const SELU_ALPHA: f32 = 1.6732632423543772;
// @ts-ignore: decorator
@inline
const SELU_SCALE: f32 = 1.0507009873554805;
/** 2·√(2/π) and its product with 0.044715: gelu's tanh form is x·sigmoid of a cubic with these. */
// @ts-ignore: decorator
@inline
const GELU_LINEAR: f32 = 1.5957691216057308;
// @ts-ignore: decorator
@inline
const GELU_CUBIC: f32 = 0.07135481627159958;

/** x > 0 ? x : factor·(eˣ − 1) */
// @ts-ignore: decorator
@inline
function eluWith(x: v128, factor: f32, scale: f32): v128 {
  const below = f32x4.mul(splat(factor), expm1NonPositive4(atMost(x, splat(0))));
  return select4(f32x4.gt(x, splat(0)), f32x4.mul(x, splat(scale)), below);
}

/** ±1 with the sign of x, 0 for ±0, NaN for NaN. */
// @ts-ignore: decorator
@inline
function sign4(x: v128): v128 {
  const one = v128.or(v128.and(x, i32x4.splat(0x80000000)), splat(1));
  const sign = v128.and(one, f32x4.ne(x, splat(0)));
  return v128.or(sign, f32x4.ne(x, x)); // all ones is a NaN
}

/** The cubic 2·√(2/π)·(x + 0.044715·x³) */
// @ts-ignore: decorator
@inline
function geluCubic(x: v128): v128 {
  return f32x4.mul(x, madd(f32x4.mul(x, x), splat(GELU_CUBIC), splat(GELU_LINEAR)));
}

/** value where the mask is set, 0 elsewhere */
// @ts-ignore: decorator
@inline
function where(mask: v128, value: f32): v128 {
  return v128.and(mask, splat(value));
}

/** fn(x) for every code of Fn. */
// @ts-ignore: decorator
@inline
export function applyFn(fn: i32, x: v128, alpha: f32): v128 {
  switch (fn) {
    case Fn.Neg:
      return f32x4.neg(x);
    case Fn.Abs:
      return f32x4.abs(x);
    case Fn.Sign:
      return sign4(x);
    case Fn.Square:
      return f32x4.mul(x, x);
    case Fn.Sqrt:
      return f32x4.sqrt(x);
    case Fn.Rsqrt:
      return f32x4.div(splat(1), f32x4.sqrt(x));
    case Fn.Reciprocal:
      return f32x4.div(splat(1), x);
    case Fn.Exp:
      return exp4(x);
    case Fn.Log:
      return log4(x);
    case Fn.Erf:
      return erf4(x);
    case Fn.Tanh:
      return tanh4(x);
    case Fn.Sigmoid:
      return sigmoid4(x);
    case Fn.Relu:
      return atLeast(x, splat(0));
    case Fn.Relu6:
      return clamp4(x, 0, 6);
    case Fn.LeakyRelu:
      return select4(f32x4.lt(x, splat(0)), f32x4.mul(x, splat(alpha)), x);
    case Fn.Elu:
      return eluWith(x, alpha, 1);
    case Fn.Selu:
      return eluWith(x, SELU_SCALE * SELU_ALPHA, SELU_SCALE);
    // The lower bounds on x keep −Infinity·0 away; at them the products are 0 already.
    case Fn.Gelu:
      return f32x4.mul(atLeast(x, splat(-20)), normalCdf4(x));
    case Fn.GeluTanh: {
      const bounded = atLeast(x, splat(-20));
      return f32x4.mul(bounded, sigmoid4(geluCubic(bounded)));
    }
    case Fn.Silu:
      return f32x4.mul(atLeast(x, splat(-100)), sigmoid4(x));
    // With e = eˣ: tanh(log(1 + e)) = ((1 + e)² − 1)/((1 + e)² + 1) = n/(n + 2), n = e·(e + 2)
    case Fn.Mish: {
      const e = exp4(atMost(x, splat(20)));
      const n = f32x4.mul(e, f32x4.add(e, splat(2)));
      return f32x4.mul(atLeast(x, splat(-100)), f32x4.div(n, f32x4.add(n, splat(2))));
    }
    case Fn.HardSigmoid:
      return f32x4.mul(clamp4(f32x4.add(x, splat(3)), 0, 6), splat(1.0 / 6.0));
    case Fn.Softplus:
      return softplus4(x);
    // Bounding x to finite values gives ±1 for ±Infinity.
    case Fn.Softsign: {
      const bounded = clamp4(x, -f32.MAX_VALUE, f32.MAX_VALUE);
      return f32x4.div(bounded, f32x4.add(f32x4.abs(bounded), splat(1)));
    }
    case Fn.Scale:
      return f32x4.mul(x, splat(alpha));
    case Fn.Offset:
      return f32x4.add(x, splat(alpha));
    default:
      return x;
  }
}

/** fn'(x) for every code of Fn, from y = fn(x) or from x: see the list at the top of this file. */
// @ts-ignore: decorator
@inline
export function slopeFn(fn: i32, saved: v128, alpha: f32): v128 {
  switch (fn) {
    // from y
    case Fn.Exp:
      return saved;
    case Fn.Sqrt:
      return f32x4.div(splat(0.5), saved);
    case Fn.Rsqrt:
      return f32x4.mul(f32x4.mul(saved, saved), f32x4.mul(saved, splat(-0.5)));
    case Fn.Reciprocal:
      return f32x4.neg(f32x4.mul(saved, saved));
    case Fn.Tanh:
      return nmadd(saved, saved, splat(1));
    case Fn.Sigmoid:
      return nmadd(saved, saved, saved);
    case Fn.Relu:
      return where(f32x4.gt(saved, splat(0)), 1);
    case Fn.Relu6:
      return where(v128.and(f32x4.gt(saved, splat(0)), f32x4.lt(saved, splat(6))), 1);
    case Fn.LeakyRelu:
      return select4(f32x4.gt(saved, splat(0)), splat(1), splat(alpha));
    case Fn.Elu:
      return select4(f32x4.gt(saved, splat(0)), splat(1), f32x4.add(saved, splat(alpha)));
    case Fn.Selu: {
      const below = f32x4.add(saved, splat(SELU_SCALE * SELU_ALPHA));
      return select4(f32x4.gt(saved, splat(0)), splat(SELU_SCALE), below);
    }
    case Fn.HardSigmoid: {
      return where(v128.and(f32x4.gt(saved, splat(0)), f32x4.lt(saved, splat(1))), 1.0 / 6.0);
    }
    // sigmoid(x) = 1 − e^−y
    case Fn.Softplus:
      return f32x4.neg(expm1NonPositive4(f32x4.neg(saved)));
    case Fn.Softsign: {
      const root = f32x4.sub(splat(1), f32x4.abs(saved));
      return f32x4.mul(root, root);
    }
    // from x
    case Fn.Neg:
      return splat(-1);
    case Fn.Abs:
      return sign4(saved);
    case Fn.Sign:
      return splat(0);
    case Fn.Square:
      return f32x4.add(saved, saved);
    case Fn.Log:
      return f32x4.div(splat(1), saved);
    // 2/√π · e^(−x²)
    case Fn.Erf:
      return f32x4.mul(splat(1.1283791671), exp4(f32x4.neg(f32x4.mul(saved, saved))));
    // Φ(x) + x·φ(x), φ(x) = e^(−x²/2)/√(2π). At the bounds here and below slopes are exactly 0 or 1.
    case Fn.Gelu: {
      const x = clamp4(saved, -40, 40);
      const density = exp4(f32x4.mul(f32x4.mul(x, x), splat(-0.5)));
      return madd(f32x4.mul(x, splat(0.3989422804)), density, normalCdf4(x));
    }
    // y = x·s(v), v the cubic: s + x·s·(1 − s)·v'
    case Fn.GeluTanh: {
      const x = clamp4(saved, -20, 20);
      const s = sigmoid4(geluCubic(x));
      const dv = madd(f32x4.mul(x, x), splat(3 * GELU_CUBIC), splat(GELU_LINEAR));
      return madd(f32x4.mul(x, dv), nmadd(s, s, s), s);
    }
    // s·(1 + x·(1 − s))
    case Fn.Silu: {
      const x = clamp4(saved, -100, 100);
      const s = sigmoid4(x);
      return f32x4.mul(s, madd(x, f32x4.sub(splat(1), s), splat(1)));
    }
    // t + x·(1 − t²)·sigmoid(x) with t = n/d as above, d = n + 2: n/d + 4·x·e·(1 + e)/d²
    case Fn.Mish: {
      const x = clamp4(saved, -100, 20);
      const e = exp4(x);
      const n = f32x4.mul(e, f32x4.add(e, splat(2)));
      const d = f32x4.add(n, splat(2));
      const bend = f32x4.div(f32x4.mul(f32x4.mul(splat(4), e), f32x4.add(e, splat(1))), d);
      return f32x4.div(madd(x, bend, n), d);
    }
    case Fn.Scale:
      return splat(alpha);
    default:
      return splat(1); // linear, offset
  }
}

/** fn(x), fn known at run time. */
export function applyFunction(fn: i32, x: v128, alpha: f32): v128 {
  return applyFn(fn, x, alpha);
}

/** fn'(x) from the saved value, fn known at run time. */
export function slopeFunction(fn: i32, saved: v128, alpha: f32): v128 {
  return slopeFn(fn, saved, alpha);
}
