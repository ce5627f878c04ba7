/**
 * `ops`: the formulas that users write losses, metrics, activations and layers with. Each function
 * takes symbolic values (a loss's yTrue and yPred, a layer's input) and returns a symbolic value;
 * nothing is computed until the model runs, and gradients come by themselves.
 */
import { ConfigError, ShapeError, show } from '../errors.js';
import { isNode, type Node } from '../graph/node.js';
import { normalizeAxis, type Shape, showShape, sizeOf } from '../graph/shape.js';
import { numberIn, wholeNumber } from '../settings.js';
import { abs } from './abs.js';
import { add } from './add.js';
import { argMax } from './argMax.js';
import { broadcastTo } from './broadcastTo.js';
import { crossEntropy } from './crossEntropy.js';
import { div } from './div.js';
import { elu } from './elu.js';
import { equal } from './equal.js';
import { erf } from './erf.js';
import { exp } from './exp.js';
import { gelu } from './gelu.js';
import { greater } from './greater.js';
import { greaterEqual } from './greaterEqual.js';
import { hardSigmoid } from './hardSigmoid.js';
import { constant, type Value } from './leaf.js';
import { leakyRelu } from './leakyRelu.js';
import { log } from './log.js';
import { matmul } from './matmul.js';
import { maximum } from './maximum.js';
import { minimum } from './minimum.js';
import { mish } from './mish.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { oneHot } from './oneHot.js';
import { pow } from './pow.js';
import { reciprocal } from './reciprocal.js';
import { relu } from './relu.js';
import { relu6 } from './relu6.js';
import { reshape } from './reshape.js';
import { rsqrt } from './rsqrt.js';
import { select } from './select.js';
import { selu } from './selu.js';
import { sigmoid } from './sigmoid.js';
import { sigmoidCrossEntropy } from './sigmoidCrossEntropy.js';
import { sign } from './sign.js';
import { silu } from './silu.js';
import { logSoftmax, softmax } from './softmax.js';
import { softplus } from './softplus.js';
import { softsign } from './softsign.js';
import { sqrt } from './sqrt.js';
import { square } from './square.js';
import { sub } from './sub.js';
import { type Axes, max, mean, min, sum } from './sum.js';
import { tanh } from './tanh.js';
import { transpose } from './transpose.js';

/** A symbolic value, or a number that stands for one. */
export type Operand = Value;

/** What `constant` takes: a number, nested arrays of numbers, a typed array, or a tensor. */
export type Numbers =
  | number
  | readonly Numbers[]
  | ArrayBufferView
  | { readonly data: ArrayBufferView; readonly shape: Shape };

/** The value as a node, or an error that says what to hand in instead. */
function symbolic(what: string, value: unknown): Node {
  if (isNode(value)) return value;
  if (typeof value === 'number') return constant(value);
  const numbers =
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    (typeof value === 'object' && value !== null && 'data' in value);
  throw new ConfigError(
    `${what}: got ${show(value)}; expected a symbolic value, such as the yTrue and yPred of a loss or the input of an ` +
      `activation, or a number.${numbers ? ' Fixed numbers become a symbolic value by ops.constant(numbers).' : ''}`,
  );
}

/** Wraps a function of one value: checks what is handed in. */
const unary =
  (name: string, f: (x: Node) => Node) =>
  (x: Operand): Node =>
    f(symbolic(`ops.${name}`, x));

/** Wraps a function of two values. Numbers stay numbers: most formulas have a cheaper form for them. */
const binary =
  (name: string, f: (a: Value, b: Value) => Node) =>
  (a: Operand, b: Operand): Node =>
    f(number(a) ?? symbolic(`ops.${name}`, a), number(b) ?? symbolic(`ops.${name}`, b));

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Wraps a reduction. */
const reduction =
  (name: string, f: (x: Node, axes: Axes, keepDims: boolean) => Node) =>
  (x: Operand, axis?: number | readonly number[], keepDims = false): Node =>
    f(symbolic(`ops.${name}`, x), axis, keepDims);

/** An alpha: with a negative one the sign of the result would not tell the gradient rule which side x was on. */
const atLeastZero = (what: string, alpha: number): number =>
  numberIn(what, alpha, 0, Number.POSITIVE_INFINITY);

/** Applies a function of the last axis along another one. */
function along(name: string, x: Operand, axis: number, f: (x: Node) => Node, dropsAxis = false): Node {
  const value = symbolic(`ops.${name}`, x);
  const rank = value.shape.length;
  const at = normalizeAxis(axis, rank, `ops.${name}`);
  if (at === rank - 1) return f(value);
  const others = value.shape.map((_, i) => i).filter((i) => i !== at);
  const result = f(transpose(value, [...others, at]));
  if (dropsAxis) return result;
  const back = value.shape.map((_, i) => (i === at ? rank - 1 : others.indexOf(i)));
  return transpose(result, back);
}

/** Deeper nesting is a mistake, such as an array that holds itself. */
const MOST_AXES = 32;

