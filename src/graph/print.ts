import { type Node, reachable } from './node.js';
import { showShape } from './shape.js';

/** A readable listing of a graph: one node a line, in the order of execution. */
export function printGraph(roots: readonly Node[]): string {
  const order = reachable(roots);
  const names = new Map(order.map((node, i) => [node.id, `%${i}`]));
  return order
    .map((node) => {
      const detail = node.op.print?.(node.attributes) ?? JSON.stringify(node.attributes);
      const inputs = node.inputs.map((input) => names.get(input.id)).join(', ');
      return `${names.get(node.id)?.padStart(5)} ${showShape(node.shape)} = ${node.op.name}(${inputs}) ${detail}`.trimEnd();
    })
    .join('\n');
}
