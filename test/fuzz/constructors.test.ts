/** Everything public that takes settings: whatever it is given, it works or refuses with an error of the library's. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type Callback,
  callbacks,
  data,
  diagnose,
  init,
  initializers,
  Layer,
  layers,
  loadModel,
  losses,
  metrics,
  ops,
  optimizers,
  report,
  safetensors,
  sequential,
  tensor,
  toCode,
} from '../../src/index.js';
import { line, network } from '../support/problems.js';
import { expectNoPollution, fuzz, hostileValue, refusedOr, refusedOrLater } from './hostile.js';

type Make = (config: unknown) => unknown;
const rooms = { callbacks, initializers, layers, losses, metrics, optimizers } as unknown as Record<
  string,
  Record<string, Make>
>;
const makers = Object.entries(rooms).flatMap(([room, all]) =>
  Object.entries(all).map(([name, make]) => ({ room, path: `${room}.${name}`, make })),
);

/** The settings that something has, as its error for a wrong one tells. */
function settingsOf(make: Make): string[] {
  try {
    make({ qqqqqqqqqqqq: 1 });
  } catch (error) {
    return /Known: (.*)\./.exec((error as Error).message)?.[1].split(', ') ?? [];
  }
  return [];
}

/** Settings right and wrong: mostly keys that are known, with values that are not expected. */
const configOf = (known: readonly string[]) =>
  fc.oneof(
    { weight: 1, arbitrary: hostileValue },
    {
      weight: 9,
      arbitrary: fc
        .array(fc.tuple(fc.constantFrom(...known, 'inputShape', '__proto__', 'more'), hostileValue), {
          maxLength: 3,
        })
        .map((entries) => Object.fromEntries(entries)),
    },
  );

const { x, y } = line(4);

/** Uses what was made, as a model would. */
function use(room: string, made: unknown): void {
  if (room === 'layers') {
    const layer = made as Layer;
    const net = refusedOr(() =>
      sequential({ layers: [layer, layers.flatten()] }).build([...(layer.inputShape ?? [3])]),
    );
    if (net && net.countParams() < 1e5) {
      const size = net.inputShape.reduce((a, b) => a * b, 1);
      if (size < 1e5)
        refusedOr(() => net.predict(tensor(new Float32Array(2 * size), [2, ...net.inputShape])));
      refusedOr(() => net.toSafetensors());
    }
    return;
  }
  const initializer = { kernelInitializer: made as 'zeros' };
  const settings = {
    initializers: () =>
      sequential({ layers: [layers.dense({ units: 2, ...initializer, inputShape: [3] })] }).build([3]),
    losses: () =>
      network()
        .compile({ loss: made as 'mse' })
        .trainOnBatch(x, y),
    metrics: () =>
      network()
        .compile({ loss: 'mse', metrics: [made as 'mae'] })
        .trainOnBatch(x, y),
    optimizers: () =>
      network()
        .compile({ loss: 'mse', optimizer: made as 'adam' })
        .trainOnBatch(x, y),
    callbacks: () => {
      (made as Callback).setModel?.(network());
      (made as Callback).setParams?.({ epochs: 1, steps: 1, monitors: ['loss', 'val_loss'] });
    },
  };
  refusedOr<unknown>(settings[room as keyof typeof settings]);
}

// Summaries and callbacks print.
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => {}));

