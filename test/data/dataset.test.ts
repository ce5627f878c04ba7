import { describe, expect, test } from 'vitest';
import { data, tensor } from '../../src/index.js';

/** Rows 0 … n − 1: x [n, 2] holds i and 10·i, y the remainder of three. */
function numbered(n: number) {
  const x = Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 10 : 1) * Math.floor(i / 2));
  return data.tensors(
    tensor(x, [n, 2]),
    Int32Array.from({ length: n }, (_, i) => i % 3),
  );
}

/** The first number of every example, in order; the second and the target must belong to it. */
async function ids(dataset: data.Dataset, epoch = 0): Promise<number[]> {
  const found: number[] = [];
  for await (const { x, y } of dataset.open(epoch)) {
    for (let i = 0; i < x.shape[0]; i++) {
      expect(x.data[2 * i + 1]).toBe(10 * x.data[2 * i]);
      expect(y?.data[i]).toBe(x.data[2 * i] % 3);
      found.push(x.data[2 * i]);
    }
  }
  return found;
}

async function all(dataset: data.Dataset) {
  const found = [];
  for await (const batch of dataset) found.push(batch);
  return found;
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const sorted = (list: readonly number[]) => [...list].sort((a, b) => a - b);

async function sizes(dataset: data.Dataset): Promise<number[]> {
  const found: number[] = [];
  for await (const { x } of dataset) found.push(x.shape[0]);
  return found;
}

describe('batches', () => {
  test('of the given size, the last of what is left, whatever came in', async () => {
    expect(await sizes(numbered(10).batch(4))).toEqual([4, 4, 2]);
    const uneven = data.batches(function* () {
      for (const n of [1, 5, 0, 2, 7])
        yield { x: tensor(new Float32Array(2 * n), [n, 2]), y: new Int32Array(n) };
    });
    expect(await sizes(uneven.batch(4))).toEqual([4, 4, 4, 3]);
    expect(await ids(numbered(2500).batch(7))).toEqual(range(0, 2500));
  });

  test('keep their kinds of numbers', async () => {
    for await (const { x, y } of numbered(5).batch(2)) {
      expect(x.dtype).toBe('float32');
      expect(y?.dtype).toBe('int32');
    }
  });
});

describe('shuffle', () => {
  test('keeps every example once, in an order that hangs on seed and epoch alone', async () => {
    const orders = await Promise.all([
      ids(numbered(3000).shuffle(100, 7), 0),
      ids(numbered(3000).shuffle(100, 7), 0),
      ids(numbered(3000).shuffle(100, 7), 1),
      ids(numbered(3000).shuffle(100, 8), 0),
    ]);
    for (const order of orders) expect(sorted(order)).toEqual(range(0, 3000));
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).not.toEqual(orders[0]);
    expect(orders[3]).not.toEqual(orders[0]);
    // An example waits in a buffer of 100: none leaves it before it has come.
    for (const [at, id] of orders[0].entries()) expect(id).toBeLessThanOrEqual(at + 100);
  });

  test('with a buffer as large as the data every place is equally likely', async () => {
    const counts = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
    for (let epoch = 0; epoch < 2000; epoch++) {
      for (const [at, id] of (await ids(numbered(5).shuffle(50), epoch)).entries()) counts[id][at]++;
    }
    // 400 ± 18 each; 6 deviations.
    for (const count of counts.flat()) expect(Math.abs(count - 400)).toBeLessThan(108);
  });
});

test('take, skip and filter choose examples', async () => {
  expect(await ids(numbered(2000).take(1500).skip(1490))).toEqual(range(1490, 1500));
  expect(await ids(numbered(5).skip(9))).toEqual([]);
  expect(await ids(numbered(9).filter(({ y }) => y?.data[0] === 2))).toEqual([2, 5, 8]);
  expect(numbered(20).take(15).skip(5).size).toBe(10);
});

test('map changes examples, and may wait', async () => {
  const mapped = numbered(3).map(async ({ x, y }, index) => {
    await Promise.resolve();
    return { x: x.data.map((v) => v + 1), y: [index, Number(y?.data[0])] };
  });
  const [batch] = await all(mapped);
  expect([...batch.x.data]).toEqual([1, 1, 2, 11, 3, 21]);
  expect(batch.y?.shape).toEqual([3, 2]);
});

