/**
 * Graph in, smaller graph out: what is memory bound moves into the op before it, and what is known
 * beforehand is not computed.
 */
import { Epilogue } from '../../assembly/opcodes.js';
import { type Node, reachable, replace, rootOf } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import { addOp } from '../ops/add.js';
import { broadcastToOp } from '../ops/broadcastTo.js';
import { constantOp, uniformValue, variableOp } from '../ops/leaf.js';
import { linearFunction } from '../ops/linear.js';
import { type FusedMatmulAttributes, fusedMatmulOp, type MatmulAttributes, matmulOp } from '../ops/matmul.js';
import { mulOp } from '../ops/mul.js';
import { reshapeOp } from '../ops/reshape.js';
import { scaleOp } from '../ops/scale.js';
import { squareOp } from '../ops/square.js';
import { type ReduceAttributes, sumOp } from '../ops/sum.js';
import { type UnaryGradAttributes, type UnaryOp, unaryGradOp } from '../ops/unary.js';
import { accumulateOp } from '../ops/updates.js';

/** A rule looks at a node whose inputs are already rewritten, and returns it or something better. */
type Rule = (node: Node, uses: ReadonlyMap<number, number>) => Node;

/** A constant stretched, reshaped or mapped is a constant. */
const foldConstants: Rule = (node) => {
  const { op, inputs, shape, attributes } = node;
  const value = inputs.length === 1 ? uniformValue(inputs[0]) : undefined;
  if (value === undefined) return node;
  if (op === broadcastToOp || op === reshapeOp)
    return replace(node, constantOp, [], { shape, values: value });
  const f = (op as Partial<UnaryOp>).function;
  if (f && !f.transcendental) {
    const values = Math.fround(f.value(value, attributes.alpha));
    return replace(node, constantOp, [], { shape, values });
  }
  return node;
};

/** x·c with c one number for all elements is a scaling; so is the gradient c·2x of a square. */
const scaleByConstant: Rule = (node) => {
  const { op, inputs } = node;
  if (op === mulOp) {
    for (const [x, c] of [inputs, [inputs[1], inputs[0]]]) {
      const value = uniformValue(c);
      if (value !== undefined && sameSize(x, node)) return replace(node, scaleOp, [x], { alpha: value });
    }
  }
  if (op === unaryGradOp && (node.attributes as UnaryGradAttributes).function === squareOp.function) {
    const value = uniformValue(inputs[0]);
    if (value !== undefined) return replace(node, scaleOp, [inputs[1]], { alpha: 2 * value });
  }
  return node;
};

const sameSize = (a: Node, b: Node) =>
  a.shape.length === b.shape.length && a.shape.every((axis, i) => axis === b.shape[i]);

/** matmul + bias. */
const bias: Rule = (node, uses) => {
  if (node.op !== addOp) return node;
  const [product, b] = node.inputs;
  if (product.op !== matmulOp || uses.get(product.id) !== 1) return node;
  if (b.shape.length !== 1 || b.shape[0] !== product.shape[1]) return node;
  const { kind } = product.attributes as MatmulAttributes;
  const attributes = { kind, epilogue: Epilogue.Activate as const, function: linearFunction, alpha: 0 };
  return replace(node, fusedMatmulOp, [...product.inputs, b], attributes);
};

/** The activation after a product, where the backward pass needs its output only. */
const activation: Rule = (node, uses) => {
  const f = (node.op as Partial<UnaryOp>).function;
  if (!f) return node;
  const [product] = node.inputs;
  if (uses.get(product.id) !== 1 || (product.op !== matmulOp && product.op !== fusedMatmulOp)) return node;
  const before = product.attributes as Partial<FusedMatmulAttributes> & MatmulAttributes;
  if (before.function && (before.function !== linearFunction || before.epilogue !== Epilogue.Activate))
    return node;
  const { alpha } = node.attributes;
  const attributes = { kind: before.kind, epilogue: Epilogue.Activate as const, function: f, alpha };
  return replace(node, fusedMatmulOp, product.inputs, attributes);
};

/** The gradient of an activation, where dy comes straight from a product. */
const activationGradient: Rule = (node, uses) => {
  if (node.op !== unaryGradOp) return node;
  const [dy, saved] = node.inputs;
  if (dy.op !== matmulOp || uses.get(dy.id) !== 1) return node;
  const { function: f, alpha } = node.attributes as UnaryGradAttributes;
  const { kind } = dy.attributes as MatmulAttributes;
  const attributes = { kind, epilogue: Epilogue.Differentiate as const, function: f, alpha };
  return replace(node, fusedMatmulOp, [...dy.inputs, saved], attributes);
};

/** A sum of sums adds up the elements themselves: one reduction instead of two. */
const totals: Rule = (node, uses) => {
  if (node.op !== accumulateOp && node.op !== sumOp) return node;
  const [value, total] = node.inputs;
  const inner = value.op === reshapeOp ? value.inputs[0] : value;
  if (inner.op !== sumOp || uses.get(value.id) !== 1 || uses.get(inner.id) !== 1) return node;
  const scale = node.attributes.scale * (inner.attributes as ReduceAttributes).scale;
  if (node.op === accumulateOp) {
    // Effects run after pure nodes: until then another effect might change a variable.
    const [elements] = inner.inputs;
    return rootOf(elements).op === variableOp
      ? node
      : replace(node, accumulateOp, [elements, total], { ...node.attributes, scale });
  }
  if (node.attributes.count !== sizeOf(value.shape)) return node;
  return replace(node, sumOp, inner.inputs, {
    ...node.attributes,
    count: sizeOf(inner.inputs[0].shape),
    scale,
  });
};

const rules: readonly Rule[] = [foldConstants, scaleByConstant, bias, activation, activationGradient, totals];

/** Rewrites the graph below the roots; the results stand where the roots stood. */
export function fuse(roots: readonly Node[]): Node[] {
  const order = reachable(roots);
  const uses = new Map<number, number>();
  for (const node of [...order.flatMap((n) => n.inputs), ...roots])
    uses.set(node.id, (uses.get(node.id) ?? 0) + 1);
  const done = new Map<number, Node>();
  for (const node of order) {
    const inputs = node.inputs.map((input) => done.get(input.id) as Node);
    const same = inputs.every((input, i) => input === node.inputs[i]);
    let current = same ? node : replace(node, node.op, inputs, node.attributes);
    for (const rule of rules) current = rule(current, uses);
    done.set(node.id, current);
  }
  return roots.map((root) => done.get(root.id) as Node);
}
