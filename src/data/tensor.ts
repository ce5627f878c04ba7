import { DataError, ShapeError, show } from '../errors.js';
import { type Shape, showShape, sizeOf } from '../graph/shape.js';

export type TensorDType = 'float32' | 'int32' | 'uint8';
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** A plain value: numbers in a typed array, row-major, and their shape. There is nothing to dispose. */
export interface Tensor<D extends TensorData = TensorData> {
  readonly data: D;
  readonly shape: Shape;
  readonly dtype: TensorDType;
}

type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
type NestedArray = readonly (number | boolean | NumberArray | NestedArray)[];
/** Anything that fit, predict and the like accept. */
export type TensorLike = Tensor | NestedArray | NumberArray | number;

const dtypeOf = (data: TensorData): TensorDType =>
  data instanceof Uint8Array ? 'uint8' : data instanceof Int32Array ? 'int32' : 'float32';

export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    'shape' in value &&
    ArrayBuffer.isView(value.data)
  );
}

/** Numbers of any typed array in one of the three kinds that are kept: what fits in u8 or i32 stays small. */
function compact(what: string, data: ArrayBufferView): TensorData {
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data;
  if (data instanceof Uint8ClampedArray) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (data instanceof Float64Array || data instanceof Uint32Array) return Float32Array.from(data);
  if (data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array)
    return Int32Array.from(data);
  throw new DataError(
    `${what} is a ${data.constructor.name}; expected a typed array of numbers, such as a Float32Array.`,
  );
}

/** Deeper nesting is a mistake, such as an array that holds itself. */
const MOST_AXES = 32;

/** The shape of nested arrays; throws where they are ragged or hold something other than numbers. */
function nestedShape(value: unknown, path: string, depth = 0): number[] {
  if (isNumber(value)) return [];
  if (depth > MOST_AXES) throw new DataError(`${path.slice(0, 40)}… is nested more than ${MOST_AXES} deep.`);
  if (ArrayBuffer.isView(value)) return [compact(path, value).length];
  if (!Array.isArray(value)) {
    const hint =
      typeof value === 'string'
        ? ' Digits become numbers with Number(text), names of classes with names.indexOf(name); data.rows and data.csv do so.'
        : '';
    throw new DataError(`${path} is ${show(value)}; expected a number or an array of numbers.${hint}`);
  }
  if (value.length === 0) return [0];
  // By far the most values are numbers in a row of numbers.
  const odd = value.findIndex((item) => !isNumber(item));
  if (odd < 0) return [value.length];
  const first = nestedShape(value[0], `${path}[0]`, depth + 1);
  for (let i = first.length === 0 ? odd : 1; i < value.length; i++) {
    const shape = nestedShape(value[i], `${path}[${i}]`, depth + 1);
    if (shape.length !== first.length || shape.some((axis, k) => axis !== first[k])) {
      throw new ShapeError(
        `${path}[${i}] has shape ${showShape(shape)} and ${path}[0] has ${showShape(first)}; all must be alike.`,
      );
    }
  }
  return [value.length, ...first];
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean';

function flatten(value: unknown, out: Float32Array, at: number): number {
  if (typeof value === 'number' || typeof value === 'boolean') {
    out[at] = Number(value);
    return at + 1;
  }
  for (const item of value as Iterable<unknown>) at = flatten(item, out, at);
  return at;
}

/**
 * A tensor from nested arrays, or from a flat typed or plain array and a shape (one axis may be −1).
 * Typed arrays are not copied.
 */
export const tensor = (values: TensorLike, shape?: Shape): Tensor => tensorFrom('values', values, shape);

/** The same; messages call the values `what`. */
export function tensorFrom(what: string, values: TensorLike, shape?: Shape): Tensor {
  let data: TensorData;
  let own: Shape;
  if (isTensor(values)) {
    data = compact(what, values.data);
    own = values.shape;
  } else if (ArrayBuffer.isView(values)) {
    data = compact(what, values);
    own = [data.length];
  } else {
    own = nestedShape(values, what);
    data = new Float32Array(sizeOf(own));
    flatten(values, data, 0);
  }
  // A tensor need not have been made here; its shape is checked as well.
  return { data, shape: resolve(shape ?? own, data.length), dtype: dtypeOf(data) };
}

function resolve(shape: Shape, length: number): Shape {
  const valid =
    Array.isArray(shape) &&
    shape.every((axis) => Number.isInteger(axis) && axis >= -1) &&
    shape.filter((axis) => axis === -1).length <= 1;
  if (!valid)
    throw new ShapeError(`tensor: shape ${show(shape)} is not a list of whole sizes (one may be -1).`);
  const known = shape.reduce((product, axis) => (axis === -1 ? product : product * axis), 1);
  const resolved = shape.map((axis) => (axis === -1 ? length / Math.max(known, 1) : axis));
  if (sizeOf(resolved) !== length || !resolved.every(Number.isInteger)) {
    throw new ShapeError(`tensor: ${length} values do not fill shape ${showShape(shape)}.`);
  }
  return resolved;
}
