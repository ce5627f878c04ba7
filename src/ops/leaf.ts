/** The leaves of a graph: values that no op computes. */
import { apply, type DType, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';

function supplied(kind: string): never {
  throw new Error(`the interpreter must be given a value for every ${kind}`);
}

/** Storage that outlives the step; effects write it in place. */
export const variableOp: Op<{ variable: Variable }> = {
  name: 'variable',
  shape: (_, { variable }) => variable.shape,
  dtype: ({ variable }) => variable.dtype,
  gradient: () => [],
  reference: () => supplied('variable'),
  print: ({ variable }) => variable.name,
};

export const variable = (variable: Variable): Node => apply(variableOp, [], { variable });

/** A value that the host writes into the arena before the program runs. */
export const placeholderOp: Op<{ name: string; shape: Shape; dtype: DType }> = {
  name: 'placeholder',
  shape: (_, { shape }) => shape,
  dtype: ({ dtype }) => dtype,
  gradient: () => [],
  reference: () => supplied('placeholder'),
  print: ({ name }) => name,
};

export const placeholder = (name: string, shape: Shape, dtype: DType = 'f32'): Node =>
  apply(placeholderOp, [], { name, shape, dtype });

/** Numbers fixed when the graph is made: one for all elements, or one for each. */
export const constantOp: Op<{ shape: Shape; values: number | Float32Array | Uint32Array }> = {
  name: 'constant',
  shape: (_, { shape }) => shape,
  dtype: ({ values }) => (values instanceof Uint32Array ? 'u32' : 'f32'),
  gradient: () => [],
  reference: (_, { shape, attributes: { values } }) =>
    typeof values === 'number' ? new Float64Array(sizeOf(shape)).fill(values) : Float64Array.from(values),
  print: ({ values }) => (typeof values === 'number' ? String(values) : `${values.length} values`),
};

export const constant = (values: number | Float32Array | Uint32Array, shape: Shape = []): Node =>
  apply(constantOp, [], { shape, values });

/** The number that all elements of a constant share, if the node is one. */
export function uniformValue(node: Node): number | undefined {
  return node.op === constantOp && typeof node.attributes.values === 'number'
    ? node.attributes.values
    : undefined;
}

/** What users may write for a value in a formula. */
export type Value = Node | number;

export const toNode = (value: Value): Node => (typeof value === 'number' ? constant(value) : value);
