import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { data, layers, optimizers, sequential } from '../../src/index.js';

/** All numbers of a data set, row by row. */
async function rowsOf(dataset: data.Dataset) {
  const x: number[][] = [];
  const y: number[][] = [];
  for await (const batch of dataset) {
    const [n, ...shape] = batch.x.shape;
    expect(shape).toHaveLength(1);
    for (let i = 0; i < n; i++) x.push([...batch.x.data.subarray(i * shape[0], (i + 1) * shape[0])]);
    const width = (batch.y?.data.length ?? 0) / n;
    for (let i = 0; batch.y && i < n; i++) y.push([...batch.y.data.subarray(i * width, (i + 1) * width)]);
  }
  return { x, y };
}

const read = async (text: data.DataSource, options?: data.CsvOptions) =>
  rowsOf(await data.csv(text, options));

describe('reads', () => {
  test('numbers, the header, and the label by its name', async () => {
    expect(await read('a,b,y\n1,2.5,3\n-4,1e3,0.5\n', { label: 'y' })).toEqual({
      x: [
        [1, 2.5],
        [-4, 1000],
      ],
      y: [[3], [0.5]],
    });
  });

  test.each<[string, string, data.CsvOptions]>([
    ['no line break at the end', 'a,b\n1,2\n3,4', {}],
    ['line breaks of Windows', 'a,b\r\n1,2\r\n3,4\r\n', {}],
    ['line breaks of old Macs', 'a,b\r1,2\r3,4\r', {}],
    ['line breaks of both kinds', 'a,b\n1,2\r\n3,4\n', {}],
    ['empty lines', '\na,b\n\n1,2\n\n\n3,4\n\n', {}],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n', {}],
    ['quotes', '"a","b"\n"1","2"\n"3","4"\n', {}],
    ['quotes and line breaks of Windows', '"a","b"\r\n"1","2"\r\n"3","4"\r\n', {}],
    ['spaces', 'a , b\n 1, 2 \n3 ,4\n', {}],
    ['another delimiter', 'a;b\n1;2\n3;4\n', { delimiter: ';' }],
    ['tabs', 'a\tb\n1\t2\n3\t4\n', { delimiter: '\t' }],
    ['comments', '# one\na,b\n1,2\n# two\n3,4\n', { comment: '#' }],
    ['no header', '1,2\n3,4\n', { header: false }],
    ['names for a file without a header', '1,2\n3,4\n', { header: ['a', 'b'] }],
    ['other quotes', "'a','b'\n'1','2'\n3,4\n", { quote: "'" }],
  ])('%s', async (_, text, options) => {
    const { x } = await rowsOf(await data.csv(new TextEncoder().encode(text), options));
    expect(x).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('quoted cells with delimiters, quotes and line breaks, wherever the pieces are cut', async () => {
    const words = ['a,b', 'say "so"', 'two\nlines', 'æøå — 漢字 🙂', ''];
    const text = `word,n\n${words.map((word, i) => `"${word.replaceAll('"', '""')}",${i}`).join('\n')}\n`;
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size < bytes.length; size += size < 12 ? 1 : 17) {
      const pieces = () =>
        Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
      const dataset = await data.csv(pieces, {
        columns: { word: { type: 'index', missing: { fill: 'none' } } },
      });
      expect(dataset.schema?.toJSON().columns[0].vocabulary).toEqual([
        'a,b',
        'none',
        'say "so"',
        'two\nlines',
        words[3],
      ]);
      expect((await rowsOf(dataset)).x.map(([place]) => place)).toEqual([0, 2, 3, 4, 1]);
    }
  });

  test('columns in the order of features, without those to ignore', async () => {
    const text = 'id,a,b,c\n7,1,2,3\n';
    expect((await read(text, { features: ['c', 'a'] })).x).toEqual([[3, 1]]);
    expect((await read(text, { ignore: ['id'], label: ['b', 'c'] })).x).toEqual([[1]]);
    expect((await read(text, { ignore: ['id'], label: ['b', 'c'] })).y).toEqual([[2, 3]]);
  });

  test('whatever numbers, as JavaScript reads them', async () => {
    const cell = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async (rows) => {
        const { x } = await read(`a,b\n${rows.map((row) => row.join(',')).join('\n')}\n`);
        expect(x).toEqual(rows.map((row) => row.map((v) => Math.fround(v) + 0 || 0)));
      }),
      { numRuns: 100 },
    );
  });
});

