/** Data files that were damaged or made to harm: each gives numbers that fit their shape, or is refused with an error of the library's. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { data, readIdx, type Tensor, tensor } from '../../src/index.js';
import { expectNoPollution, fuzz, refusedOrLater } from './hostile.js';

/** An eighth of all runs for each of the formats. */
const runs = fuzz(0.125);
const TIMEOUT = 60_000 + runs.numRuns * 20;

interface Golden {
  readonly files: readonly { readonly file: string }[];
  readonly archives: readonly { readonly file: string }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/npy.json', import.meta.url), 'utf8'));
const decoded = ({ file }: { readonly file: string }) => new Uint8Array(Buffer.from(file, 'base64'));

/** One thing that is done to a file, at a place given as a share of its length. */
type Mutation = (bytes: Uint8Array) => Uint8Array;

const splice = (bytes: Uint8Array, from: number, to: number, put: ArrayLike<number>): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, from), ...Array.from(put), ...bytes.subarray(to)]);

const place = fc.double({ min: 0, max: 1, noNaN: true });
/** Numbers that sizes, counts and offsets break at. */
const edge = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff);
const digits = fc.constantFrom(
  '0',
  '-1',
  '1e999',
  '99999999999999999999',
  '4294967296',
  '0x10',
  'NaN',
  '',
  ',',
  ')',
  "'",
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // A bit of a byte.
  fc.tuple(place, fc.nat(7)).map(([at, bit]) => (bytes: Uint8Array) => {
    const out = bytes.slice();
    out[Math.min(out.length - 1, Math.floor(at * out.length))] ^= 1 << bit;
    return out;
  }),
  // A field of 1, 2, 4 or 8 bytes.
  fc
    .tuple(place, fc.constantFrom(1, 2, 4, 8), edge, fc.boolean())
    .map(([at, width, value, little]) => (bytes: Uint8Array) => {
      const out = bytes.slice();
      const from = Math.floor(at * out.length);
      for (let i = 0; i < width && from + i < out.length; i++)
        out[from + i] = (value / 256 ** ((little ? i : width - 1 - i) % 4)) & 255;
      return out;
    }),
  // A number that is written out, as in the headers of .npy files and in CSV.
  fc.tuple(place, digits).map(([at, text]) => (bytes: Uint8Array) => {
    const whole = Buffer.from(bytes).toString('latin1');
    const numbers = [...whole.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: found } = numbers[Math.min(numbers.length - 1, Math.floor(at * numbers.length))];
    return splice(bytes, index, index + found.length, Buffer.from(text));
  }),
  // The end is cut off; a part is gone, there twice, or somewhere else; something is put in.
  place.map((at) => (bytes: Uint8Array) => bytes.slice(0, Math.floor(at * bytes.length))),
  fc.tuple(place, place).map(([a, b]) => (bytes: Uint8Array) => {
    const [from, to] = [a, b].map((at) => Math.floor(at * bytes.length)).sort((x, y) => x - y);
    return splice(bytes, from, to, []);
  }),
  fc.tuple(place, place, place).map(([a, b, c]) => (bytes: Uint8Array) => {
    const [from, to] = [a, b].map((at) => Math.floor(at * bytes.length)).sort((x, y) => x - y);
    const at = Math.floor(c * bytes.length);
    return splice(bytes, at, at, bytes.subarray(from, Math.min(to, from + 200)));
  }),
  fc.tuple(place, fc.uint8Array({ maxLength: 12 })).map(([at, put]) => (bytes: Uint8Array) => {
    const from = Math.floor(at * bytes.length);
    return splice(bytes, from, from, put);
  }),
);

const broken = (files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom(...files), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([file, mutations]) =>
      mutations.reduce((bytes, mutate) => (bytes.length ? mutate(bytes) : bytes), file),
    );

function checkTensor({ data: numbers, shape }: Tensor): void {
  expect(numbers.length).toBe(shape.reduce((a, b) => a * b, 1));
  // Reading beyond a buffer's end would give undefined.
  if (numbers.length > 0) expect(numbers[numbers.length - 1]).toBeTypeOf('number');
}

/** All of a data set, at most so many batches. */
async function checkDataset(dataset: data.Dataset): Promise<void> {
  let batches = 0;
  for await (const { x, y } of dataset) {
    checkTensor(x);
    if (y) {
      checkTensor(y);
      expect(y.shape[0]).toBe(x.shape[0]);
    }
    if (++batches > 1000) break;
  }
}

const each = (files: fc.Arbitrary<Uint8Array>, read: (bytes: Uint8Array) => Promise<unknown>) =>
  fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      await read(bytes);
      expectNoPollution();
    }),
    runs,
  );

