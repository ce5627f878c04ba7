/** Ops that need a host: values written before a run, and batches from a data set in memory. */
import { describe, expect, test } from 'vitest';
import { Storage } from '../../assembly/opcodes.js';
import { interpret } from '../../src/compile/interpret.js';
import { plan } from '../../src/compile/plan.js';
import type { Node } from '../../src/graph/node.js';
import { Variable } from '../../src/graph/variable.js';
import { add } from '../../src/ops/add.js';
import { gather } from '../../src/ops/gather.js';
import { constant, placeholder, variable } from '../../src/ops/leaf.js';
import { mul } from '../../src/ops/mul.js';
import { neg } from '../../src/ops/neg.js';
import { advance } from '../../src/ops/updates.js';
import { Executor } from '../../src/runtime/executor.js';

function load(outputs: Node[], effects: Node[] = []) {
  const executor = new Executor();
  const loaded = executor.load(plan(effects, { outputs }));
  return { executor, loaded };
}

describe('placeholder', () => {
  test('holds what the host writes before each run', () => {
    const x = placeholder('x', [3]);
    const y = mul(add(x, constant(Float32Array.of(10, 20, 30), [3])), 2);
    const { executor, loaded } = load([y]);
    for (const values of [
      [1, 2, 3],
      [-1, 0, 1],
    ]) {
      executor.poison();
      executor.view(loaded, x).set(values);
      executor.run(loaded);
      expect([...executor.view(loaded, y)]).toEqual(values.map((v, i) => (v + 10 * (i + 1)) * 2));
    }
  });

  test('survives as an output, also where others read it', () => {
    const x = placeholder('x', [5]);
    const y = neg(x);
    const { executor, loaded } = load([x, y]);
    executor.poison();
    executor.view(loaded, x).set([1, 2, 3, 4, 5]);
    executor.run(loaded);
    expect([...executor.view(loaded, x)]).toEqual([1, 2, 3, 4, 5]);
    expect([...executor.view(loaded, y)]).toEqual([-1, -2, -3, -4, -5]);
  });

  test('keeps its value when a larger program moves the scratch memory', () => {
    const x = placeholder('x', [2]);
    const y = neg(x);
    const { executor, loaded } = load([y]);
    executor.view(loaded, x).set([1, 2]);
    executor.run(loaded);
    const big = placeholder('big', [50_000]);
    executor.load(plan([], { outputs: [neg(big)] }));
    executor.view(loaded, x).set([3, 4]);
    executor.run(loaded);
    expect([...executor.view(loaded, y)]).toEqual([-3, -4]);
  });

  test('must be given to the interpreter', () => {
    const x = placeholder('x', [2]);
    expect(() => interpret([neg(x)])).toThrow(/given a value/);
    expect([...interpret([neg(x)], { values: new Map([[x, Float64Array.of(1, 2)]]) })[0]]).toEqual([-1, -2]);
  });
});

describe('gather', () => {
  const arrays = { [Storage.F32]: Float32Array, [Storage.I32]: Int32Array, [Storage.U8]: Uint8Array };
  const sizes = [1, 3, 5, 17, 33];
  const settings = [Storage.F32, Storage.I32, Storage.U8].flatMap((storage) =>
    sizes.map((size) => ({ storage, size })),
  );

  test.each(settings)('storage $storage, $size numbers an example', ({ storage, size }) => {
    const count = 7;
    const batch = 3;
    const cells = ['table', 'index', 'cursor'].map((name) => new Variable(name, [], 'u32'));
    const nodes = cells.map(variable);
    const [table, index, cursor] = nodes;
    const y = gather(table, index, cursor, { batch, shape: [size], storage });
    const { executor, loaded } = load([y], [advance(cursor, batch)]);
    executor.place(cells, 'cells');
    const values = new arrays[storage](count * size).map((_, i) => (i * 37) % 251);
    const order = [6, 0, 3, 3, 5, 1];
    const [data, list] = [values.byteLength, order.length * 4].map((bytes) =>
      executor.arena.allocate(bytes, 'data'),
    );
    const { u8, u32 } = executor.arena.views;
    u8.set(new Uint8Array(values.buffer), data);
    u32.set(order, list / 4);
    [data, list, 0].forEach((value, i) => {
      u32[cells[i].address / 4] = value;
    });
    for (let step = 0; step < 2; step++) {
      executor.poison();
      executor.run(loaded);
      const rows = order.slice(step * batch, (step + 1) * batch);
      const expected = rows.flatMap((row) => [...values.subarray(row * size, (row + 1) * size)]);
      expect([...executor.view(loaded, y)]).toEqual(expected);
      expect(u32[cells[2].address / 4]).toBe((step + 1) * batch);
    }
  });

  test('reads addresses, so the interpreter must be given its result', () => {
    const cells = ['table', 'index', 'cursor'].map((name) => variable(new Variable(name, [], 'u32')));
    const y = gather(cells[0], cells[1], cells[2], { batch: 1, shape: [2], storage: Storage.F32 });
    const variables = new Map(cells.map((leaf) => [leaf.attributes.variable, Float64Array.of(0)]));
    expect(() => interpret([y], { variables })).toThrow(/given its result/);
  });
});
