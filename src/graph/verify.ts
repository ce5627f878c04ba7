/** What a legal graph is, as a check: run by tests on what the layers and every compiler pass build. */
import { bytesOf, isNode, type Node } from './node.js';
import { type Shape, sameShape, showShape, sizeOf } from './shape.js';
import { Variable } from './variable.js';

/** Throws an error that names the node and the rule it breaks. Takes time in proportion to the graph. */
export function verify(roots: readonly Node[]): void {
  const known = new Map<number, Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const same = known.get(node.id);
    if (same && same !== node) fail(node, `shares its id with another node, a ${same.op.name}`);
    if (same) continue;
    known.set(node.id, node);
    verifyNode(node);
    stack.push(...node.inputs);
  }
}

function verifyNode(node: Node): void {
  const { op, inputs, attributes, shape, dtype } = node;
  // Ids rise along every edge: no cycles, and the order of ids is an order of execution.
  for (const [i, input] of inputs.entries()) {
    if (!isNode(input)) fail(node, `has no input ${i}`);
    if (!(input.id < node.id)) fail(node, `reads ${input.op.name} %${input.id}, which comes after it`);
    if (input.op.writes) fail(node, `reads ${input.op.name}, an effect, which has no value`);
  }
  if (!shape.every((axis) => Number.isInteger(axis) && axis >= 0)) fail(node, 'has axes that are not sizes');
  if (!(dtype in bytesOf)) fail(node, `has the unknown element type ${dtype}`);

  const ruled: Shape = op.shape(inputs, attributes);
  if (!sameShape(ruled, shape)) fail(node, `should have shape ${showShape(ruled)} by its op's shape rule`);
  const ruledType = op.dtype?.(attributes) ?? 'f32';
  if (ruledType !== dtype) fail(node, `should hold ${ruledType}`);
  inputs.forEach((input, i) => {
    const wanted = op.inputTypes?.[i] ?? 'f32';
    if (input.dtype !== wanted) fail(node, `reads ${input.dtype} as input ${i}, which must be ${wanted}`);
  });

  if (inputs.length > 0 && !op.lower && !op.view)
    fail(node, 'has inputs and neither instructions nor a view');
  if (op.view) {
    const at = op.view(node);
    const fits = Number.isInteger(at) && at >= 0 && at + sizeOf(shape) <= sizeOf(inputs[0].shape);
    if (!fits) fail(node, `looks at elements beyond the ${sizeOf(inputs[0].shape)} of its input`);
  }
  for (const i of op.writes ?? []) {
    // Slots at the end of the list may be absent.
    const target = inputs[i];
    if (target && !(target.attributes.variable instanceof Variable)) {
      fail(node, `writes into ${target.op.name}; only variables may be written`);
    }
  }
}

function fail(node: Node, what: string): never {
  throw new Error(`illegal graph: ${node.op.name} %${node.id} ${showShape(node.shape)} ${what}.`);
}
