/** .npy and .npz files as NumPy writes them, and as nobody should. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DataError, data, tensor } from '../../src/index.js';

interface File {
  readonly name: string;
  readonly file: string;
}
interface Golden {
  readonly files: readonly (File & {
    readonly shape: readonly number[];
    readonly values: readonly number[];
  })[];
  readonly archives: readonly (File & { readonly x: readonly number[]; readonly y: readonly number[] })[];
  readonly refused: readonly File[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/npy.json', import.meta.url), 'utf8'));
const bytes = (file: string) => new Uint8Array(Buffer.from(file, 'base64'));

async function all(dataset: data.Dataset) {
  const found = [];
  for await (const batch of dataset) found.push(batch);
  return found;
}

describe('readNpy', () => {
  test.each(golden.files)('$name', async ({ file, shape, values }) => {
    const read = await data.readNpy(bytes(file));
    expect(read.shape).toEqual(shape);
    expect(Array.from(read.data)).toEqual(values.map(read.dtype === 'float32' ? Math.fround : Number));
  });

  test('keeps whole numbers whole where they fit', async () => {
    const kind = async (name: string) => {
      const { file } = golden.files.find((f) => f.name === name) as File;
      return (await data.readNpy(bytes(file))).dtype;
    };
    expect(await kind('u1')).toBe('uint8');
    for (const name of ['<i2', '>u4', '<i8', '>u8', 'negative i8']) expect(await kind(name)).toBe('int32');
    for (const name of ['u4 beyond i4', 'i8 beyond i4', '<f2', '>f8'])
      expect(await kind(name)).toBe('float32');
  });

  test.each(golden.refused)('refuses $name', async ({ file }) => {
    await expect(data.readNpy(bytes(file))).rejects.toThrow(/simple type of numbers|not one of numbers/);
  });

  test('a float that f32 cannot hold', async () => {
    const file = bytes((golden.files.find(({ name }) => name === '<f8') as File).file);
    new DataView(file.buffer).setFloat64(file.length - 8, 1e300, true);
    await expect(data.readNpy(file)).rejects.toThrow(
      /holds 1e\+300, which is larger than a 32-bit float can be/,
    );
  });
});

describe('readNpz', () => {
  test.each(golden.archives)('$name', async ({ file, x, y }) => {
    const read = await data.readNpz(bytes(file));
    expect(Object.keys(read)).toEqual(['x', 'y']);
    expect(Array.from(read.x.data)).toEqual(x);
    expect(read.y).toEqual(tensor(Int32Array.from(y)));
  });

  test('a bomb is refused before it is opened', async () => {
    const { zipSync } = await import('fflate');
    const zeros = data.writeNpy(tensor(new Uint8Array(4_000_000), [4_000_000]));
    const bomb = zipSync({ 'x.npy': zeros }, { level: 9 });
    await expect(data.readNpz(bomb, { maxBytes: 1_000_000 })).rejects.toThrow(
      /holds 4000128 bytes or more when decompressed, and 1000000 is all that is taken; raise maxBytes/,
    );
    expect((await data.readNpz(bomb)).x.shape).toEqual([4_000_000]);
    // A directory that claims terabytes for a few bytes.
    const liar = zipSync({ 'x.npy': [data.writeNpy([1]), { level: 9 }] });
    const at = Buffer.from(liar).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    new DataView(liar.buffer, liar.byteOffset).setUint32(at + 24, 0xfffffff0, true);
    await expect(data.readNpz(liar)).rejects.toThrow(
      /claims 4294967280 bytes from \d+; the file is damaged or an attack/,
    );
  });

  test('__proto__ is a name like any other', async () => {
    const { zipSync } = await import('fflate');
    const read = await data.readNpz(zipSync({ '__proto__.npy': data.writeNpy([7]) }));
    expect(Object.keys(read)).toEqual(['__proto__']);
    expect(({} as { data?: unknown }).data).toBeUndefined();
  });

  test('what is no zip, or half of one', async () => {
    await expect(data.readNpz(new Uint8Array(100))).rejects.toThrow(
      /no .npz file: it begins with \[0, 0, 0, 0\]/,
    );
    const whole = bytes(golden.archives[0].file);
    await expect(data.readNpz(whole.subarray(0, whole.length - 60))).rejects.toThrow(DataError);
  });
});

describe('writeNpy', () => {
  test.each([
    tensor(new Float32Array([1.5, -2, 3, 4, 5, 6]), [2, 3]),
    tensor(Int32Array.of(1, -5)),
    tensor(Uint8Array.of(1, 2, 255), [3, 1, 1]),
    tensor([0.5], []),
  ])('is read again %#', async (values) => {
    const file = data.writeNpy(values);
    expect(await data.readNpy(file)).toEqual(values);
    expect((file.length - values.data.byteLength) % 64).toBe(0);
  });

  test('is what NumPy writes', () => {
    const { file } = golden.files.find(({ name }) => name === 'a list') as File;
    const ours = data.writeNpy(Int32Array.of(0, 1, 2, 3, 4));
    expect([...ours.subarray(-20)]).toEqual([...bytes(file).subarray(-20)]);
    expect(ours.length).toBe(bytes(file).length);
    expect(Buffer.from(ours).toString('latin1')).toBe(Buffer.from(bytes(file)).toString('latin1'));
  });
});

describe('data.npy streams', () => {
  const x = tensor(
    Float32Array.from({ length: 600_000 }, (_, i) => i % 1000),
    [200_000, 3],
  );
  const y = Uint8Array.from({ length: 200_000 }, (_, i) => i % 10);

  test('x and y side by side, in portions', async () => {
    const dataset = await data.npy(data.writeNpy(x), () => data.writeNpy(y));
    expect(dataset.size).toBe(200_000);
    for (let pass = 0; pass < 2; pass++) {
      let at = 0;
      let portions = 0;
      for await (const batch of dataset) {
        const count = batch.x.shape[0];
        const same = batch.x.data.every((value, i) => value === x.data[3 * at + i]);
        expect(same && batch.y?.data.every((value, i) => value === y[at + i])).toBe(true);
        at += count;
        portions++;
      }
      expect(at).toBe(200_000);
      expect(portions).toBeGreaterThan(5);
    }
  });

  test('every file of NumPy’s with more than one number', async () => {
    for (const { file, shape, values } of golden.files.filter(
      (f) => f.shape.length > 0 && f.values.length > 0,
    )) {
      const batches = await all(await data.npy(bytes(file)));
      const read = batches.flatMap((batch) => Array.from(batch.x.data));
      expect(read.map(Math.fround)).toEqual(values.map(Math.fround));
      expect(batches[0].x.shape.slice(1)).toEqual(shape.slice(1));
    }
  });

  test('a stream that can be read once serves one pass', async () => {
    const file = data.writeNpy(x);
    const dataset = await data.npy(new Blob([file as Uint8Array<ArrayBuffer>]).stream());
    expect((await all(dataset)).reduce((sum, batch) => sum + batch.x.shape[0], 0)).toBe(200_000);
    await expect(all(dataset)).rejects.toThrow(/can be read only once.*Give a function that opens it anew/s);
  });

  test('says what is wrong', async () => {
    const file = data.writeNpy(x);
    await expect(data.npy(file, data.writeNpy([1, 2]))).rejects.toThrow(
      /has 200000 examples and .* 2; every example needs one target/,
    );
    await expect(all(await data.npy(file.subarray(0, 1000)))).rejects.toThrow(
      /cut off: shape \[200000, 3\] needs 200000 examples of 12 bytes, and it ends after 72/,
    );
    await expect(data.npy(data.writeNpy(tensor([1], [])))).rejects.toThrow(/holds a single number/);
    await expect(data.npy('/no/such/file.npy')).rejects.toThrow(
      /could not read \/no\/such\/file.npy: ENOENT/,
    );
    await expect(data.npy(new Uint8Array(20))).rejects.toThrow(/no .npy file/);
  });

  test('a header that claims terabytes takes no memory', async () => {
    const huge = data.writeNpy(tensor([0], [1, 1]));
    const claim = (shape: string) => {
      const text = Buffer.from(huge)
        .toString('latin1')
        .replace(/\(1, 1\), \}\s*\n/, (found) => `${`(${shape}), }`.padEnd(found.length - 1)}\n`);
      return new Uint8Array(Buffer.from(text, 'latin1'));
    };
    await expect(data.readNpy(claim('999999999999, 4'))).rejects.toThrow(
      /cut off: shape \[999999999999, 4\] needs 15999999999984 bytes/,
    );
    await expect(data.npy(claim('2, 999999999999'))).rejects.toThrow(/expected from 1 byte to 1 GiB/);
    await expect(data.readNpy(claim('9999999999, 9999999999'))).rejects.toThrow(/too large for any memory/);
    await expect(all(await data.npy(claim('999999999999, 4')))).rejects.toThrow(/cut off/);
  });
});

describe('data.idx streams', () => {
  const header = (type: number, ...shape: number[]) => [
    0,
    0,
    type,
    shape.length,
    ...shape.flatMap((n) => [0, 0, n >> 8, n & 255]),
  ];
  const images = Uint8Array.from([...header(8, 3, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const labels = Uint8Array.from([...header(8, 3), 7, 8, 9]);

  test('bytes stay bytes; gzip is undone', async () => {
    const { gzipSync } = await import('node:zlib');
    const [batch] = await all(await data.idx(gzipSync(images), labels));
    expect(batch.x).toEqual({ data: images.subarray(16), shape: [3, 2, 2], dtype: 'uint8' });
    expect(batch.y).toEqual({ data: Uint8Array.of(7, 8, 9), shape: [3], dtype: 'uint8' });
  });

  test('other types are read with the high byte first', async () => {
    const read = async (type: number, ...bytes: number[]) => {
      const [{ x }] = await all(await data.idx(Uint8Array.from([...header(type, 1), ...bytes])));
      return x.data;
    };
    expect(await read(9, 0xfe)).toEqual(Int32Array.of(-2));
    expect(await read(11, 0xff, 0x00)).toEqual(Int32Array.of(-256));
    expect(await read(12, 0x01, 0, 0, 2)).toEqual(Int32Array.of(0x1000002));
    expect(await read(13, 0x3f, 0xc0, 0, 0)).toEqual(Float32Array.of(1.5));
    expect(await read(14, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)).toEqual(Float32Array.of(1.5));
  });

  test('gzip that is cut off', async () => {
    const { gzipSync } = await import('node:zlib');
    const noise = Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 31) >> 3);
    const file = gzipSync(Uint8Array.from([...header(8, 30, 100), ...noise]));
    const read = async () => all(await data.idx(file.subarray(0, file.length >> 1)));
    await expect(read()).rejects.toThrow(DataError);
  });
});