describe('damaged files', () => {
  test(
    '.npy',
    () =>
      each(broken(golden.files.map(decoded)), async (bytes) => {
        await refusedOrLater(async () => checkTensor(await data.readNpy(bytes)));
        await refusedOrLater(async () => checkDataset(await data.npy(bytes)));
      }),
    TIMEOUT,
  );

  const zips = [
    ...golden.archives.map(decoded),
    zipSync({
      'x.npy': data.writeNpy(tensor(new Float32Array(500), [100, 5])),
      '__proto__.npy': data.writeNpy([1]),
    }),
    zipSync({ 'folder/y.npy': [data.writeNpy([1, 2]), { level: 0 }], 'read.me': Uint8Array.of(1, 2, 3) }),
  ];
  test(
    '.npz',
    () =>
      each(broken(zips), (bytes) =>
        refusedOrLater(async () => {
          for (const read of Object.values(await data.readNpz(bytes, { maxBytes: 2 ** 24 })))
            checkTensor(read);
        }),
      ),
    TIMEOUT,
  );

  const header = (type: number, ...shape: number[]) => [
    0,
    0,
    type,
    shape.length,
    ...shape.flatMap((n) => [0, 0, 0, n]),
  ];
  const idx = [
    Uint8Array.from([...header(8, 3, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    Uint8Array.from([...header(13, 2, 1), 0x3f, 0xc0, 0, 0, 0x7f, 0xc0, 0, 0]),
    Uint8Array.from([...header(14, 1), 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]),
    Uint8Array.from([...header(11, 5), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
  ];
  test(
    'IDX',
    () =>
      each(broken(idx), async (bytes) => {
        await refusedOrLater(async () => checkTensor(readIdx(bytes)));
        await refusedOrLater(async () => checkDataset(await data.idx(bytes, idx[3])));
      }),
    TIMEOUT,
  );

  const csv = [
    'a,b,y\n1,2,0\n3,4,1\n5,,0\n',
    '"a","b, c",y\r\n"1","x ""y"" z",1\r\n2,"two\nlines",0\r\n',
    '__proto__;constructor;y\n1;2;3\n4;NA;6\n',
    'a\tb\ty\n1e5\t-0.5\tInfinity\n0x10\t007\t1_000\n',
  ].map((text) => new TextEncoder().encode(text));
  const options: readonly data.CsvOptions[] = [
    {},
    { label: 'y', missing: 'mean' },
    { label: 'y', missing: 'drop', columns: { y: 'index' } },
    { delimiter: ';', missing: 0 },
    { delimiter: '\t', header: false, columns: { '0': { type: 'oneHot', missing: 'drop' } } },
    { quote: '', comment: '#' },
  ];
  test(
    'CSV',
    () =>
      each(broken(csv), async (bytes) => {
        const at = bytes.reduce((sum, byte) => sum + byte, 0);
        const cut = 1 + (at % 7);
        const pieces = () =>
          Array.from({ length: Math.ceil(bytes.length / cut) }, (_, i) =>
            bytes.subarray(i * cut, (i + 1) * cut),
          );
        await refusedOrLater(async () => {
          const dataset = await data.csv(at % 2 ? bytes : pieces, options[at % options.length]);
          await checkDataset(dataset);
          const { schema } = dataset;
          const again = data.schema(JSON.parse(JSON.stringify(schema)));
          expect(JSON.stringify(again)).toBe(JSON.stringify(schema));
        });
      }),
    TIMEOUT,
  );

  const saved = JSON.stringify({
    chainrule: 'schema',
    missingMarks: ['', 'NA'],
    columns: [
      { name: 'a', label: false, type: 'number', missing: 'mean', unknown: 'error', mean: 2.5 },
      {
        name: '__proto__',
        label: false,
        type: 'oneHot',
        missing: { fill: 'x' },
        unknown: 'zeros',
        vocabulary: ['x', 'y'],
      },
      { name: 'y', label: true, type: 'index', missing: 'error', unknown: 'drop', vocabulary: ['0', '1'] },
    ],
  });
  test(
    'saved schemas',
    () =>
      each(broken([new TextEncoder().encode(saved)]), async (bytes) => {
        let json: unknown;
        try {
          json = JSON.parse(new TextDecoder().decode(bytes));
        } catch {
          return;
        }
        await refusedOrLater(async () =>
          checkTensor(data.schema(json).encode(JSON.parse('{ "a": 1, "__proto__": "y" }'))),
        );
      }),
    TIMEOUT,
  );
});