describe('categories', () => {
  const text = 'kind,size,y\nred,1,no\ngreen,2,yes\nred,3,yes\nblue,4,no\n';

  test('oneHot and index, the label as well', async () => {
    const dataset = await data.csv(text, { label: 'y', columns: { kind: 'oneHot', y: 'index' } });
    expect(dataset.schema?.inputs).toEqual(['kind=blue', 'kind=green', 'kind=red', 'size']);
    expect(dataset.schema?.inputShape).toEqual([4]);
    expect(dataset.schema?.classes).toEqual(['no', 'yes']);
    expect(await rowsOf(dataset)).toEqual({
      x: [
        [0, 0, 1, 1],
        [0, 1, 0, 2],
        [0, 0, 1, 3],
        [1, 0, 0, 4],
      ],
      y: [[0], [1], [1], [0]],
    });
    const [batch] = await Array.from([(await dataset.open().next()).value]);
    expect(batch.y.dtype).toBe('int32');
  });

  test('a oneHot label fits categorical cross-entropy', async () => {
    const { y } = await read(text, { label: 'y', columns: { kind: 'index', y: 'oneHot' } });
    expect(y).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
  });

  test('numbers as words are in the order of numbers', async () => {
    const { schema } = await data.csv('k\n10\n9\n-1\n', { columns: { k: 'index' } });
    expect(schema?.toJSON().columns[0].vocabulary).toEqual(['-1', '9', '10']);
  });

  test('the vocabulary is kept: in JSON, for other files and for single rows', async () => {
    const first = await data.csv(text, { label: 'y', columns: { kind: 'oneHot', y: 'index' } });
    const schema = data.schema(JSON.parse(JSON.stringify(first.schema)));
    expect(JSON.stringify(schema)).toBe(JSON.stringify(first.schema));
    // Other columns, another order, no label.
    const second = await data.csv('size,extra,kind\n9,x,green\n', { schema });
    expect(await rowsOf(second)).toEqual({ x: [[0, 1, 0, 9]], y: [] });
    expect([...schema.encode({ kind: 'blue', size: 5 }).data]).toEqual([1, 0, 0, 5]);
    expect(
      schema.encode([
        { kind: 'blue', size: '5' },
        { kind: 'red', size: 6 },
      ]).shape,
    ).toEqual([2, 4]);
    expect(() => schema.encode({ kind: 'rde', size: 1 })).toThrow(
      /encode: row 1, column 'kind': 'rde' is not in the column's vocabulary. Did you mean 'red'/,
    );
    expect(() => schema.encode({ kind: 'red' })).toThrow(/row 1, column 'size' is missing/);
    expect(() => schema.encode({ kind: 'red', sise: 3 })).toThrow(
      /row 1 lacks the column 'size', and has 'sise', which is no column. Did you mean 'size'/,
    );
    expect([...schema.encode({ kind: 'blue', size: 5, sise: 3 }).data]).toEqual([1, 0, 0, 5]);
  });

  test('unknown words: left out, or zeros', async () => {
    const vocabulary = ['red', 'green'];
    const make = (unknown: 'drop' | 'zeros') =>
      read(text, { features: ['kind', 'size'], columns: { kind: { type: 'oneHot', vocabulary, unknown } } });
    expect((await make('zeros')).x.at(-1)).toEqual([0, 0, 4]);
    expect((await make('drop')).x).toEqual([
      [1, 0, 1],
      [0, 1, 2],
      [1, 0, 3],
    ]);
  });
});

