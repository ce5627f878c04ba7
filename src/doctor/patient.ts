/** What the doctor looks at: the part of a model that a check-up reads. */
import type { TensorData } from '../data/tensor.js';
import type { Node } from '../graph/node.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import type { Layer, Weight } from '../layers/layer.js';
import type { Loss, LossFunction } from '../losses/loss.js';
import { reshapeOp } from '../ops/reshape.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Executor } from '../runtime/executor.js';

export interface Patient {
  readonly layers: readonly Layer[];
  readonly weights: readonly Weight[];
  readonly trainableWeights: readonly Weight[];
  readonly executor: Executor;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  learningRate: number;
  compiled(what: string): {
    readonly loss: Loss | undefined;
    readonly optimizer: Optimizer;
    readonly parts: {
      readonly loss: LossFunction;
      readonly cells: {
        readonly seed: Variable;
        readonly iterations: Variable;
        readonly all: readonly Variable[];
      };
      readonly runs: readonly { readonly slots: Readonly<Record<string, Variable>> }[];
    };
  };
  hold(batch: Data): HeldBatch;
}

/** A batch in the arena, to train on again and again. */
export interface HeldBatch {
  /** One update; the loss from before it. */
  train(): number;
  release(): void;
}

/** Examples, one after the other: `count` times `shape`. */
export interface Examples {
  readonly data: TensorData;
  readonly count: number;
  readonly shape: Shape;
}

export interface Data {
  readonly x: Examples;
  readonly y: Examples;
}

/** The op that made a value, whatever shape it was then given: 'relu', 'sigmoid', 'softmax', 'add', ... */
export function activationOf(output: Node): Node {
  return output.op === reshapeOp ? activationOf(output.inputs[0]) : output;
}

/** A layer's kernel and bias, where it has such. */
export function kernelOf(layer: Layer): Weight | undefined {
  return layer.weights.find(({ name, shape }) => name.endsWith('/kernel') && shape.length >= 2);
}
export function biasOf(layer: Layer): Weight | undefined {
  return layer.weights.find(({ name }) => name.endsWith('/bias'));
}

/** A window on what a weight holds now. */
export function valuesOf(patient: Patient, { address, shape }: Variable): Float32Array {
  return patient.executor.arena.views.f32.subarray(address / 4, address / 4 + sizeOf(shape));
}

/** Whether the model has not been trained or loaded yet: its weights are those that its initializers drew. */
export function untrained(patient: Patient): boolean {
  const { iterations } = patient.compiled('diagnose').parts.cells;
  return patient.executor.arena.views.u32[iterations.address / 4] === 0;
}

/**
 * At most `most` of the examples, drawn evenly from all of them and mixed: data are often sorted by class.
 * The same data give the same sample, so that a diagnosis can be repeated.
 */
export function sample({ x, y }: Data, most: number): Data {
  const rows = someOf(x.count, most);
  return { x: pick(x, rows), y: pick(y, rows) };
}

/** The numbers of the examples that a sample of `most` holds. */
function someOf(count: number, most: number): Uint32Array {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const few = Math.min(count, most);
  const rows = new Uint32Array(few);
  for (let i = 0; i < few; i++) rows[i] = few === count ? i : Math.floor(((i + next()) * count) / few);
  for (let i = few - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }
  return rows;
}

/** The examples as full batches; one smaller batch where there are not enough. */
export function batches({ x, y }: Data, size: number): Data[] {
  const at = Math.min(size, x.count);
  const part = ({ data, shape }: Examples, i: number): Examples => ({
    data: data.subarray(i * at * sizeOf(shape), (i + 1) * at * sizeOf(shape)),
    count: at,
    shape,
  });
  return Array.from({ length: Math.floor(x.count / at) }, (_, i) => ({ x: part(x, i), y: part(y, i) }));
}

/** Some of the examples, in the type that they have. */
export const some = (examples: Examples, most: number): Examples =>
  examples.count <= most ? examples : pick(examples, someOf(examples.count, most));

function pick({ data, shape }: Examples, rows: Uint32Array): Examples {
  const size = sizeOf(shape);
  const out = new (data.constructor as Float32ArrayConstructor)(rows.length * size) as TensorData;
  if (size === 1) for (let i = 0; i < rows.length; i++) out[i] = data[rows[i]];
  else
    for (let i = 0; i < rows.length; i++)
      out.set(data.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
  return { data: out, count: rows.length, shape };
}
