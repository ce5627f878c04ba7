/** f64 references for the kernels' functions, written for clarity: they share no code with assembly/. */
import { Fn } from '../../assembly/opcodes';

export function exp(x: f64): f64 {
  return Math.exp(x);
}
export function expm1(x: f64): f64 {
  return Math.expm1(x);
}
export function log(x: f64): f64 {
  return Math.log(x);
}
export function log1p(x: f64): f64 {
  return Math.log1p(x);
}
export function tanh(x: f64): f64 {
  return Math.tanh(x);
}
export function sigmoid(x: f64): f64 {
  return 1 / (1 + Math.exp(-x));
}
export function softplus(x: f64): f64 {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** erf by its Maclaurin series, for |x| < 3. */
function erfSeries(x: f64): f64 {
  let term = x;
  let sum = x;
  for (let k = 1; k < 100; k++) {
    term *= (-x * x) / <f64>k;
    sum += term / <f64>(2 * k + 1);
    if (Math.abs(term) < 1e-18 * Math.abs(sum)) break;
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** erfc by its continued fraction, for x ≥ 2. */
function erfcFraction(x: f64): f64 {
  let fraction: f64 = 0;
  for (let k = 100; k > 0; k--) fraction = (0.5 * <f64>k) / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

export function erf(x: f64): f64 {
  const a = Math.abs(x);
  if (a > 6) return x > 0 ? 1 : -1;
  if (a < 2.5) return erfSeries(x);
  return x > 0 ? 1 - erfcFraction(a) : erfcFraction(a) - 1;
}

export function normalCdf(x: f64): f64 {
  const a = Math.abs(x) * Math.SQRT1_2;
  if (a > 30) return x > 0 ? 1 : 0;
  const lower = 0.5 * (a < 2 ? 1 - erfSeries(a) : erfcFraction(a));
  return x < 0 ? lower : 1 - lower;
}

function relu6(x: f64): f64 {
  return Math.min(Math.max(x, 0), 6);
}

/** fn(x) in f64: Keras 3's formulas. */
export function exactFn(fn: i32, x: f64, alpha: f64): f64 {
  switch (fn) {
    case Fn.Neg:
      return -x;
    case Fn.Abs:
      return Math.abs(x);
    case Fn.Sign:
      return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : NaN;
    case Fn.Square:
      return x * x;
    case Fn.Sqrt:
      return Math.sqrt(x);
    case Fn.Rsqrt:
      return 1 / Math.sqrt(x);
    case Fn.Reciprocal:
      return 1 / x;
    case Fn.Exp:
      return Math.exp(x);
    case Fn.Log:
      return Math.log(x);
    case Fn.Erf:
      return erf(x);
    case Fn.Tanh:
      return Math.tanh(x);
    case Fn.Sigmoid:
      return sigmoid(x);
    case Fn.Relu:
      return Math.max(x, 0);
    case Fn.Relu6:
      return relu6(x);
    case Fn.LeakyRelu:
      return x < 0 ? alpha * x : x;
    case Fn.Elu:
      return x > 0 ? x : alpha * Math.expm1(x);
    case Fn.Selu:
      return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));
    case Fn.Gelu:
      return x * normalCdf(x);
    case Fn.GeluTanh:
      return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    case Fn.Silu:
      return x * sigmoid(x);
    case Fn.Mish:
      return x * Math.tanh(softplus(x));
    case Fn.HardSigmoid:
      return relu6(x + 3) / 6;
    case Fn.Softplus:
      return softplus(x);
    case Fn.Softsign:
      return x / (1 + Math.abs(x));
    case Fn.Scale:
      return x * alpha;
    case Fn.Offset:
      return x + alpha;
    default:
      return x;
  }
}

/** fn'(x) by a central difference of fourth order: good to about 1e-10 away from kinks and poles. */
export function differenceFn(fn: i32, x: f64, alpha: f64): f64 {
  const h = 1e-3 * Math.min(1, Math.abs(x) + 0.05);
  const near = exactFn(fn, x + h, alpha) - exactFn(fn, x - h, alpha);
  const far = exactFn(fn, x + 2 * h, alpha) - exactFn(fn, x - 2 * h, alpha);
  return (8 * near - far) / (12 * h);
}