describe('missing values', () => {
  const text = 'a,k,y\n1,u,1\n,u,2\nNA,v,3\n4, ,4\n7,v,n/a\n';
  const columns = { k: { type: 'index', missing: { fill: 'w' } } } as const;

  test('the mean, of the column where it is there', async () => {
    const { x, y } = await read(text, { label: 'y', missing: 'mean', columns });
    expect(x.map(([a]) => a)).toEqual([1, 4, 4, 4, 7]);
    expect(x.map(([, k]) => k)).toEqual([0, 0, 1, 2, 1]);
    expect(y).toEqual([[1], [2], [3], [4], [2.5]]);
  });

  test('a constant, and rows left out', async () => {
    const { x, y } = await read(text, {
      label: 'y',
      missing: -1,
      columns: { ...columns, y: { missing: 'drop' } },
    });
    expect(x).toEqual([
      [1, 0],
      [-1, 0],
      [-1, 1],
      [4, 2],
    ]);
    expect(y).toEqual([[1], [2], [3], [4]]);
    expect((await read(text, { label: 'y', missing: 'drop', columns: { k: 'index' } })).x).toEqual([[1, 0]]);
  });

  test('marks of one’s own', async () => {
    expect((await read('a,b\n1,1\n,1\n', { missing: 7, missingMarks: [] })).x).toEqual([
      [1, 1],
      [7, 1],
    ]);
    expect((await read('a\n1\n?\n-999\n', { missing: 0, missingMarks: ['?', '-999'] })).x).toEqual([
      [1],
      [0],
      [0],
    ]);
  });
});

describe('data.rows', () => {
  const houses = [
    { rooms: 3, garden: true, place: 'town', price: 100 },
    { rooms: 4, garden: false, place: 'shore', price: null },
    { place: 'town', rooms: 5n, garden: '1', price: 300 },
  ];

  test('objects by their keys', async () => {
    const dataset = await data.rows(houses, {
      label: 'price',
      columns: { place: 'oneHot', price: { missing: 'mean' } },
    });
    expect(await rowsOf(dataset)).toEqual({
      x: [
        [3, 1, 0, 1],
        [4, 0, 1, 0],
        [5, 1, 0, 1],
      ],
      y: [[100], [200], [300]],
    });
  });

  test('from generators, anew for each pass', async () => {
    let calls = 0;
    const dataset = await data.rows(
      async function* () {
        calls++;
        for (let i = 0; i < 700; i++) yield { a: i, y: i % 2 };
      },
      { label: 'y' },
    );
    expect((await rowsOf(dataset)).x).toHaveLength(700);
    expect((await rowsOf(dataset)).x[699]).toEqual([699]);
    expect(calls).toBe(3);
  });

  test('says what is wrong', async () => {
    await expect(data.rows([])).rejects.toThrow(/there are no rows/);
    await expect(data.rows([5 as never])).rejects.toThrow(/row 1 is 5; expected an object/);
    await expect(data.rows(houses, { label: 'prize' })).rejects.toThrow(
      /no column 'prize'. Did you mean 'price'/,
    );
    await expect(rowsOf(await data.rows([{ a: 1 }, { b: 1 }]))).rejects.toThrow(
      /row 2, column 'a' is missing/,
    );
    await expect(rowsOf(await data.rows([{ a: {} }]))).rejects.toThrow(
      /row 1, column 'a': an object { {2}} is not a number/,
    );
  });
});

