/** What users hand in, checked and brought into the form that training reads. */
import { Storage } from '../../assembly/opcodes.js';
import { firstNotFinite } from '../data/finite.js';
import { isTensor, type TensorData, type TensorLike, tensorFrom } from '../data/tensor.js';
import { DataError, ShapeError, show } from '../errors.js';
import { type Shape, sameShape, showBatch, showShape, sizeOf } from '../graph/shape.js';
import type { Loss } from '../losses/loss.js';
import type { Pacer } from './slices.js';

/** Examples, one after the other: `count` times `shape`. */
export interface Examples {
  readonly data: TensorData;
  readonly count: number;
  readonly shape: Shape;
}

/** Examples and their targets. */
export interface Data {
  readonly x: Examples;
  readonly y: Examples;
}

export const storageOf = (data: TensorData): Storage =>
  data instanceof Uint8Array ? Storage.U8 : data instanceof Int32Array ? Storage.I32 : Storage.F32;

/** The examples from `from` up to `to`, without copying. */
export function slice({ data, shape }: Examples, from: number, to: number): Examples {
  const size = sizeOf(shape);
  return { data: data.subarray(from * size, to * size), count: to - from, shape };
}

/** Something that is read as it is needed: see Dataset. */
export const isDataset = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function';

/** Examples of the given shape. A flat typed array is cut into examples; [n] serves for [n, 1] and the other way round. */
export function examples(what: string, values: TensorLike, shape: Shape, hint = ''): Examples {
  const shaped = examplesOf(what, values, shape, hint);
  checkFinite(what, shaped);
  return shaped;
}

/** The same, without a look at the numbers. */
export function examplesOf(what: string, values: TensorLike, shape: Shape, hint = ''): Examples {
  if (values === undefined || values === null) {
    throw new DataError(`${what} is ${show(values)}; expected ${what} of shape ${showBatch(shape)}.`);
  }
  if (isDataset(values)) {
    throw new DataError(
      `${what} is a data set; fitDataset and evaluateDataset take those. To predict from one: ` +
        'for await (const { x } of dataset) net.predict(x).',
    );
  }
  const { data, shape: given } = tensorFrom(what, values);
  if (given[0] === 0) throw new DataError(`${what} is empty; at least one example is needed.`);
  const size = sizeOf(shape);
  const flat = ArrayBuffer.isView(values) && data.length % size === 0;
  const own = given.slice(1);
  const fits =
    sizeOf(own) === size &&
    (size === 1 || [own, [...own, 1]].some((s) => sameShape(s, shape)) || sameShape(own, [...shape, 1]));
  if (!flat && !(given.length > 0 && fits)) {
    const single =
      sameShape(given, shape) && given.length > 0
        ? ` For a single example, put it in a batch of one: [${what}].`
        : '';
    throw new ShapeError(
      `${what} has shape ${showShape(given)}; expected ${showBatch(shape)}.${single}${hint}`,
    );
  }
  const count = flat ? data.length / size : given[0];
  return { data, count, shape };
}

/** Numbers that are looked at, or copied, between two looks at the clock: about a millisecond's. */
const PIECE = 2 ** 20;

/** Lets the event loop run between pieces of many examples; `work` is told where each begins and ends. */
export async function inPieces(
  { count, shape }: Examples,
  pacer: Pacer,
  work: (from: number, to: number) => void,
): Promise<void> {
  const step = Math.max(1, Math.floor(PIECE / sizeOf(shape)));
  for (let from = 0; from < count; from += step) {
    work(from, Math.min(from + step, count));
    await pacer.breathe();
  }
}

/** Refuses examples that hold NaN or Infinity, in pieces. */
export const checkFiniteInPieces = (what: string, all: Examples, pacer: Pacer): Promise<void> =>
  inPieces(all, pacer, (from, to) => {
    // The message counts all of them.
    if (notFinite(slice(all, from, to).data) >= 0) checkFinite(what, all);
  });

const notFinite = (data: TensorData): number => (data instanceof Float32Array ? firstNotFinite(data) : -1);

export function checkFinite(what: string, { data, shape }: Examples): void {
  const at = notFinite(data);
  if (at < 0) return;
  const size = sizeOf(shape);
  const count = data.filter((value) => !Number.isFinite(value)).length;
  throw new DataError(
    `${what} holds ${count} value${count === 1 ? ' that is' : 's that are'} not finite, the first ${data[at]} in example ` +
      `${Math.floor(at / size)} at position ${at % size}. Remove such examples or fill the gaps before training.`,
  );
}

/** Targets for a loss; a loss that users wrote takes targets of any shape. */
export function targets(
  what: string,
  values: TensorLike,
  loss: Loss | undefined,
  prediction: Shape,
): Examples {
  if (loss) {
    const checked = examples(
      what,
      values,
      loss.targetShape(prediction),
      loss.targetHint && ` ${loss.targetHint}`,
    );
    loss.checkTargets?.({ what, data: checked.data }, prediction);
    return checked;
  }
  if (isTensor(values) || !ArrayBuffer.isView(values)) {
    const { shape } = tensorFrom(what, values);
    if (shape.length > 1) return examples(what, values, shape.slice(1));
  }
  return examples(what, values, sizeOf(prediction) === 1 ? prediction : []);
}

export function checkCounts(x: Examples, y: Examples, [xName, yName]: readonly [string, string]): void {
  if (x.count !== y.count) {
    throw new DataError(
      `${xName} has ${x.count} examples and ${yName} has ${y.count}; every example needs one target.`,
    );
  }
}
