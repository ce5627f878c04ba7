/** Runs any graph through the engine, the way models do: fuse → plan → emit → WebAssembly. */
import { differentiate } from '../../src/compile/differentiate.js';
import { fuse } from '../../src/compile/fuse.js';
import { interpret } from '../../src/compile/interpret.js';
import { plan } from '../../src/compile/plan.js';
import { type DType, type Node, reachable } from '../../src/graph/node.js';
import { type Shape, showShape, sizeOf } from '../../src/graph/shape.js';
import { Variable } from '../../src/graph/variable.js';
import { variable, variableOp } from '../../src/ops/leaf.js';
import { mul } from '../../src/ops/mul.js';
import { sum } from '../../src/ops/sum.js';
import { Executor } from '../../src/runtime/executor.js';

/** What variables hold between runs. */
const contents = new WeakMap<Variable, ArrayLike<number>>();

/** The numbers that a variable holds. */
export function read(storage: Variable): ArrayLike<number> {
  const values = contents.get(storage);
  if (!values) throw new Error(`${storage.name} has no value: give it one with write(variable, values).`);
  return values;
}

export function write(storage: Variable, values: ArrayLike<number>): void {
  if (values.length !== sizeOf(storage.shape)) {
    throw new Error(`${values.length} numbers for ${storage.name} of shape ${showShape(storage.shape)}`);
  }
  contents.set(storage, values);
}

/** A value to compute with: the node of a new variable that holds the numbers. */
export function given(
  values: ArrayLike<number>,
  shape: Shape = [values.length],
  dtype: DType = 'f32',
  name = 'given',
): Node {
  const storage = new Variable(name, shape, dtype);
  write(storage, values);
  return variable(storage);
}

/** d Σ(y·dy) / dx for each x of `wrt`: the chain rule with an upstream gradient dy of y's shape. */
export const gradientsOf = (y: Node, dy: Node, wrt: readonly Node[]): Node[] =>
  differentiate(sum(mul(y, dy)), wrt);

export interface RunOptions {
  /** Nodes that write variables, in the order in which they run. */
  readonly effects?: readonly Node[];
  /** How many times the program runs. Default 1. */
  readonly steps?: number;
  /** Whether the graph is fused first. Default true, as in models. */
  readonly fused?: boolean;
  /** Whether all threads that `init` allows take part, as in large models. Default false. */
  readonly threaded?: boolean;
}

/**
 * The values of `outputs` as the kernels compute them. Variables start with what was given or written,
 * and keep what the effects make of them: see `read`. Scratch memory is filled with NaN beforehand, so
 * that nothing passes by luck.
 */
export function run(
  outputs: readonly Node[],
  { effects = [], steps = 1, fused = true, threaded = false }: RunOptions = {},
): Float32Array[] {
  const roots = fused ? fuse([...effects, ...outputs]) : [...effects, ...outputs];
  const wanted = roots.slice(effects.length);
  const variables = variablesOf([...effects, ...outputs]);
  const executor = new Executor(threaded ? Number.POSITIVE_INFINITY : 0);
  executor.place(variables, 'variables');
  const window = ({ address, shape, dtype }: Variable) => {
    const { f32, u32, f64 } = executor.arena.views;
    const view = { f32, u32, f64 }[dtype];
    return view.subarray(address / view.BYTES_PER_ELEMENT, address / view.BYTES_PER_ELEMENT + sizeOf(shape));
  };
  const loaded = executor.load(
    plan(roots.slice(0, effects.length), { outputs: wanted, threads: executor.threads }),
  );
  for (const storage of variables) window(storage).set(read(storage));
  const before = variables.map((storage) => window(storage).slice());
  executor.poison();
  executor.run(loaded, steps);

  const written = new Set(effects.flatMap((node) => writtenBy(node)));
  for (const [i, storage] of variables.entries()) {
    const now = window(storage).slice();
    if (written.has(storage)) write(storage, now);
    else if (!now.every((v, k) => Object.is(v, before[i][k]))) {
      throw new Error(`the program overwrote ${storage.name}, which no effect writes.`);
    }
  }
  return wanted.map((node) => executor.view(loaded, node).slice());
}

/** The same from the f64 definitions of the ops. Effects are not carried out. */
export function interpreted(outputs: readonly Node[]): Float64Array[] {
  const variables = new Map(
    variablesOf(outputs).map((storage) => [storage, Float64Array.from(read(storage))]),
  );
  return interpret(outputs, { variables });
}

const variablesOf = (roots: readonly Node[]): Variable[] => [
  ...new Set(
    reachable(roots).flatMap((node) =>
      node.op === variableOp ? [node.attributes.variable as Variable] : [],
    ),
  ),
];

const writtenBy = ({ op, inputs }: Node): Variable[] =>
  (op.writes ?? []).flatMap((i) => (inputs[i] ? [inputs[i].attributes.variable as Variable] : []));