describe('sources', () => {
  const text = 'a,b\n1,2\n3,4\n';
  const wanted = [
    [1, 2],
    [3, 4],
  ];
  let folder = '';
  let url = '';
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/x.csv' ? 200 : 404;
    response.end(text);
  });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'csv-'));
    writeFileSync(join(folder, 'x.csv'), text);
    writeFileSync(join(folder, 'x.csv.gz'), gzipSync(text));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    server.close();
  });

  const twice = async (source: data.DataSource) => {
    const dataset = await data.csv(source);
    expect((await rowsOf(dataset)).x).toEqual(wanted);
    expect((await rowsOf(dataset)).x).toEqual(wanted);
  };
  test('a path, compressed or not', async () => {
    await twice(join(folder, 'x.csv'));
    await twice(join(folder, 'x.csv.gz'));
  });
  test('URLs', async () => {
    await twice(pathToFileURL(join(folder, 'x.csv')));
    await twice(`${url}/x.csv`);
    await twice(new URL(`${url}/x.csv`));
    await twice(`data:text/csv,${encodeURIComponent(text)}`);
  });
  test('Blobs and Files', async () => {
    await twice(new Blob([text]));
    await twice(new File([gzipSync(text)], 'x.csv.gz'));
  });
  test('text, bytes, and functions that give streams', async () => {
    await twice(text);
    await twice(new TextEncoder().encode(text));
    await twice(new TextEncoder().encode(text).buffer as ArrayBuffer);
    await twice(() => new Blob([text]).stream());
    await twice(async () => [text.slice(0, 5), text.slice(5)]);
    await twice([text.slice(0, 5), text.slice(5)]);
  });
  test('a stream serves one pass', async () => {
    const dataset = await data.csv(new Blob([text]).stream());
    expect((await rowsOf(dataset)).x).toEqual(wanted);
    await expect(rowsOf(dataset)).rejects.toThrow(/the stream can be read only once.*Give a function/s);
    await expect(data.csv(new Blob([text]).stream(), { columns: { a: 'index' } })).rejects.toThrow(
      /must be learned in a first pass.*or the vocabularies/s,
    );
  });
  test('other encodings', async () => {
    const latin = Uint8Array.from([...'k\nM'].map((c) => c.charCodeAt(0)).concat(0xe9, 10));
    const { schema } = await data.csv(latin, { encoding: 'latin1', columns: { k: 'index' } });
    expect(schema?.toJSON().columns[0].vocabulary).toEqual(['Mé']);
  });
  test('bytes that are not UTF-8 are refused, wherever the pieces are cut', async () => {
    const bytes = Uint8Array.from(Buffer.from('k\na\nM\xfcller\nM\xf6ller\n', 'latin1'));
    const columns = { k: 'index' } as const;
    for (const size of [1, 2, 3, 64]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      await expect(data.csv(pieces, { columns })).rejects.toThrow(
        /the stream, about row [23]: its bytes are not UTF-8 at '.*'; set encoding: 'windows-1252'/,
      );
      const { schema } = await data.csv(pieces, { columns, encoding: 'windows-1252' });
      expect(schema?.toJSON().columns[0].vocabulary).toEqual(['Möller', 'Müller', 'a']);
    }
    await expect(data.csv(bytes.subarray(0, 6), { columns })).rejects.toThrow(
      /row 2: its bytes are not UTF-8/,
    );
    await expect(data.csv(Uint8Array.of(0xff), { columns })).rejects.toThrow(/the header: its bytes are not/);
  });
  test('a byte order mark of UTF-16', async () => {
    const little = Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le'));
    const big = Uint8Array.from(Buffer.from(little).swap16());
    for (const bytes of [little, big]) {
      await twice(bytes);
      await twice([...bytes].map((byte) => Uint8Array.of(byte)));
    }
  });
  test('what cannot be read', async () => {
    await expect(data.csv('')).rejects.toThrow(/data.csv: the path is empty/);
    await expect(data.csv('http://127.0.0.1:1/a.csv')).rejects.toThrow(/fetch failed \(.+\)/);
    await expect(data.csv(join(folder, 'y.csv'))).rejects.toThrow(/could not read .*y\.csv: ENOENT/);
    await expect(data.csv(`${url}/y.csv`)).rejects.toThrow(
      /could not read .*the server answered 404 Not Found/,
    );
    await expect(data.csv(5 as never)).rejects.toThrow(/cannot read 5; expected a path, a URL/);
    await expect(data.csv(() => 5 as never)).rejects.toThrow(/the function gave 5 to read/);
    await expect(data.csv([5 as never])).rejects.toThrow(/the stream gave 5; expected Uint8Arrays or text/);
  });
});

