import type { Op } from './op.js';
import type { Shape } from './shape.js';

/** Element types of values in the arena. Arithmetic is f32; u32 and f64 are counters and totals. */
export type DType = 'f32' | 'u32' | 'f64';

export const bytesOf: Readonly<Record<DType, number>> = { f32: 4, u32: 4, f64: 8 };

/**
 * One value in the graph: an op applied to inputs. Immutable. Ids rise with creation, so the order
 * of ids is a valid order of execution.
 */
// biome-ignore lint/suspicious/noExplicitAny: attributes are typed by each op, and opaque to passes
export interface Node<A = any> {
  readonly id: number;
  readonly op: Op<A>;
  readonly inputs: readonly Node[];
  readonly attributes: A;
  readonly shape: Shape;
  readonly dtype: DType;
}

let nextId = 0;

/** Applies an op: checks shapes at the caller's line and returns the new node. */
export function apply<A>(op: Op<A>, inputs: readonly Node[], attributes: A): Node<A> {
  const shape = op.shape(inputs, attributes);
  return { id: nextId++, op, inputs, attributes, shape, dtype: op.dtype?.(attributes) ?? 'f32' };
}

/**
 * The same value computed another way, by a pass over the graph: it keeps the id of the node it
 * replaces, and with it the place in the order of execution.
 */
export function replace<A>(node: Node, op: Op<A>, inputs: readonly Node[], attributes: A): Node<A> {
  return { id: node.id, op, inputs, attributes, shape: node.shape, dtype: node.dtype };
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'inputs' in value;
}

/** The nodes that the roots depend on, the roots included, in order of execution. */
export function reachable(roots: readonly Node[]): Node[] {
  const seen = new Map<number, Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node.id)) continue;
    seen.set(node.id, node);
    stack.push(...node.inputs);
  }
  return [...seen.values()].sort((a, b) => a.id - b.id);
}

/** The value whose memory a node looks at: itself, unless it is a view. */
export const rootOf = (node: Node): Node => (node.op.view ? rootOf(node.inputs[0]) : node);