/** A list of whole numbers, each at least `least`: a shape, or an order of axes. */
function wholeNumbers(what: string, value: unknown, least: number): readonly number[] {
  if (Array.isArray(value) && Array.from(value).every((n) => Number.isSafeInteger(n) && n >= least))
    return value;
  throw new ShapeError(`${what} is ${show(value)}; expected a list of whole numbers, such as [2, 3].`);
}

/** The shape of nested arrays, from the first element of each level. */
function nestedShape(value: Numbers): number[] {
  if (typeof value === 'number') return [];
  if (ArrayBuffer.isView(value)) return [(value as Float32Array).length];
  const items = value as readonly Numbers[];
  return items.length === 0 ? [0] : [items.length, ...nestedShape(items[0])];
}

/** The numbers one after the other, and their shape. */
function flatten(values: Numbers): { flat: number[]; own: Shape } {
  if (typeof values === 'object' && 'data' in values) {
    return {
      flat: Array.from(values.data as Float32Array),
      own: wholeNumbers('ops.constant: the shape', values.shape, 0),
    };
  }
  const flat: number[] = [];
  const visit = (value: Numbers, depth = 0): void => {
    if (depth > MOST_AXES)
      throw new ConfigError(`ops.constant: got arrays nested more than ${MOST_AXES} deep.`);
    if (typeof value === 'number') flat.push(value);
    else if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))
      for (const item of value as readonly Numbers[]) visit(item, depth + 1);
    else throw new ConfigError(`ops.constant: got ${show(value)} among the values; expected numbers.`);
  };
  visit(values);
  return { flat, own: nestedShape(values) };
}

/**
 * Formulas for losses, metrics, activations and layers. Operands are symbolic values or numbers, and
 * broadcast as in NumPy.
 *
 *     const focal = (yTrue, yPred) => {
 *       const p = ops.clip(yPred, 1e-7, 1);
 *       return ops.sum(ops.mul(ops.mul(yTrue, ops.pow(ops.sub(1, p), 2)), ops.neg(ops.log(p))), -1);
 *     };
 */