describe('says what is wrong with', () => {
  test.each<[string, string, RegExp, data.CsvOptions?]>([
    ['nothing', '\n', /the text is empty/],
    [
      'words',
      'a,b\n1,2\n3,x\n',
      /data.csv: the text, row 2, column 'b': 'x' is not a number. For words, say columns: { b: 'oneHot' }/,
    ],
    ['a word as label', 'a,y\n1,yes\n', /say columns: { y: 'index' }/, { label: 'y' }],
    [
      'a gap',
      'a,b\n1,\n',
      /row 1, column 'b' is missing. Leave such rows out .* or fill the gaps with missing: 'mean' or a number/,
    ],
    ['a decimal comma', 'a;b\n1;2,5\n', /'2,5' is not a number. Decimals need a point/, { delimiter: ';' }],
    [
      'a number that is too large',
      'a\n1e39\n',
      /row 1, column 'a': '1e39' is larger than a 32-bit float can be/,
    ],
    ['hexadecimal', 'a\n0x10\n', /row 1, column 'a': '0x10' is not a number/],
    ['binary', 'a\n 0B11\n', /row 1, column 'a': ' 0B11' is not a number/],
    ['a label that is far from all', 'x,b\n1,2\n', /no column 'y'. Known: x, b/, { label: 'y' }],
    ['infinity', 'a\nInfinity\n', /larger than a 32-bit float/],
    [
      'rows of other lengths',
      'a,b\n1,2\n\n1,2,3\n',
      /row 2: it has 3 cells, and the first row has 2. Cells that hold a ',' need quotes/,
    ],
    ['a quote that is not closed', 'a,b\n1,2\n"1,2\n3,4\n', /row 2: a quote is not closed/],
    ['text after a quote', 'a,b\n"1" x,2\n', /row 1: there is text after a closing quote/],
    ['another delimiter', 'a;b\n1;2\n', /has a single column, 'a;b'; set delimiter: ';'/],
    [
      'another delimiter, and commas',
      'a;b\n1,5;2\n',
      /row 1: it has 2 cells, .* If ';' stands between cells, set/,
    ],
    ['signs that cannot be seen', 'a,b\n1,"x\ny"\n', /column 'b': 'x\\ny' is not a number/],
    ['names that stand twice', 'a,a\n1,2\n', /has two columns 'a'/],
    [
      'a label that is not there',
      'price,b\n1,2\n',
      /no column 'Price'. Did you mean 'price'/,
      { label: 'Price' },
    ],
    ['a column that is not there', 'a\n1\n', /no column 'kind'. Known: a/, { columns: { kind: 'oneHot' } }],
    ['nothing left to learn from', 'y\n1\n', /no column is left for the model to see/, { label: 'y' }],
    [
      'a feature that is the label',
      'a,y\n1,2\n',
      /'y' is both a feature and the label/,
      { label: 'y', features: ['y'] },
    ],
    ['gaps only', 'a,b\n,1\n', /column 'a' has no number to take the mean of/, { missing: 'mean' }],
    ['too few names', '1,2\n', /header has 1 names, and the file 2 columns/, { header: ['a'] }],
  ])('%s', async (_, text, message, options) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });

  test('names that are missing', async () => {
    await expect(data.csv('1,2\n3,4\n', { label: 'b' })).rejects.toThrow(
      /If the file has no header, give the names/,
    );
  });

  test('very many columns are read in time that grows with their number', async () => {
    const n = 200_000;
    const header = Array.from({ length: n }, (_, i) => `c${i}`).join();
    const dataset = await data.csv(`${header},y\n${'1,'.repeat(n)}2\n`, { label: 'y' });
    expect(dataset.schema?.inputShape).toEqual([n]);
  });

  test.each<[data.CsvOptions, RegExp]>([
    [{ delimeter: ';' } as never, /no setting 'delimeter'. Did you mean 'delimiter'/],
    [{ delimiter: '"' }, /cannot be told apart/],
    [{ missing: 'median' as never }, /missing is 'median'; expected 'error', 'drop', 'mean' or a number/],
    [{ columns: { a: 'onehot' as never } }, /column 'a' has type 'onehot'. Did you mean 'oneHot'/],
    [{ columns: { a: { type: 'index', missing: 'mean' } } }, /expected 'error', 'drop', a word such as/],
    [{ columns: { a: { vocabulary: ['x'] } } }, /numbers have no vocabulary/],
    [{ columns: { a: { type: 'index', unknown: 'zeros' } } }, /unknown is 'zeros'/],
    [{ columns: { a: { type: 'index', vocabulary: ['x', 'x'] } } }, /'x' stands twice/],
    [{ label: 5 as never }, /label is 5; expected the name of a column, or a list of names/],
    [{ header: 5 as never }, /header is 5/],
    [{ encoding: 'klingon' }, /no encoding 'klingon'/],
    [{ schema: {} as never }, /expected that of a data set/],
  ])('settings %#', async (options, message) => {
    await expect(data.csv('a\n1\n', options)).rejects.toThrow(message);
  });

  test.each<[unknown, RegExp]>([
    [null, /it is null/],
    [{}, /it does not say so/],
    [{ chainrule: 'schema', missingMarks: [], columns: [] }, /it has no columns/],
    [
      { chainrule: 'schema', missingMarks: [], columns: [{ name: 'a', label: false, type: 'index' }] },
      /no vocabulary or mean/,
    ],
    [
      { chainrule: 'schema', missingMarks: [], columns: [{ name: 'a', label: false, type: 'text' }] },
      /type 'text'/,
    ],
  ])('a saved schema %#', (saved, message) => {
    expect(() => data.schema(saved)).toThrow(message);
  });

  test('too many words', async () => {
    const names = Array.from({ length: 10_001 }, (_, i) => `name ${i}`);
    await expect(data.csv(`k\n${names.join('\n')}\n`, { columns: { k: 'oneHot' } })).rejects.toThrow(
      /column 'k' has more than 10000 different values; it looks like a name or an id/,
    );
  });

  test('a quote that is never closed in a file without end: soon, and without its memory', async () => {
    let given = 0;
    const endless = async function* () {
      yield 'a,b\n1,2\n"';
      for (;;) {
        given++;
        yield 'x'.repeat(2 ** 18);
      }
    };
    await expect(read(() => endless())).rejects.toThrow(
      /row 2: it has more than 16777216 characters; is a quote not closed/,
    );
    expect(given).toBeLessThan(70);
  });
});

