import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensor } from '../../src/data/tensor.js';
import { DataError } from '../../src/errors.js';
import { decode } from '../../src/formats/readSafetensors.js';
import { encode } from '../../src/formats/safetensors.js';

/** A file with any header and any bytes after it. */
function file(header: unknown, data: ArrayLike<number> = [], length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const one = (entry: object) =>
  file({ w: { dtype: 'U8', shape: [2], data_offsets: [0, 2], ...entry } }, [1, 2]);

test('the layout is the published one', () => {
  const bytes = encode([['w', tensor(Float32Array.of(1, -2), [2, 1])]], { format: 'chainrule' });
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  expect(header).toBe(
    '{"__metadata__":{"format":"chainrule"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}'.padEnd(
      length,
    ),
  );
  expect(length % 8).toBe(0);
  expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
});

test('the header pads to every remainder of 8', () => {
  for (let n = 1; n <= 16; n++) {
    const bytes = encode([['w'.repeat(n), tensor(Uint8Array.of(n))]]);
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
    expect(decode(bytes).tensors.get('w'.repeat(n))?.data).toEqual(Uint8Array.of(n));
  }
});

test('values, shapes, dtypes, names and metadata come back', () => {
  const given = new Map([
    ['bytes', tensor(Uint8Array.of(0, 7, 255), [3])],
    ['dense/kernel', tensor(Float32Array.of(1.5, -0, Number.NaN, Infinity, 1e-45, -3), [2, 3])],
    ['schön "quoted" \\ \u{1f600}', tensor(Int32Array.of(-(2 ** 31), 2 ** 31 - 1), [1, 2])],
    ['scalar', tensor(Float32Array.of(42), [])],
    ['empty', tensor(new Float32Array(), [0, 4])],
    ['constructor', tensor(Uint8Array.of(1))],
  ]);
  const metadata = { format: 'chainrule', toString: 'a text' };
  const { tensors, metadata: read } = decode(encode(given, metadata));
  expect(new Set(tensors.keys())).toEqual(new Set(given.keys()));
  for (const [name, value] of given) expect(tensors.get(name)).toEqual(value);
  expect(read).toEqual(metadata);
});

test('the same tensors make the same bytes again', () => {
  const bytes = encode([
    ['b', tensor(Uint8Array.of(1))],
    ['a', tensor([1, 2])],
  ]);
  expect(encode(decode(bytes).tensors)).toEqual(bytes);
});

test('tensors at odd addresses are read', () => {
  // Legal, though no writer of ours makes it: four bytes after one.
  const header = {
    a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
    b: { dtype: 'F32', shape: [1], data_offsets: [1, 5] },
  };
  const { tensors } = decode(file(header, [9, 0, 0, 128, 63]));
  expect([...(tensors.get('b')?.data ?? [])]).toEqual([1]);
});

test('a window on a larger buffer is read, and the result does not hang on to it', () => {
  const bytes = encode([['w', tensor([1, 2, 3])]]);
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  const { tensors } = decode(larger.subarray(3));
  larger.fill(0);
  expect([...(tensors.get('w')?.data ?? [])]).toEqual([1, 2, 3]);
});

test("Node's Buffer is read as well", () => {
  const given = new Map([['w', tensor([1, 2, 3])]]);
  expect(decode(Buffer.from(encode(given))).tensors).toEqual(given);
});

describe('encode refuses', () => {
  const w = tensor([1]);
  test.each([
    [
      'a name twice',
      () =>
        encode([
          ['w', w],
          ['w', w],
        ]),
      /'w' is there twice/,
    ],
    ['a reserved name', () => encode([['__metadata__', w]]), /'__metadata__' cannot be used/],
    ['__proto__', () => encode([['__proto__', w]]), /cannot be used/],
    ['no tensor', () => encode([['w', [1] as never]]), /w is \[1\]; expected a tensor/],
    [
      'metadata that is not text',
      () => encode([['w', w]], { epochs: 3 as never }),
      /metadata 'epochs' is 3; the format takes texts/,
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(DataError);
    expect(act).toThrow(message);
  });
});

describe('decode refuses', () => {
  const good = encode([['w', tensor([1, 2, 3])]]);
  const u8 = (begin: number, end: number) => ({
    dtype: 'U8',
    shape: [end - begin],
    data_offsets: [begin, end],
  });
  test.each([
    ['a file of Keras', Buffer.from('\x89HDF\r\n\x1a\n0000', 'latin1'), /looks like HDF5, as Keras' \.h5/],
    ['a zip', Buffer.from('PK\x03\x04aaaaaaaa', 'latin1'), /looks like a zip, as Keras' \.keras/],
    ['a web page', Buffer.from('<!doctype html><p>404'), /looks like a web page/],
    ['JSON', Buffer.from('{"a":1}'), /looks like JSON/],
    ['an empty file', new Uint8Array(), /0 bytes are too few/],
    ['seven bytes', new Uint8Array(7), /7 bytes are too few/],
    ['a header longer than the file', file({}, [], 1000n), /claims 1000 bytes and only 2 follow/],
    ['a header of 2⁶⁴ bytes', file({}, [], 2n ** 64n - 1n), /claims 18446744073709552000 bytes, more than/],
    ['a header that is no JSON', file('{"w": '), /not JSON/],
    ['a header that is no UTF-8', file({}, []).fill(0xff, 8), /not JSON/],
    ['an empty header', file(''), /not JSON/],
    ['a list as header', file([]), /header is \[\] rather than an object/],
    ['null as header', file('null'), /rather than an object/],
    [
      'a tensor twice',
      file(
        '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [1],
      ),
      /'w' twice/,
    ],
    [
      'a tensor twice, once in escapes',
      file(
        '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0077":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [1],
      ),
      /'w' twice/,
    ],
    [
      'a field twice',
      file('{"w":{"dtype":"F32","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [1]),
      /'dtype' twice/,
    ],
    [
      'a tensor named __proto__',
      file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [1]),
      /'__proto__'/,
    ],
    ['metadata that is no object', file({ __metadata__: 'x' }), /__metadata__ is 'x'/],
    ['metadata of numbers', file({ __metadata__: { a: 1 } }), /__metadata__/],
    ['a tensor that is a number', file({ w: 7 }), /w is described by 7/],
    ['another dtype', one({ dtype: 'F16' }), /w has dtype 'F16'; F32, I32, U8 can be read/],
    ['an inherited dtype', one({ dtype: 'constructor' }), /dtype 'constructor'/],
    ['no dtype', one({ dtype: undefined }), /dtype undefined/],
    ['a negative size', one({ shape: [-2] }), /shape \[-2\]/],
    ['half a size', one({ shape: [1.5] }), /shape \[1.5\]/],
    ['a shape that is a number', one({ shape: 2 }), /shape 2/],
    ['a shape too large for its bytes', one({ shape: [3] }), /needs 3 bytes and has 2/],
    ['a shape beyond all memory', one({ shape: [2 ** 52, 2 ** 52, 2 ** 52] }), /needs .* bytes and has 2/],
    ['offsets backwards', one({ data_offsets: [2, 0] }), /data_offsets \[2, 0\]/],
    ['one offset', one({ data_offsets: [0] }), /data_offsets \[0\]/],
    ['a negative offset', one({ data_offsets: [-2, 0] }), /data_offsets/],
    ['an offset beyond the exact integers', one({ data_offsets: [0, 1e300] }), /data_offsets/],
    ['an end beyond the file', file({ w: u8(0, 5) }, [1, 2]), /ends at byte 5 and the file has only 2/],
    [
      'overlapping tensors',
      file({ a: u8(0, 2), b: u8(1, 3) }, [1, 2, 3]),
      /b begins at byte 1 and the tensor before it ends at 2/,
    ],
    ['the same bytes for two tensors', file({ a: u8(0, 2), b: u8(0, 2) }, [1, 2]), /b begins at byte 0/],
    ['a gap', file({ a: u8(0, 1), b: u8(2, 3) }, [1, 2, 3]), /b begins at byte 2/],
    ['a gap at the start', file({ a: u8(1, 2) }, [1, 2]), /a begins at byte 1/],
    ['bytes of no tensor', file({ a: u8(0, 1) }, [1, 2, 3]), /2 bytes at the end belong to no tensor/],
    ['a file cut off', good.subarray(0, good.length - 1), /ends at byte 12 and the file has only 11/],
  ])('%s', (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(DataError);
    expect(() => decode(bytes)).toThrow(message);
  });

  test('every file cut off anywhere', () => {
    for (let length = 0; length < good.length; length++)
      expect(() => decode(good.subarray(0, length))).toThrow(DataError);
  });

  test('a long name without running out of stack', () => {
    expect(() => decode(file(`{"${'w'.repeat(5_000_000)}":7}`))).toThrow(DataError);
    expect(() => decode(file(`{"${'\\n'.repeat(5_000_000)}":7}`))).toThrow(DataError);
    expect(() => decode(file(`${'['.repeat(1_000_000)}`))).toThrow(DataError);
  });

  test('any damage, or what it reads is whole', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const bytes = good.slice();
        bytes[at] = byte;
        try {
          for (const { data, shape } of decode(bytes).tensors.values()) {
            expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
