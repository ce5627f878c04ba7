import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError, readIdx, type Tensor } from '../../src/index.js';

/** The bytes of an IDX file of unsigned bytes. */
function idx(shape: readonly number[], data: readonly number[], type = 8): Uint8Array {
  const header = shape.flatMap((axis) => [axis >>> 24, (axis >>> 16) & 255, (axis >>> 8) & 255, axis & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...header, ...data]);
}

test('reads images and labels', () => {
  const images = readIdx(idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]));
  expect(images.shape).toEqual([2, 2, 3]);
  expect(images.dtype).toBe('uint8');
  expect([...images.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]);
  expect(readIdx(idx([3], [7, 2, 1]))).toEqual({ data: Uint8Array.of(7, 2, 1), shape: [3], dtype: 'uint8' });
});

test('takes an ArrayBuffer, and a window on a larger buffer, without copying', () => {
  const file = idx([2, 2], [1, 2, 3, 4]);
  expect([...readIdx(file.buffer as ArrayBuffer).data]).toEqual([1, 2, 3, 4]);
  const larger = new Uint8Array(file.length + 9);
  larger.set(file, 5);
  const { data } = readIdx(larger.subarray(5, 5 + file.length));
  expect([...data]).toEqual([1, 2, 3, 4]);
  expect(data.buffer).toBe(larger.buffer);
  // Node's Buffer is not handed on: its methods differ from a typed array's.
  expect(readIdx(Buffer.from(file)).data.constructor).toBe(Uint8Array);
});

test('an empty set has no elements', () => {
  expect(readIdx(idx([0, 28, 28], [])).data.length).toBe(0);
});

describe('says what is wrong with', () => {
  test.each([
    ['nothing', new Uint8Array(), /begins with \[\]/],
    ['another format', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10]), /begins with \[137, 80, 78, 71\]/],
    ['gzip', Uint8Array.from([0x1f, 0x8b, 8, 0]), /compressed with gzip; decompress/],
    ['an unknown type', idx([1], [0], 99), /unknown type, 99/],
    [
      'a header that is cut off',
      idx([2, 2, 2], []).subarray(0, 9),
      /cut off: a header for 3 axes takes 16 bytes, and there are 9/,
    ],
    [
      'data that is cut off',
      idx([2, 3], [1, 2, 3, 4, 5]),
      /cut off: shape \[2, 3\] needs 6 bytes after the header, and there are 5/,
    ],
    ['too much data', idx([2], [1, 2, 3]), /too long: shape \[2\] needs 2 bytes/],
    [
      'sizes beyond all memory',
      idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [1]),
      /too large for any memory/,
    ],
    ['255 axes', idx(Array(255).fill(2 ** 32 - 1), []), /too large for any memory/],
  ])('%s', (_, bytes, message) => {
    expect(() => readIdx(bytes)).toThrow(DataError);
    expect(() => readIdx(bytes)).toThrow(message);
  });

  test('something that is no file', () => {
    expect(() => readIdx('train-images' as unknown as Uint8Array)).toThrow(
      /got 'train-images'; expected the bytes/,
    );
  });
});

test('whatever the bytes, the result fits its shape or a DataError says why not', () => {
  const header = fc.tuple(fc.constant(0), fc.constant(0), fc.constantFrom(8, 8, 8, 13), fc.nat(3));
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 40 }), (start, rest) => {
      let read: Tensor;
      try {
        read = readIdx(Uint8Array.from([...start, ...rest]));
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        return;
      }
      expect(read.data.length).toBe(read.shape.reduce((a, b) => a * b, 1));
    }),
  );
});