describe('split', () => {
  test('parts are disjoint, complete, the same every time, and of the right size', async () => {
    const [train, test] = numbered(1000).split(0.8, { seed: 3 });
    const [a, b] = [await ids(train), await ids(test)];
    expect(sorted([...a, ...b])).toEqual(range(0, 1000));
    expect(a.length).toBe(800);
    expect(await ids(train, 5)).toEqual(a);
    const [other] = numbered(1000).split(0.8, { seed: 4 });
    expect(await ids(other)).not.toEqual(a);
  });

  test('odd shares come out right in the long run', async () => {
    const [train] = numbered(3000).split(0.137);
    expect(Math.abs((await ids(train)).length - 411)).toBeLessThan(3);
  });

  test('stratify shares out every label', async () => {
    const [, test] = numbered(300).split(0.9, { stratify: true });
    const labels = (await ids(test)).map((id) => id % 3);
    expect([0, 1, 2].map((label) => labels.filter((l) => l === label).length)).toEqual([10, 10, 10]);
  });

  test('after shuffle it would choose others each time', () => {
    const mixed = numbered(10).shuffle(5);
    for (const choose of [() => mixed.split(0.5), () => mixed.take(5), () => mixed.skip(5)])
      expect(choose).toThrow(/after shuffle every epoch has another order.*before shuffle/s);
  });
});

describe('sources', () => {
  test('a function is called anew for every pass, with the epoch', async () => {
    const epochs: number[] = [];
    const dataset = data.examples((epoch) => {
      epochs.push(epoch);
      return [[[epoch, 10 * epoch], epoch % 3]] as const;
    });
    expect(await ids(dataset, 0)).toEqual([0]);
    expect(await ids(dataset, 4)).toEqual([4]);
    expect(epochs).toEqual([0, 4]);
  });

  test('a generator serves one pass and says so at the next', async () => {
    const generator = (function* () {
      yield { x: [1, 10], y: 1 };
    })();
    const dataset = data.examples(generator);
    expect(await ids(dataset)).toEqual([1]);
    await expect(ids(dataset)).rejects.toThrow(/can be read only once.*Hand over the function/s);
  });

  test('{ xs, ys } and [x, y] serve as well as { x, y }', async () => {
    expect(await ids(data.examples([{ xs: [1, 10], ys: 1 }, [[2, 20], 2], { x: [3, 30], y: 0 }]))).toEqual([
      1, 2, 3,
    ]);
  });

  test('prefetch reads ahead and changes nothing', async () => {
    let read = 0;
    const source = data.batches(function* () {
      for (let i = 0; i < 10; i++) {
        read++;
        yield { x: [[i, 10 * i]], y: [i % 3] };
      }
    });
    const ahead = source.prefetch(4).open(0);
    await ahead.next();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(read).toBeGreaterThanOrEqual(4);
    expect(read).toBeLessThan(7);
    expect(await ids(source.prefetch(3))).toEqual(range(0, 10));
  });

  test('who stops early closes the source', async () => {
    let closed = 0;
    const source = data.examples(async function* () {
      try {
        for (let i = 0; ; i++) yield { x: [i, 10 * i], y: i % 3 };
      } finally {
        closed++;
      }
    });
    for await (const _ of source
      .shuffle(10)
      .map((e) => ({ x: e.x, y: e.y ?? 0 }))
      .prefetch(2)
      .batch(4))
      break;
    expect(closed).toBe(1);
  });
});

describe('says what is wrong with', () => {
  const fails = async (dataset: data.Dataset, message: RegExp) =>
    expect(all(dataset)).rejects.toThrow(message);

  test('examples', async () => {
    await fails(data.examples([{ a: 1 } as never]), /example 0 is an object { a }; expected { x, y }/);
    await fails(data.examples([{ x: [1] }, { x: [1, 2] }]), /x has shape \[2\] in one example and \[1\]/);
    await fails(
      data.examples([{ x: [1], y: 1 }, { x: [1] }]),
      /some examples have a target y and some have none/,
    );
    await fails(
      data.examples(() => 5 as never),
      /the function gave 5; expected something to loop over/,
    );
    await fails(data.batches([{ x: [[1], [2]], y: [1] }]), /batch 0: x has 2 examples and y has 1/);
    await fails(data.batches([{ x: 1 }]), /x is a single number/);
    expect(() => data.examples(7 as never)).toThrow(/got 7; expected a list, a generator function/);
    expect(() => data.tensors([[1], [2]], [1])).toThrow(/x has 2 examples and y has 1/);
  });

  test('settings', () => {
    const dataset = numbered(3);
    expect(() => dataset.batch(0)).toThrow(/batch: size is 0/);
    expect(() => dataset.shuffle(1.5)).toThrow(/bufferSize is 1.5/);
    expect(() => dataset.shuffle(1, 'a' as never)).toThrow(/seed is 'a'/);
    expect(() => dataset.map(1 as never)).toThrow(/expected a function/);
    expect(() => dataset.split(2)).toThrow(/share is 2/);
    expect(() => dataset.split(0.5, { sed: 1 } as never)).toThrow(/Did you mean 'seed'/);
  });
});
