import { expect, test } from 'vitest';
import { differentiate } from '../../src/compile/differentiate.js';
import { fuse } from '../../src/compile/fuse.js';
import { apply, type Node } from '../../src/graph/node.js';
import type { Op } from '../../src/graph/op.js';
import { Variable } from '../../src/graph/variable.js';
import { verify } from '../../src/graph/verify.js';
import { add } from '../../src/ops/add.js';
import { constant, placeholder, variable } from '../../src/ops/leaf.js';
import { matmul } from '../../src/ops/matmul.js';
import { mul } from '../../src/ops/mul.js';
import { relu } from '../../src/ops/relu.js';
import { row } from '../../src/ops/row.js';
import { mean } from '../../src/ops/sum.js';
import { accumulate, advance, clipValue, store } from '../../src/ops/updates.js';

const x = () => placeholder('x', [2, 3]);
const weight = (shape = [3, 4]) => variable(new Variable('w', shape));

test('what the builders and passes make is legal', () => {
  const [w, b] = [weight(), weight([4])];
  const loss = mean(relu(add(matmul(x(), w), b)));
  const gradients = differentiate(loss, [w, b]);
  const total = variable(new Variable('total', [], 'f64'));
  const effects = [
    accumulate(loss, total, 1),
    ...gradients.map((g) => store(g, variable(new Variable('g', g.shape)))),
  ];
  verify(effects);
  verify(fuse(effects));
});

/** A node with something wrong about it. */
const broken = (node: Node, change: Partial<Node>): Node => ({ ...node, ...change });

const illegal: [string, () => Node, RegExp][] = [
  [
    'an input that comes later',
    () => broken(relu(x()), { id: 0 }),
    /relu %0 .*reads placeholder %\d+, which comes after it/,
  ],
  [
    'two nodes with one id',
    () => {
      const input = x();
      const a = relu(input);
      return add(a, broken(relu(input), { id: a.id }));
    },
    /shares its id with another node, a relu/,
  ],
  ['a shape that is not the op’s', () => broken(relu(x()), { shape: [3, 2] }), /should have shape \[2, 3\]/],
  ['an axis that is no size', () => broken(x(), { shape: [2, 1.5] }), /axes that are not sizes/],
  ['an element type that is not the op’s', () => broken(relu(x()), { dtype: 'u32' }), /should hold f32/],
  [
    'an input that is missing',
    () => broken(mul(x(), x()), { inputs: [x(), undefined as never], id: 1e9 }),
    /has no input 1/,
  ],
  [
    'inputs that do not fit',
    () => broken(mul(x(), x()), { inputs: [x(), constant(1, [4])], id: 1e9 }),
    /do not broadcast/,
  ],
  [
    'arithmetic on a counter',
    () => relu(placeholder('step', [], 'u32')),
    /reads u32 as input 0, which must be f32/,
  ],
  ['a counter that is no counter', () => advance(weight([]), 1), /reads f32 as input 0, which must be u32/],
  [
    'writing a computed value',
    () => clipValue(relu(x()), 1),
    /writes into relu; only variables may be written/,
  ],
  ['reading an effect', () => relu(clipValue(weight(), 1)), /reads clipValue, an effect/],
  ['a view beyond its input', () => row(x(), 2), /looks at elements beyond the 6 of its input/],
  [
    'an op without instructions',
    () => apply({ ...relu(x()).op, lower: undefined } as Op, [x()], { alpha: 0 }),
    /neither instructions nor a view/,
  ],
];

test.each(illegal)('%s is not legal', (_, make, message) => {
  expect(() => verify([make()])).toThrow(message);
});