test('columns may have any name', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'a b', ''];
  const dataset = await data.csv(`${names.join(',')}\n1,2,3,4,5\n`, {
    columns: JSON.parse('{ "__proto__": { "type": "number", "missing": 0 } }'),
    label: 'constructor',
  });
  expect(await rowsOf(dataset)).toEqual({ x: [[1, 3, 4, 5]], y: [[2]] });
  const schema = data.schema(JSON.parse(JSON.stringify(dataset.schema)));
  const row = JSON.parse('{ "__proto__": 7, "toString": 1, "a b": 2, "": 3 }');
  expect([...schema.encode(row).data]).toEqual([7, 1, 2, 3]);
  expect(() => schema.encode({ toString: 1, 'a b': 1, '': 1 } as never)).not.toThrow(/toString/);
  expect(({} as { type?: unknown }).type).toBeUndefined();
});

test('normalization adapts to a data set, and the model learns from it', async () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({ a: i * 100, b: (i * 7) % 11, y: i / 100 }));
  const dataset = await data.rows(rows, { label: 'y' });
  const norm = layers.normalization({ inputShape: dataset.schema?.inputShape as readonly number[] });
  await norm.adapt(dataset);
  const net = sequential({ layers: [norm, layers.dense({ units: 1 })] });
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'meanSquaredError' });
  expect(net.getWeights()[0].data[0]).toBe(9950);
  const { history } = await net.fitDataset(dataset, { epochs: 30, batchSize: 16 });
  expect(history.loss.at(-1)).toBeLessThan(history.loss[0] / 4);
});
