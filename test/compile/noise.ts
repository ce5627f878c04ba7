/** How exact a graph's results can be in f32: the interpreter with rounding errors made much larger. */
import { interpret } from '../../src/compile/interpret.js';
import { type Node, reachable, replace } from '../../src/graph/node.js';
import type { Op } from '../../src/graph/op.js';
import type { Variable } from '../../src/graph/variable.js';
import { table } from '../../src/ops/index.js';
import { generator } from '../ops/cases/case.js';

export interface Results {
  readonly outputs: readonly Float64Array[];
  /** The variables after the effects. */
  readonly variables: ReadonlyMap<Variable, Float64Array>;
}

export interface Problem {
  readonly outputs: readonly Node[];
  readonly effects: readonly Node[];
  readonly values: ReadonlyMap<Variable, Float64Array>;
}

/** The problem carried out by the ops' definitions. */
export function exactly({ outputs, effects, values }: Problem): Results {
  const variables = new Map([...values].map(([storage, numbers]) => [storage, numbers.slice()]));
  return { outputs: interpret(outputs, { variables }, effects), variables };
}

/** Ops whose results are exact in f32 when their inputs are. */
const exact = new Set<Op>([
  table.constant,
  table.variable,
  table.placeholder,
  table.reshape,
  table.row,
  table.transpose,
  table.broadcastTo,
  table.max,
  table.min,
  table.maximum,
  table.minimum,
  table.select,
  table.greater,
  table.greaterEqual,
  table.equal,
  table.argMax,
  table.oneHot,
  table.abs,
  table.neg,
  table.sign,
  table.relu,
  table.relu6,
]);

/** The same with each result off by up to `size`, relatively, and each f32 variable as well. */
function noisily({ outputs, effects, values }: Problem, size: number, seed: number): Results {
  const random = generator(seed);
  const blur = (numbers: Float64Array) => numbers.map((v) => v * (1 + size * (2 * random() - 1)));
  const copies = new Map<number, Node>();
  for (const node of reachable([...outputs, ...effects])) {
    const inputs = node.inputs.map(({ id }) => copies.get(id) as Node);
    const { op } = node;
    const noisy: Op =
      exact.has(op) || op.writes ? op : { ...op, reference: (given, at) => blur(op.reference(given, at)) };
    copies.set(node.id, replace(node, noisy, inputs, node.attributes));
  }
  const copyOf = ({ id }: Node) => copies.get(id) as Node;
  const blurred = new Map(
    [...values].map(([storage, numbers]) => [storage, storage.dtype === 'f32' ? blur(numbers) : numbers]),
  );
  return exactly({ outputs: outputs.map(copyOf), effects: effects.map(copyOf), values: blurred });
}

const NOISE = 2e-6;

/** For each result, how far f32 may be from `right`: what noise some thirty times f32's own makes of it. */
export function uncertainty(
  problem: Problem,
  right: Results,
): { outputs: number[]; variables: Map<Variable, number> } {
  const apart = (a: Float64Array, b: Float64Array) =>
    a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
  const size = (a: Float64Array) => a.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const trials = [1, 2, 3].map((seed) => noisily(problem, NOISE, seed));
  const allowed = (exact: Float64Array, noisy: Float64Array[]) =>
    2 * Math.max(...noisy.map((n) => apart(exact, n))) + 1e-6 * (1 + size(exact));
  return {
    outputs: right.outputs.map((exact, i) =>
      allowed(
        exact,
        trials.map(({ outputs }) => outputs[i]),
      ),
    ),
    variables: new Map(
      [...right.variables].map(([storage, exact]) => [
        storage,
        allowed(
          exact,
          trials.map(({ variables }) => variables.get(storage) as Float64Array),
        ),
      ]),
    ),
  };
}
