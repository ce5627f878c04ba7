import { type Node, reachable } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import { variableOp } from '../ops/leaf.js';

/** What the interpreter is given: the contents of variables, and values of leaves by node. */
export interface Environment {
  readonly variables?: Map<Variable, Float64Array>;
  readonly values?: Map<Node, Float64Array>;
}

/**
 * The oracle: computes a graph in f64 from the ops' definitions, slowly and plainly. Shares nothing
 * with the kernels. Pure nodes first, then the effects in the order given, which write into the
 * environment's variables.
 */
export function interpret(
  outputs: readonly Node[],
  { variables, values }: Environment = {},
  effects: readonly Node[] = [],
): Float64Array[] {
  const results = new Map<number, Float64Array>();
  for (const [node, value] of values ?? []) results.set(node.id, value);
  const isEffect = new Set(effects.map((node) => node.id));
  const compute = (node: Node) => {
    if (results.has(node.id)) return;
    const given = node.op === variableOp ? variables?.get(node.attributes.variable) : undefined;
    const inputs = node.inputs.map((input) => results.get(input.id) as Float64Array);
    const result = given ?? node.op.reference(inputs, node);
    if (result.length !== sizeOf(node.shape))
      throw new Error(`${node.op.name}: ${result.length} elements for shape [${node.shape}]`);
    results.set(node.id, result);
  };
  for (const node of reachable([...outputs, ...effects])) if (!isEffect.has(node.id)) compute(node);
  // Outputs are what the step computed, not what its effects then did to the variables.
  const read = outputs.map((node) => (results.get(node.id) as Float64Array).slice());
  effects.forEach(compute);
  return read;
}
