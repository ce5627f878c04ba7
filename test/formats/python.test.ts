/** Files go to Python's safetensors and back. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src/formats/readSafetensors.js';
import { DataError, layers, loadModel, safetensors, sequential, tensor } from '../../src/index.js';

interface Read {
  readonly metadata: Record<string, string>;
  readonly tensors: Record<string, { dtype: string; shape: number[]; data: number[] }>;
}
const golden: { saved: string; written: string; read: Read } = JSON.parse(
  readFileSync(new URL('../golden/safetensors.json', import.meta.url), 'utf8'),
);
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

describe('a model that was saved once', () => {
  test('is what Python reads', async () => {
    const net = await loadModel(bytes(golden.saved));
    const { tensors, metadata } = decode(net.toSafetensors());
    const { read } = golden;
    expect([...tensors.keys()].sort()).toEqual(Object.keys(read.tensors));
    for (const [name, { dtype, shape, data }] of Object.entries(read.tensors)) {
      expect(dtype).toBe('float32');
      expect(tensors.get(name)).toEqual(tensor(Float32Array.from(data), shape));
    }
    // Python's library gives the texts as they were written, and the model says the same of itself today.
    expect(metadata).toEqual(read.metadata);
    expect(net.name).toBe('small');
  });

  test('is asked about when another program has changed it', async () => {
    const { tensors, metadata } = decode(bytes(golden.saved));
    const changed = new Map(tensors).set('dense_1/bias', tensor([7]));
    await expect(loadModel(safetensors.encode(changed, metadata))).rejects.toThrow(DataError);
    await expect(loadModel(safetensors.encode(changed, metadata))).rejects.toThrow(
      /checksum .* another program wrote it anew\. If you changed it on purpose/,
    );
    const { checksum: _, ...rest } = metadata;
    const net = await loadModel(safetensors.encode(changed, rest));
    expect([...net.getWeights()[7].data]).toEqual([7]);
  });
});

test('what Python writes is read', async () => {
  const { tensors, metadata } = decode(bytes(golden.written));
  expect(metadata).toEqual({ format: 'np', note: 'schön' });
  expect(tensors.get('labels')).toEqual(tensor(Int32Array.of(-(2 ** 31), 2 ** 31 - 1), [1, 2]));
  expect(tensors.get('pixels')).toEqual(tensor(Uint8Array.of(0, 7, 255)));
  const weights = new Map([...tensors].filter(([name]) => name.startsWith('dense/')));
  const net = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
  await net.loadWeights(safetensors.encode(weights));
  expect(net.getWeights()[0].data).toEqual(Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25));
  expect(net.getWeights()[1].data).toEqual(Float32Array.of(-1.5, 2e-45));
});