describe('whatever they are given', () => {
  test.each(makers)('$path', { timeout: 3_600_000 }, ({ room, path, make }) => {
    const known = settingsOf(make);
    // Those of no settings have none to name.
    expect(
      known.length > 0 || /terminateOnNaN|losses\.mean|losses\.m[sa]e|metrics|zeros|ones/.test(path),
    ).toBe(true);
    fc.assert(
      fc.property(configOf(known), (config) => {
        const made = refusedOr(() => make(config));
        if (made !== undefined) use(room, made);
        expectNoPollution();
      }),
      fuzz(0.02, 400),
    );
  });

  const calls: [string, string[], (options: never) => unknown][] = [
    ['sequential', ['layers', 'name', 'seed'], (o) => sequential(o)],
    ['compile', ['optimizer', 'loss', 'metrics'], (o) => network().compile(o)],
    ['predict', ['batchSize'], (o) => network().predict(x, o)],
    ['summary', ['print'], (o) => network().summary(o)],
    ['listing', ['batchSize'], (o) => network().listing('train', o)],
    ['toSafetensors', ['weightsOnly'], (o) => network().toSafetensors(o)],
    ['diagnose', ['batchSize', 'epochs'], (o) => diagnose(network(), x, y, o)],
    ['toCode', ['imports'], (o) => toCode(network(), o)],
    ['report.text', [], (o) => report.text(o)],
    ['report.html', [], (o) => report.html(o)],
    ['report.svg', [], (o) => report.svg(o)],
  ];
  test.each(calls)('%s', { timeout: 3_600_000 }, (_, known, call) => {
    fc.assert(
      fc.property(configOf(known), (options) => {
        refusedOr(() => call(options as never));
        expectNoPollution();
      }),
      fuzz(0.03, 200),
    );
  });

  const later: [string, string[], (options: never) => Promise<unknown>][] = [
    [
      'fit',
      [
        'epochs',
        'batchSize',
        'validationSplit',
        'validationData',
        'shuffle',
        'seed',
        'callbacks',
        'initialEpoch',
      ],
      (o: object) => network().fit(x, y, { ...o, verbose: 0, epochs: small(o, 'epochs') } as never),
    ],
    ['fit with options only', [], (o) => network().fit(x, y, o)],
    [
      'fitDataset',
      ['epochs', 'batchSize', 'batchesPerEpoch', 'validationData', 'validationBatches'],
      (o: object) =>
        network().fitDataset(data.tensors(x, y), { ...o, epochs: small(o, 'epochs'), verbose: 0 } as never),
    ],
    // Threads that are right would be started.
    ['init', ['threads', 'numerics', 'module'], (o: object) => init({ ...o, threads: tooMany(o) } as never)],
    ['loadModel', ['custom', 'compile'], (o) => loadModel(network().toSafetensors(), o)],
    ['evaluate', ['batchSize', 'timeSlice', 'signal'], (o) => network().evaluate(x, y, o)],
  ];
  /** A number of epochs that is right but endless is no fault. */
  const small = (options: object, key: string): unknown => {
    const value = (options as Record<string, unknown> | null)?.[key];
    return typeof value === 'number' && value > 5 ? 1 : value;
  };
  const tooMany = (options: object): unknown => {
    const { threads } = (options ?? {}) as { threads?: unknown };
    return threads === undefined || (typeof threads === 'number' && threads > 0 && threads < 10)
      ? 1
      : threads;
  };
  test.each(later)('%s', { timeout: 3_600_000 }, async (_, known, call) => {
    await fc.assert(
      fc.asyncProperty(configOf(known), async (options) => {
        await refusedOrLater(() => call(options as never));
        expectNoPollution();
      }),
      fuzz(0.03, 200),
    );
  });

  const values: [string, (...values: never[]) => unknown][] = [
    ['tensor', (a, b) => tensor(a, b)],
    ['predict', (a) => network().predict(a)],
    ['trainOnBatch', (a, b) => network().trainOnBatch(a, b)],
    ['gradients', (a) => network().gradients(a, y as never)],
    ['setWeights', (a) => network().setWeights(a)],
    ['build', (a) => sequential({ layers: [layers.flatten()] }).build(a)],
    ['add', (a) => network().add(a)],
    ['learningRate', (a) => Object.assign(network(), { learningRate: a })],
    ['safetensors.encode', (a, b) => safetensors.encode(a, b)],
    ['safetensors.decode', (a) => safetensors.decode(a)],
    ['diagnose', (a, b, c) => diagnose(a, b, c)],
    ...Object.entries(ops).map(([name, op]): [string, (...values: never[]) => unknown] => [
      `ops.${name}`,
      (a, b, c) => (op as (...values: unknown[]) => unknown)(a, b, c),
    ]),
  ];
  test.each(values)('%s', { timeout: 3_600_000 }, (_, call) => {
    fc.assert(
      fc.property(hostileValue, hostileValue, hostileValue, (a, b, c) => {
        refusedOr(() => call(a as never, b as never, c as never));
        expectNoPollution();
      }),
      fuzz(0.02, 400),
    );
  });
});

test('a class of the user’s that is no layer', () => {
  class Odd extends Layer {
    readonly kind = 'odd';
    call(): never {
      return 7 as never;
    }
  }
  expect(() => sequential({ layers: [new Odd({ inputShape: [1] })] })).toThrow(/its call returned 7/);
});
