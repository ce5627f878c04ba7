import { describe, expect, test } from 'vitest';
import { isTensor } from '../../src/data/tensor.js';
import { PlainWriter } from '../../src/formats/plain.js';
import { type PlainReader, readPlain } from '../../src/formats/readPlain.js';
import { ConfigError, DataError, losses, type Tensor, tensor } from '../../src/index.js';

const roundTrip = (value: unknown): unknown => {
  const tensors = new Map<string, Tensor>();
  const writer = new PlainWriter((given, where) => {
    tensors.set(where, given);
    return where;
  });
  const json = JSON.stringify(writer.write(value, 'value'));
  return readPlain(JSON.parse(json), 'value', {
    what: 'test',
    tensor: (name) => tensors.get(name) as Tensor,
  });
};

test.each([
  [null],
  [true],
  ['text'],
  ['$number'],
  [1.5e-300],
  [Number.NaN],
  [Number.NEGATIVE_INFINITY],
  [-0],
  [[1, [2, Number.POSITIVE_INFINITY], {}]],
  [{ a: { b: [null, 'c'] }, toString: 1, hasOwnProperty: [] }],
  [Object.assign(Object.create(null), { a: 1 })],
])('%o comes back as it was', (value) => {
  expect(roundTrip(value)).toEqual(value);
});

test('tensors and typed arrays come back as tensors', () => {
  const back = roundTrip({ best: [tensor([[1, 2]]), Float32Array.of(3)] }) as { best: Tensor[] };
  expect(back.best).toEqual([tensor([[1, 2]]), tensor(Float32Array.of(3))]);
  expect(back.best.every(isTensor)).toBe(true);
});

test('what users wrote is kept by name', () => {
  const double = (x: unknown) => x;
  const own = { name: 'own', values: () => new Float32Array() };
  class Mine {
    name = 'mine';
  }
  const written = new PlainWriter().write([double, own, new Mine(), double, losses.mse], 'list');
  expect(written).toEqual(
    ['double', 'own', 'mine', 'double', 'meanSquaredError'].map(($custom) => ({ $custom })),
  );
});

test('what has no name of its own is named after its place, and twins are numbered', () => {
  const twins = [{ loss: () => 0 }, { loss: () => 1 }];
  expect(new PlainWriter().write({ fs: [() => 0, () => 1], map: new Map(), twins }, 'net')).toEqual({
    fs: [{ $custom: 'fs_0' }, { $custom: 'fs_1' }],
    map: { $custom: 'map' },
    twins: [{ loss: { $custom: 'loss' } }, { loss: { $custom: 'loss_1' } }],
  });
});

describe('what cannot be saved is an error that says where it is', () => {
  const writer = () => new PlainWriter();
  const circle: unknown[] = [];
  circle.push(circle);
  test.each([
    ['a symbol', { a: Symbol('s') }, /^list\.a is Symbol\(s\), which cannot be saved/],
    ['a big number', 1n, /^list is 1n, which/],
    ['a reserved key', { $make: 1 }, /a key named '\$make' cannot be saved/],
    ['a key of prototypes', JSON.parse('{"__proto__": 1}'), /a key named '__proto__'/],
    ['itself', circle, /nested more than 32 deep/],
    ['a tensor where none is expected', { t: tensor([1]) }, /^list\.t is an object/],
  ])('%s', (_, value, message) => {
    expect(() => writer().write(value, 'list')).toThrow(ConfigError);
    expect(() => writer().write(value, 'list')).toThrow(message);
  });
});

describe('a file cannot ask for anything but what the reader makes', () => {
  const reader: PlainReader = {
    what: 'load',
    make: (path, config) => [path, config],
    custom: (name) => name,
    tensor: () => tensor([1]),
  };
  const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
  test.each([
    ['{"__proto__": {"polluted": 1}}', /has a key '__proto__'/],
    ['{"a": {"constructor": {"prototype": 1}}}', /value\.a has a key 'constructor'/],
    ['{"$make": "layers.dense"}', /is an object \{ \$make \}/],
    ['{"$make": "layers.dense", "config": []}', /damaged/],
    ['{"$make": 7, "config": {}}', /damaged/],
    ['{"$make": "a", "config": {}, "more": 1}', /damaged/],
    ['{"$number": "toString"}', /damaged/],
    ['{"$number": "7"}', /damaged/],
    ['{"$eval": "process.exit()"}', /damaged/],
    ['{"$number": "NaN", "$custom": "f"}', /damaged/],
    [deep, /nested more than/],
  ])('%.60s', (json, message) => {
    expect(() => readPlain(JSON.parse(json), 'value', reader)).toThrow(DataError);
    expect(() => readPlain(JSON.parse(json), 'value', reader)).toThrow(message);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('a tag that the reader has no use for', () => {
    expect(() => readPlain({ $tensor: 'a' }, 'value', { what: 'load' })).toThrow(DataError);
  });
});
