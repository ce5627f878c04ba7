import { describe, expect, test } from 'vitest';
import { DataError, ShapeError, type TensorLike, tensor } from '../../src/index.js';

describe('a tensor', () => {
  test('from nested arrays has their shape', () => {
    expect(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual({
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
      shape: [2, 3],
      dtype: 'float32',
    });
    expect(tensor([[[1], [2]]]).shape).toEqual([1, 2, 1]);
    expect(tensor(7).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect([...tensor([true, false]).data]).toEqual([1, 0]);
    expect(tensor([new Float64Array([1, 2]), [3, 4]] as never).shape).toEqual([2, 2]);
  });

  test('from a flat array takes the shape that is given; one axis may be -1', () => {
    expect(tensor([1, 2, 3, 4, 5, 6], [3, 2]).shape).toEqual([3, 2]);
    expect(tensor(new Uint8Array(12), [-1, 2, 2]).shape).toEqual([3, 2, 2]);
    expect(tensor(tensor([1, 2, 3, 4]), [2, 2]).shape).toEqual([2, 2]);
  });

  test.each([
    [Float32Array, Float32Array, 'float32'],
    [Float64Array, Float32Array, 'float32'],
    [Uint32Array, Float32Array, 'float32'],
    [Int32Array, Int32Array, 'int32'],
    [Int16Array, Int32Array, 'int32'],
    [Uint16Array, Int32Array, 'int32'],
    [Int8Array, Int32Array, 'int32'],
    [Uint8Array, Uint8Array, 'uint8'],
    [Uint8ClampedArray, Uint8Array, 'uint8'],
  ])('keeps what a %o holds', (Given, Kept, dtype) => {
    const { data, dtype: kept } = tensor(Given.of(1, 2, 200 % 128));
    expect(data).toEqual(Kept.of(1, 2, 72));
    expect(kept).toBe(dtype);
  });

  test('does not copy what it can keep', () => {
    const values = new Float32Array(4);
    expect(tensor(values, [2, 2]).data).toBe(values);
  });
});

describe('refuses', () => {
  test.each<[unknown, number[] | undefined, typeof DataError, RegExp]>([
    [
      [[1, 2], [3]],
      undefined,
      ShapeError,
      /values\[1\] has shape \[1\] and values\[0\] has \[2\]; all must be alike/,
    ],
    [[1, [2]], undefined, ShapeError, /values\[1\] has shape \[1\] and values\[0\] has \[\]/],
    [[[1], 2], undefined, ShapeError, /values\[1\] has shape \[\] and values\[0\] has \[1\]/],
    [[1, 'x'], undefined, DataError, /values\[1\] is 'x'; expected a number/],
    [[1, undefined], undefined, DataError, /values\[1\] is undefined/],
    [[1n], undefined, DataError, /values\[0\] is 1/],
    ['text', undefined, DataError, /values is 'text'/],
    [undefined, undefined, DataError, /values is undefined/],
    [
      new BigInt64Array(2),
      undefined,
      DataError,
      /values is a BigInt64Array; expected a typed array of numbers/,
    ],
    [new DataView(new ArrayBuffer(4)), undefined, DataError, /a DataView/],
    [[1, 2, 3], [2, 2], ShapeError, /3 values do not fill shape \[2, 2\]/],
    [[1, 2, 3], [2, -1], ShapeError, /3 values do not fill/],
    [[1, 2], [-1, -1], ShapeError, /is not a list of whole sizes/],
    [[1, 2], [0.5, 4], ShapeError, /is not a list of whole sizes/],
    [[1, 2], 2 as never, ShapeError, /shape 2 is not a list/],
    [
      { data: new Float32Array(5), shape: [2, 3] },
      undefined,
      ShapeError,
      /5 values do not fill shape \[2, 3\]/,
    ],
    [{ data: new Float32Array(5), shape: 5 }, undefined, ShapeError, /shape 5 is not a list/],
    [{ data: [1, 2], shape: [2] }, undefined, DataError, /values is an object \{ data, shape \}/],
  ])('%o with shape %o', (values, shape, type, message) => {
    expect(() => tensor(values as TensorLike, shape)).toThrow(type);
    expect(() => tensor(values as TensorLike, shape)).toThrow(message);
  });
});

test('a tensor of another kind of numbers is brought into one that is kept', () => {
  const given = { data: Float64Array.of(1, 2), shape: [2], dtype: 'float64' } as unknown as TensorLike;
  expect(tensor(given)).toEqual({ data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' });
});
