import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decode } from '../../src/formats/readSafetensors.js';
import { encode } from '../../src/formats/safetensors.js';
import { DataError, layers, ShapeError, StateError, sequential, tensor } from '../../src/index.js';
import { line, network, weightsOf } from '../support/problems.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saving-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { x, y } = line(20);

async function trained() {
  const net = network();
  await net.fit(x, y, { epochs: 3 });
  return net;
}

test('weights go through a file and come back bit by bit', async () => {
  const net = await trained();
  const path = join(folder, 'a.safetensors');
  await net.save(path);
  const other = network({ seed: 9 });
  await other.loadWeights(path);
  expect(weightsOf(other)).toEqual(weightsOf(net));
  expect(other.predict(x)).toEqual(net.predict(x));
});

test('through bytes, and through a file URL', async () => {
  const net = await trained();
  const other = network({ seed: 9 });
  await other.loadWeights(net.toSafetensors());
  expect(weightsOf(other)).toEqual(weightsOf(net));
  const url = pathToFileURL(join(folder, 'b c.safetensors'));
  await net.save(url);
  const third = network({ seed: 8 });
  await third.loadWeights(url);
  expect(weightsOf(third)).toEqual(weightsOf(net));
});

test('running statistics are saved, too', async () => {
  const make = () => {
    const net = sequential({
      layers: [layers.batchNormalization({ inputShape: [3] }), layers.dense({ units: 1 })],
    });
    return net.compile({ loss: 'meanSquaredError' });
  };
  const net = make();
  await net.fit(x, y);
  const other = make();
  await other.loadWeights(net.toSafetensors());
  expect(await other.evaluate(x, y)).toEqual(await net.evaluate(x, y));
});

test('the file tells the names, the format and the architecture', async () => {
  const net = await trained();
  const { tensors, metadata } = decode(net.toSafetensors());
  expect([...tensors.keys()]).toEqual(['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']);
  expect(tensors.get('dense/kernel')?.shape).toEqual([3, 5]);
  expect(metadata.format).toBe('chainrule');
  expect(JSON.parse(metadata.architecture)).toEqual({
    $make: 'sequential',
    config: {
      layers: [
        {
          $make: 'layers.dense',
          config: { units: 5, activation: 'tanh', inputShape: [3], name: 'dense' },
        },
        { $make: 'layers.dense', config: { units: 1, name: 'dense_1' } },
      ],
      name: 'sequential',
      seed: 0,
    },
  });
});

test('weights only, when asked for', async () => {
  const net = await trained();
  const bytes = net.toSafetensors({ weightsOnly: true });
  expect(Object.keys(decode(bytes).metadata)).toEqual(['format', 'checksum']);
  const path = join(folder, 'weights.safetensors');
  await net.saveWeights(path);
  expect(new Uint8Array(await readFile(path))).toEqual(bytes);
  expect(() => net.toSafetensors({ weightOnly: true } as never)).toThrow(/Did you mean 'weightsOnly'/);
});

test('a file is replaced whole or not at all, and nothing else stays behind', async () => {
  const net = await trained();
  const inner = await mkdtemp(join(folder, 'whole-'));
  const path = join(inner, 'model.safetensors');
  await writeFile(path, 'old');
  await net.save(path);
  await net.save(path);
  expect(await readdir(inner)).toEqual(['model.safetensors']);
  expect(new Uint8Array(await readFile(path))).toEqual(net.toSafetensors());
  // A folder of that name cannot be replaced by a file.
  await expect(net.save(folder)).rejects.toThrow();
  expect((await readdir(inner)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(
    (await readdir(join(folder, '..'))).filter((name) => name.endsWith('.tmp') && name.startsWith('saving-')),
  ).toEqual([]);
});

test('a folder that does not exist', async () => {
  await expect((await trained()).save(join(folder, 'nowhere', 'a.safetensors'))).rejects.toThrow(/ENOENT/);
});

describe('a file that does not fit changes nothing', () => {
  const kernel = tensor(new Float32Array(15), [3, 5]);
  const rest = [
    ['dense/bias', tensor(new Float32Array(5))],
    ['dense_1/kernel', tensor(new Float32Array(5), [5, 1])],
    ['dense_1/bias', tensor(new Float32Array(1))],
  ] as const;
  const good = encode([['dense/kernel', kernel], ...rest]);
  test.each([
    [
      'a missing weight',
      encode(rest),
      DataError,
      /the file lacks dense\/kernel\. Build sequential with the layers/,
    ],
    [
      'an unknown weight',
      encode([['dense/kernel', kernel], ...rest, ['extra', kernel]]),
      DataError,
      /has extra, which the model does not know/,
    ],
    [
      'another name',
      encode([['dens/kernel', kernel], ...rest]),
      DataError,
      /lacks dense\/kernel and has dens\/kernel, .* For dense\/kernel: Did you mean 'dens\/kernel'/,
    ],
    [
      'another shape',
      encode([['dense/kernel', tensor(new Float32Array(15), [5, 3])], ...rest]),
      ShapeError,
      /dense\/kernel has shape \[5, 3\] in the file; sequential needs \[3, 5\]/,
    ],
    ['a file cut off', good.subarray(0, good.length - 4), DataError, /cut off/],
    ['no file of this kind', Uint8Array.from([1, 2, 3]), DataError, /too few/],
  ])('%s', async (_, bytes, type, message) => {
    const net = await trained();
    const before = weightsOf(net);
    await expect(net.loadWeights(bytes)).rejects.toThrow(type);
    await expect(net.loadWeights(bytes)).rejects.toThrow(message);
    expect(weightsOf(net)).toEqual(before);
    await net.loadWeights(good);
    expect(weightsOf(net).flat()).toEqual(new Array(26).fill(0));
  });

  test.each([undefined, '', 7, {}])('a path that is none: %s', async (path) => {
    const net = network();
    await expect(net.save(path as never)).rejects.toThrow(/the path is .*; expected a file name such as/);
    await expect(net.loadWeights(path as never)).rejects.toThrow(/the path is/);
  });
});

test('where there are no files, the error says what to do', async () => {
  vi.stubGlobal('process', undefined);
  try {
    const save = network().save('a.safetensors');
    await expect(save).rejects.toThrow(StateError);
    await expect(save).rejects.toThrow(
      /save: this platform has no files\. Save to 'indexeddb:.*toSafetensors\(\)/,
    );
  } finally {
    vi.unstubAllGlobals();
  }
});
