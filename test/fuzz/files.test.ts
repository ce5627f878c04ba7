/** Files that were damaged or made to harm: each is read right, or refused with an error of the library's. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../src/formats/readSafetensors.js';
import { encode, type Metadata, type Safetensors } from '../../src/formats/safetensors.js';
import { seal } from '../../src/formats/sealed.js';
import {
  callbacks,
  initializers,
  layers,
  loadModel,
  losses,
  metrics,
  optimizers,
  type Sequential,
  sequential,
} from '../../src/index.js';
import { line, network } from '../support/problems.js';
import { expectNoPollution, fuzz, hostileJson, refusedOr, refusedOrLater } from './hostile.js';

const { x, y } = line(6);

/** Of the models that are loaded, one in so many is used as well, which takes ten times as long. */
const USED = 8;
let loaded = 0;

function rich(): Sequential {
  const net = sequential({
    layers: [
      layers.normalization({ inputShape: [3] }),
      layers.dense({ units: 4, activation: 'gelu', kernelInitializer: initializers.heNormal({ seed: 4 }) }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.dropout({ rate: 0.3, seed: 1 }),
      layers.reshape({ targetShape: [2, -1] }),
      layers.flatten(),
      layers.layerNormalization(),
      layers.leakyReLU({ negativeSlope: 0.1 }),
      layers.dense({ units: 1, trainable: false }),
      layers.rescaling({ scale: 2, offset: 1 }),
    ],
  });
  return net.compile({
    optimizer: optimizers.adam({ clipnorm: 1 }),
    loss: losses.huber({ delta: 0.5 }),
    metrics: ['mae', metrics.meanSquaredError()],
  });
}

let backup = new Uint8Array();
const files: { readonly bytes: Uint8Array; readonly file: Safetensors }[] = [];
beforeAll(async () => {
  const net = rich();
  await net.fit(x, y, {
    epochs: 2,
    batchSize: 2,
    verbose: 0,
    callbacks: [
      callbacks.earlyStopping({ monitor: 'loss', restoreBestWeights: true, patience: 9 }),
      {
        onSafePoint(training) {
          backup = training.backup() as Uint8Array<ArrayBuffer>;
        },
      },
    ],
  });
  for (const bytes of [net.toSafetensors(), network().toSafetensors(), backup])
    files.push({ bytes, file: decode(bytes) });
});

/** Ways to damage bytes: what, where (a share of the length), how much. */
const bytesDamage = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'drop', 'repeat', 'zero', 'length'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  n: fc.nat(300),
});

function damaged(bytes: Uint8Array, { kind, at, n }: { kind: string; at: number; n: number }): Uint8Array {
  const i = Math.floor(at * (bytes.length - 1));
  const copy = bytes.slice();
  if (kind === 'flip') copy[i] ^= 1 << (n % 8);
  else if (kind === 'zero') copy.fill(n % 256, i, i + n);
  else if (kind === 'cut') return bytes.slice(0, i);
  else if (kind === 'drop') return Uint8Array.of(...bytes.slice(0, i), ...bytes.slice(i + n));
  else if (kind === 'repeat') return Uint8Array.of(...bytes.slice(0, i + n), ...bytes.slice(i));
  else new DataView(copy.buffer).setBigUint64(0, 1n << BigInt(n % 64), true);
  return copy;
}

/** A change of a JSON value somewhere inside: the path is a number for each level. */
const jsonDamage = fc.record({
  path: fc.array(fc.nat(40), { maxLength: 6 }),
  kind: fc.constantFrom('replace', 'rename', 'remove', 'add', 'wrap', 'swap', 'twice'),
  value: fc.constantFrom(...hostileJson),
  key: fc.constantFrom(
    '__proto__',
    'constructor',
    'units',
    '$make',
    '$custom',
    'config',
    'name',
    'shape',
    'é',
  ),
});
type JsonDamage = typeof jsonDamage extends fc.Arbitrary<infer T> ? T : never;

