/** Trainings that are known to fail or to go well, small enough to run with several seeds. */
import {
  type Callback,
  type History,
  initializers,
  layers,
  losses,
  optimizers,
  type Sequential,
  sequential,
} from '../../src/index.js';
import { generator } from '../ops/cases/case.js';

export interface Data {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly inputs: number;
}

const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Two noisy rings, the inner one labelled 1. */
export function rings(seed: number, count = 640): Data {
  const random = generator(seed + 1);
  const y = Float32Array.from({ length: count }, (_, i) => i % 2);
  const x = Float32Array.from({ length: 2 * count }, () => 0.1 * normal(random));
  y.forEach((inner, i) => {
    const [angle, radius] = [2 * Math.PI * random(), inner ? 0.5 : 1];
    x[2 * i] += radius * Math.cos(angle);
    x[2 * i + 1] += radius * Math.sin(angle);
  });
  return { x, y, inputs: 2 };
}

/** Five standardized features and a smooth function of them. */
export function table(seed: number, count = 320, noise = 0.1): Data {
  const random = generator(seed + 100);
  const x = Float32Array.from({ length: 5 * count }, () => normal(random));
  const y = Float32Array.from({ length: count }, (_, i) => {
    const [a, b, c, d] = x.subarray(5 * i, 5 * i + 5);
    return 0.7 * a - 0.5 * b + 0.4 * Math.sin(2 * c) + 0.3 * a * d + noise * normal(random);
  });
  return { x, y, inputs: 5 };
}

type Hidden = readonly [units: number, activation: 'relu' | 'sigmoid' | 'tanh' | 'exponential'];

export interface Plan {
  readonly data: (seed: number) => Data;
  readonly hidden: readonly Hidden[];
  readonly output?: 'sigmoid';
  readonly initializer?: Parameters<typeof layers.dense>[0]['kernelInitializer'];
  readonly bias?: number;
  readonly dropout?: number;
  readonly optimizer?: () => ReturnType<(typeof optimizers)['adam'] | (typeof optimizers)['sgd']>;
  readonly epochs: number;
  readonly batchSize: number;
  readonly validationSplit?: number;
}

export function build(
  { hidden, data, output, initializer, bias, dropout, optimizer }: Plan,
  seed: number,
): Sequential {
  const { inputs } = data(0);
  const settings = {
    ...(initializer ? { kernelInitializer: initializer } : {}),
    ...(bias === undefined ? {} : { biasInitializer: initializers.constant({ value: bias }) }),
  };
  const stack = hidden.flatMap(([units, activation], i) => [
    layers.dense({ units, activation, ...settings, ...(i === 0 ? { inputShape: [inputs] } : {}) }),
    ...(dropout === undefined ? [] : [layers.dropout({ rate: dropout })]),
  ]);
  const last = layers.dense({
    units: 1,
    ...(output ? { activation: output } : {}),
    ...(hidden.length === 0 ? { inputShape: [inputs] } : {}),
  });
  return sequential({ layers: [...stack, last], seed }).compile({
    optimizer: optimizer?.() ?? optimizers.adam(),
    loss: output ? losses.binaryCrossentropy() : losses.meanSquaredError(),
  });
}

/** Trains as planned; the history, the model, and what was told on the way. */
export async function train(
  plan: Plan,
  seed: number,
  { doctor = 'watch', callbacks = [] }: { doctor?: 'off' | 'watch' | 'repair'; callbacks?: Callback[] } = {},
): Promise<{ net: Sequential; history: History }> {
  const net = build(plan, seed);
  const { x, y } = plan.data(seed);
  const { epochs, batchSize, validationSplit = 0 } = plan;
  const history = await net.fit(x, y, {
    epochs,
    batchSize,
    validationSplit,
    doctor,
    callbacks,
    seed,
    verbose: 0,
  });
  return { net, history };
}

export const times = <T>(count: number, value: T): T[] => Array(count).fill(value);