export const ops = {
  /**
   * Fixed numbers as a symbolic value: a number, nested arrays, a typed array or a tensor. `shape` lays
   * flat numbers out. No gradient flows into it.
   */
  constant(values: Numbers, shape?: Shape): Node {
    if (shape !== undefined) wholeNumbers('ops.constant: shape', shape, 0);
    if (typeof values === 'number' && shape !== undefined) return constant(values, shape);
    if (typeof values === 'number') return constant(values);
    if (typeof values !== 'object' || values === null) {
      throw new ConfigError(
        `ops.constant: got ${show(values)}; expected a number, arrays of numbers, or a tensor.`,
      );
    }
    const { flat, own } = flatten(values);
    const wanted = shape ?? own;
    if (sizeOf(wanted) !== flat.length) {
      const got = shape ? `${flat.length} numbers` : 'arrays of unequal length';
      throw new ShapeError(`ops.constant: got ${got} for shape ${showShape(wanted)}.`);
    }
    return constant(Float32Array.from(flat), wanted);
  },

  /** a + b. */
  add: binary('add', add),
  /** a − b. */
  sub: binary('sub', sub),
  /** a · b, element by element. */
  mul: binary('mul', mul),
  /** a / b. */
  div: binary('div', div),
  /** a to the power b. The gradient to a non-constant b needs a > 0. */
  pow: binary('pow', (a, b) => (b === 2 && isNode(a) ? square(a) : pow(a, b))),
  /** The larger of the two. Where they are equal the gradient goes to a. */
  maximum: binary('maximum', maximum),
  /** The smaller of the two. Where they are equal the gradient goes to a. */
  minimum: binary('minimum', minimum),
  /** 1 where a > b, else 0; no gradient. */
  greater: binary('greater', greater),
  /** 1 where a ≥ b, else 0; no gradient. */
  greaterEqual: binary('greaterEqual', greaterEqual),
  /** 1 where a < b, else 0; no gradient. */
  less: binary('less', (a, b) => greater(b, a)),
  /** 1 where a ≤ b, else 0; no gradient. */
  lessEqual: binary('lessEqual', (a, b) => greaterEqual(b, a)),
  /** 1 where a = b, else 0; no gradient. */
  equal: binary('equal', equal),

  /** condition ≠ 0 ? a : b, element by element. */
  select: (condition: Operand, a: Operand, b: Operand): Node =>
    select(symbolic('ops.select', condition), symbolic('ops.select', a), symbolic('ops.select', b)),
  /** x held between low and high; the gradient is 0 outside. */
  clip: (x: Operand, low: Operand, high: Operand): Node =>
    minimum(maximum(symbolic('ops.clip', x), symbolic('ops.clip', low)), symbolic('ops.clip', high)),

  /** −x. */
  neg: unary('neg', neg),
  /** |x|. */
  abs: unary('abs', abs),
  /** −1, 0 or 1; no gradient. */
  sign: unary('sign', sign),
  /** x². */
  square: unary('square', square),
  /** √x. */
  sqrt: unary('sqrt', sqrt),
  /** 1/√x. */
  rsqrt: unary('rsqrt', rsqrt),
  /** 1/x. */
  reciprocal: unary('reciprocal', reciprocal),
  /** eˣ. */
  exp: unary('exp', exp),
  /** The natural logarithm. */
  log: unary('log', log),
  /** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
  erf: unary('erf', erf),

  /** (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ). */
  tanh: unary('tanh', tanh),
  /** 1/(1 + e⁻ˣ). */
  sigmoid: unary('sigmoid', sigmoid),
  /** max(x, 0). */
  relu: unary('relu', relu),
  /** min(max(x, 0), 6). */
  relu6: unary('relu6', relu6),
  /** x for x > 0, else alpha·x. Default alpha 0.2. */
  leakyRelu: (x: Operand, alpha = 0.2): Node =>
    leakyRelu(symbolic('ops.leakyRelu', x), atLeastZero('ops.leakyRelu: alpha', alpha)),
  /** x for x > 0, else alpha·(eˣ − 1). Default alpha 1. */
  elu: (x: Operand, alpha = 1): Node => elu(symbolic('ops.elu', x), atLeastZero('ops.elu: alpha', alpha)),
  /** 1.0507·x for x > 0, else 1.7581·(eˣ − 1): keeps mean 0 and variance 1. */
  selu: unary('selu', selu),
  /** x·Φ(x), Φ the normal distribution; `approximate` takes the tanh form. */
  gelu: (x: Operand, approximate = false): Node => gelu(symbolic('ops.gelu', x), approximate),
  /** x·sigmoid(x), also called swish. */
  silu: unary('silu', silu),
  /** x·tanh(softplus(x)). */
  mish: unary('mish', mish),
  /** min(max(x/6 + 1/2, 0), 1). */
  hardSigmoid: unary('hardSigmoid', hardSigmoid),
  /** log(1 + eˣ), without overflow. */
  softplus: unary('softplus', softplus),
  /** x/(1 + |x|). */
  softsign: unary('softsign', softsign),
  /** exp(x) / Σ exp(x) along an axis, the last by default. */
  softmax: (x: Operand, axis = -1): Node => along('softmax', x, axis, softmax),
  /** x − log Σ exp(x) along an axis, the last by default: the logarithm of softmax, without overflow. */
  logSoftmax: (x: Operand, axis = -1): Node => along('logSoftmax', x, axis, logSoftmax),

  /** −Σ targets · logSoftmax(logits) along the last axis: categorical cross-entropy of logits. */
  softmaxCrossEntropy: (targets: Operand, logits: Operand): Node =>
    crossEntropy(symbolic('ops.softmaxCrossEntropy', logits), symbolic('ops.softmaxCrossEntropy', targets)),
  /** Binary cross-entropy of each logit with its target, without overflow. */
  sigmoidCrossEntropy: (targets: Operand, logits: Operand): Node =>
    sigmoidCrossEntropy(
      symbolic('ops.sigmoidCrossEntropy', logits),
      symbolic('ops.sigmoidCrossEntropy', targets),
    ),

  /** a [..., k] · b [k, n] → [..., n]. */
  matmul: (a: Operand, b: Operand): Node => matmul(symbolic('ops.matmul', a), symbolic('ops.matmul', b)),

  /** Σ over one axis, several, or all of them; `keepDims` leaves them with size 1. */
  sum: reduction('sum', sum),
  /** The mean over one axis, several, or all of them. */
  mean: reduction('mean', mean),
  /** The largest over one axis, several, or all of them. */
  max: reduction('max', max),
  /** The smallest over one axis, several, or all of them. */
  min: reduction('min', min),
  /** The index of the first largest element along an axis, the last by default; no gradient. */
  argMax: (x: Operand, axis = -1): Node => along('argMax', x, axis, argMax, true),
  /** Class indices [...] → [..., classes] of zeros with a one at the index; no gradient. */
  oneHot: (labels: Operand, classes: number): Node =>
    oneHot(symbolic('ops.oneHot', labels), wholeNumber('ops.oneHot: classes', classes)),

  /** The same elements under another shape; one axis may be -1. The first axis of a batch must stay. */
  reshape: (x: Operand, shape: Shape): Node =>
    reshape(symbolic('ops.reshape', x), wholeNumbers('ops.reshape: shape', shape, -1)),
  /** Axis i of the result is axis order[i] of x; without an order the axes are reversed. */
  transpose: (x: Operand, order?: readonly number[]): Node =>
    transpose(
      symbolic('ops.transpose', x),
      order === undefined ? order : wholeNumbers('ops.transpose: order', order, 0),
    ),
  /** x repeated along new axes and axes of size 1 until it has the shape. */
  broadcastTo: (x: Operand, shape: Shape): Node =>
    broadcastTo(symbolic('ops.broadcastTo', x), wholeNumbers('ops.broadcastTo: shape', shape, 1)),
} as const;