/** JSON text of the value, changed. Built as text, so that keys may stand twice. */
function bent(value: unknown, damage: JsonDamage, depth = 0): string {
  const { path, kind, key } = damage;
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const here = depth === path.length || inner.length === 0;
  if (here && kind === 'replace') return JSON.stringify(damage.value);
  if (here && kind === 'wrap') return `[${JSON.stringify(value)}]`;
  const at = inner.length > 0 ? (path[depth] ?? 0) % inner.length : -1;
  const texts = inner.map(([name, item], i): [string, string] => [
    name,
    i === at && !here ? bent(item, damage, depth + 1) : JSON.stringify(item),
  ]);
  if (here && kind === 'remove') texts.splice(at, 1);
  if (here && kind === 'rename' && at >= 0) texts[at][0] = key;
  if (here && kind === 'add') texts.push([key, JSON.stringify(damage.value)]);
  if (here && kind === 'twice' && at >= 0) texts.push(texts[at]);
  if (here && kind === 'swap' && at >= 0) texts[at][1] = texts[(at + 1) % texts.length][1];
  if (Array.isArray(value)) return `[${texts.map(([, text]) => text).join(',')}]`;
  if (inner.length === 0 && !['add', 'rename'].includes(kind)) return JSON.stringify(value) ?? 'null';
  return `{${texts.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

/** A file with another header, its length set right. */
function withHeader(bytes: Uint8Array, change: (header: unknown) => string): Uint8Array {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const text = new TextEncoder().encode(change(header));
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + length), 8 + text.length);
  return out;
}

/** Loads the bytes, and uses what comes of it. */
async function use(bytes: Uint8Array): Promise<'loaded' | 'refused'> {
  const model = await refusedOrLater(() => loadModel(bytes));
  if (!model) return 'refused';
  expect(model.executor.arena.bytes).toBeLessThan(16e6);
  if (loaded++ % USED > 0) return 'loaded';
  refusedOr(() => model.predict(x));
  if (model.compileOptions) refusedOr(() => model.trainOnBatch(x, y));
  refusedOr(() => model.toSafetensors());
  return 'loaded';
}

describe('a model file', () => {
  test('with damaged bytes', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), bytesDamage, async (which, damage) => {
        const { bytes } = files[which];
        const wrong = damaged(bytes, damage);
        const outcome = await use(wrong);
        // All of a file is under its checksum; only what takes the key of the sum away passes.
        if (outcome === 'loaded' && !wrong.every((byte, i) => byte === bytes[i]))
          expect(decode(wrong).metadata.checksum).toBeUndefined();
        expectNoPollution();
      }),
      fuzz(0.5),
    );
  });

  test('with a header made to harm', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), jsonDamage, fc.boolean(), async (which, damage, sealed) => {
        const { bytes } = files[which];
        const wrong = withHeader(bytes, (header) => {
          if (!sealed) delete (header as { __metadata__: Record<string, unknown> }).__metadata__.checksum;
          return bent(header, damage);
        });
        refusedOr(() => decode(wrong));
        await use(wrong);
        expectNoPollution();
      }),
      fuzz(0.25),
    );
  });

  test('with an architecture, settings and counters made to harm', { timeout: 3_600_000 }, async () => {
    const outcomes = { loaded: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1),
        fc.constantFrom('architecture', 'compile', 'training'),
        fc.array(jsonDamage, { minLength: 1, maxLength: 3 }),
        async (which, key, damages) => {
          const { tensors, metadata } = files[which].file;
          let text = metadata[key];
          for (const damage of damages) text = bent(refusedJson(text), damage);
          outcomes[await use(seal(tensors, { ...metadata, [key]: text } as Metadata))]++;
          expectNoPollution();
        },
      ),
      fuzz(0.25),
    );
    // Some changes are harmless; were all refused, nothing behind the first check would have been reached.
    expect(outcomes.loaded).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });
});

const refusedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

test('a backup made to harm', { timeout: 3_600_000 }, async () => {
  const { tensors, metadata } = decode(backup);
  const outcomes = { resumed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(jsonDamage, { minLength: 1, maxLength: 2 }), async (damages) => {
      let text = metadata.fit;
      for (const damage of damages) text = bent(refusedJson(text), damage);
      const { checksum: _, ...rest } = metadata;
      const net = rich();
      const before = net.toSafetensors();
      let resumed = false;
      const fitted = await refusedOrLater(() =>
        net.fit(x, y, {
          epochs: 2,
          batchSize: 2,
          verbose: 0,
          doctor: 'off',
          callbacks: [
            callbacks.earlyStopping({ monitor: 'loss', restoreBestWeights: true, patience: 9 }),
            {
              async onResume(training) {
                await training.resume(encode(tensors, { ...rest, fit: text }));
                resumed = true;
              },
            },
          ],
        }),
      );
      outcomes[resumed ? 'resumed' : 'refused']++;
      if (!fitted && !resumed) {
        net.fitSeed = undefined;
        expect(net.toSafetensors()).toEqual(before);
      }
      expectNoPollution();
    }),
    fuzz(0.03),
  );
  expect(outcomes.resumed).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
});

describe('memory is not taken on a claim', () => {
  const claims: [string, unknown][] = [
    ['terabytes of one tensor', { a: { dtype: 'F32', shape: [2 ** 40], data_offsets: [0, 2 ** 42] } }],
    ['an overflowing product', { a: { dtype: 'F32', shape: [2 ** 32, 2 ** 32], data_offsets: [0, 0] } }],
    ['more axes than can be', { a: { dtype: 'U8', shape: new Array(1e5).fill(1), data_offsets: [0, 1] } }],
    ['a gap', { a: { dtype: 'U8', shape: [1], data_offsets: [5, 6] } }],
    [
      'the same bytes, many times',
      Object.fromEntries(
        Array.from({ length: 1e4 }, (_, i) => [`a${i}`, { dtype: 'U8', shape: [8], data_offsets: [0, 8] }]),
      ),
    ],
  ];
  test.each(claims)('%s', (_, header) => {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + 8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    const before = process.memoryUsage();
    expect(() => decode(bytes)).toThrow(/safetensors: /);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(10e6);
  });

  test('a header that claims terabytes', () => {
    const bytes = new Uint8Array(100);
    new DataView(bytes.buffer).setBigUint64(0, 1n << 42n, true);
    expect(() => decode(bytes)).toThrow(/claims 4398046511104 bytes, more than the format's/);
  });

  test('a text of many megabytes, and nesting without end', () => {
    const long = `{"__metadata__":{"a":"${'x'.repeat(2e7)}"}}`;
    const nested = `{"a":${'['.repeat(2e6)}${']'.repeat(2e6)}}`;
    for (const header of [long, nested]) {
      const text = new TextEncoder().encode(header);
      const bytes = new Uint8Array(8 + text.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      const read = refusedOr(() => decode(bytes));
      expect(read === undefined).toBe(header === nested);
    }
  });
});
