import { ShapeError } from '../errors.js';
import { type Node, reachable } from '../graph/node.js';
import { showShape, sizeOf } from '../graph/shape.js';
import { add } from '../ops/add.js';
import { broadcastTo } from '../ops/broadcastTo.js';
import { constant } from '../ops/leaf.js';

/**
 * Reverse-mode differentiation: builds the nodes of d loss / d x for each x of `wrt`, by the chain
 * rule, from the loss backwards. A node used in several places gets the sum of what comes back.
 */
export function differentiate(loss: Node, wrt: readonly Node[]): Node[] {
  if (sizeOf(loss.shape) !== 1) {
    throw new ShapeError(
      `only a single number can be differentiated; this loss has shape ${showShape(loss.shape)}. Take its mean.`,
    );
  }
  const order = reachable([loss]);
  const needed = new Set(wrt.map((node) => node.id));
  for (const node of order) if (node.inputs.some((input) => needed.has(input.id))) needed.add(node.id);

  const gradients = new Map<number, Node>([[loss.id, constant(1, loss.shape)]]);
  for (const node of order.reverse()) {
    const dy = gradients.get(node.id);
    if (!dy || !needed.has(node.id) || node.inputs.length === 0) continue;
    if (!node.op.gradient) throw new Error(`${node.op.name} has no gradient rule`);
    for (const [i, dx] of node.op.gradient(dy, node).entries()) {
      const input = node.inputs[i];
      if (!dx || !needed.has(input.id)) continue;
      const sofar = gradients.get(input.id);
      gradients.set(input.id, sofar ? add(sofar, dx) : dx);
    }
  }
  return wrt.map((node) => gradients.get(node.id) ?? broadcastTo(constant(0), node.shape));
}
