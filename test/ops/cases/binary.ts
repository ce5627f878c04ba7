/** Element-wise functions of two arguments, with broadcasting, and select. */
import { apply, type Node } from '../../../src/graph/node.js';
import { type Shape, sizeOf } from '../../../src/graph/shape.js';
import { applyBinary } from '../../../src/ops/binary.js';
import { div } from '../../../src/ops/div.js';
import { table } from '../../../src/ops/index.js';
import { constant } from '../../../src/ops/leaf.js';
import { select } from '../../../src/ops/select.js';
import { type Case, distinct, type Input, real } from './case.js';

/** Reads element [i0, i1, …] of a value that is broadcast to `shape`, by counting, one axis at a time. */
export function stretched(values: ArrayLike<number>, from: Shape, shape: Shape): Float64Array {
  return new Float64Array(sizeOf(shape)).map((_, position) => {
    let rest = position;
    let at = 0;
    let stride = 1;
    for (let axis = 1; axis <= shape.length; axis++) {
      const size = shape[shape.length - axis];
      const own = from[from.length - axis] ?? 1;
      if (own > 1) at += (rest % size) * stride;
      stride *= own;
      rest = Math.floor(rest / size);
    }
    return values[at];
  });
}

/** Pairs of shapes and what they give together. */
const shapes: readonly [Shape, Shape, Shape][] = [
  [[], [], []],
  [[1], [1], [1]],
  [[5], [5], [5]],
  [[33], [], [33]],
  [[], [17], [17]],
  [[3, 1], [4], [3, 4]],
  [[3, 17], [17], [3, 17]],
  [
    [5, 1],
    [5, 33],
    [5, 33],
  ],
  [
    [2, 1, 5],
    [3, 1],
    [2, 3, 5],
  ],
  [
    [1, 3, 1],
    [1, 1, 1],
    [1, 3, 1],
  ],
  [
    [2, 1, 3, 1],
    [1, 4, 1, 5],
    [2, 4, 3, 5],
  ],
  [
    [2, 3, 1, 1, 5],
    [2, 1, 4, 1, 5],
    [2, 3, 4, 1, 5],
  ],
];

interface Domain {
  readonly a?: readonly [number, number];
  readonly b?: readonly [number, number];
  /** The values of a and b come from one set of distinct numbers: no ties. */
  readonly apart?: boolean;
  readonly flows?: readonly number[];
  readonly tolerance?: number;
}

const functions = {
  add: [(a: number, b: number) => b + a],
  sub: [(a: number, b: number) => -(b - a)],
  mul: [(a: number, b: number) => (a === 0 ? 0 : b / (1 / a))],
  div: [(a: number, b: number) => a * b ** -1, { b: [0.4, 3] }],
  pow: [(a: number, b: number) => Math.exp(b * Math.log(a)), { a: [0.2, 3], tolerance: 4e-6 }],
  maximum: [(a: number, b: number) => (a + b + Math.abs(a - b)) / 2, { apart: true }],
  minimum: [(a: number, b: number) => (a + b - Math.abs(a - b)) / 2, { apart: true }],
  greater: [(a: number, b: number) => Math.max(Math.sign(a - b), 0), { apart: true, flows: [] }],
  greaterEqual: [(a: number, b: number) => Math.max(Math.sign(a - b), 0), { apart: true, flows: [] }],
  equal: [(a: number, b: number) => (a - b === 0 ? 1 : 0), { apart: true, flows: [] }],
  sigmoidCrossEntropy: [
    (a: number, b: number) =>
      -b * Math.log(1 / (1 + Math.exp(-a))) - (1 - b) * Math.log(1 / (1 + Math.exp(a))),
    { a: [-6, 6], b: [0, 1] },
  ],
} as const satisfies Record<string, readonly [(a: number, b: number) => number, Domain?]>;

type FunctionName = keyof typeof functions;

function inputsOf(a: Shape, b: Shape, domain: Domain): Input[] {
  if (!domain.apart) return [real(a, ...(domain.a ?? [-2, 2])), real(b, ...(domain.b ?? [-2, 2]))];
  const { values } = distinct([sizeOf(a) + sizeOf(b)]);
  const all = Float32Array.from(values);
  return [
    { shape: a, values: all.slice(0, sizeOf(a)) },
    { shape: b, values: all.slice(sizeOf(a)) },
  ];
}

function casesOf(name: FunctionName): Case[] {
  const [formula, domain = {}]: readonly [(a: number, b: number) => number, Domain?] = functions[name];
  const pairs = shapes.map(
    ([a, b, shape]): Case => ({
      title: `[${a}] and [${b}]`,
      inputs: inputsOf(a, b, domain),
      build: (x, y) => applyBinary(table[name], x, y),
      expected(x, y) {
        const right = stretched(y, b, shape);
        return stretched(x, a, shape).map((v, i) => formula(v, right[i]));
      },
      flows: domain.flows,
      tolerance: domain.tolerance,
    }),
  );
  const [once] = inputsOf([7], [1], domain);
  const twice: Case = {
    title: 'a value with itself',
    inputs: [once],
    build: (x) => applyBinary(table[name], x, x),
    expected: (x) =>
      x.map((v) => (name.startsWith('greater') ? Number(name === 'greaterEqual') : formula(v, v))),
    flows: domain.flows,
    tolerance: domain.tolerance,
  };
  return name === 'div' || name === 'pow' || name === 'sigmoidCrossEntropy' ? pairs : [...pairs, twice];
}

const names = Object.keys(functions) as FunctionName[];

const divisions: Case[] = [
  {
    title: 'by a number',
    inputs: [real([9])],
    build: (x) => div(x, 3),
    expected: (x) => x.map((v) => v / 3),
  },
  {
    title: 'of a number',
    inputs: [real([9], 0.5, 2)],
    build: (x) => div(3, x),
    expected: (x) => x.map((v) => 3 / v),
  },
];

/** 0 or a number: a condition. */
const condition = (shape: Shape): Input => {
  const { values } = real(shape);
  return { shape, values: Float32Array.from(values, (v) => Math.max(v, 0)) };
};

const same = ([size]: Shape): Case => ({
  title: `[${size}]`,
  inputs: [condition([size]), real([size]), real([size])],
  build: (c, a, b) => apply(table.select, [c, a, b], {}),
  expected: (c, a, b) => c.map((v, i) => (v ? a[i] : b[i])),
  flows: [1, 2],
});

export const binaryCases = {
  ...(Object.fromEntries(names.map((name) => [name, casesOf(name)])) as Record<FunctionName, Case[]>),
  div: [...casesOf('div'), ...divisions],
  select: [
    ...[[1], [3], [5], [17], [33]].map(same),
    {
      title: 'broadcast',
      inputs: [condition([3, 1]), real([4]), real([])],
      build: (c: Node, a: Node, b: Node) => select(c, a, b),
      expected: (c: Float64Array, a: Float64Array, [b]: Float64Array) =>
        new Float64Array(12).map((_, i) => (c[Math.floor(i / 4)] ? a[i % 4] : b)),
      flows: [1, 2],
    },
    {
      title: 'numbers',
      inputs: [condition([5])],
      build: (c: Node) => select(c, 2, constant(-1)),
      expected: (c: Float64Array) => c.map((v) => (v ? 2 : -1)),
      flows: [],
    },
  ] satisfies Case[],
};
