/** Everything prints: a graph, a plan and a program of a small training step. */
import { expect, test } from 'vitest';
import { differentiate } from '../../src/compile/differentiate.js';
import { fuse } from '../../src/compile/fuse.js';
import { plan, printPlan } from '../../src/compile/plan.js';
import { emit, printProgram } from '../../src/compile/program.js';
import { apply, type Node } from '../../src/graph/node.js';
import { printGraph } from '../../src/graph/print.js';
import { Variable } from '../../src/graph/variable.js';
import { add } from '../../src/ops/add.js';
import { table } from '../../src/ops/index.js';
import { placeholder, variable } from '../../src/ops/leaf.js';
import { matmul } from '../../src/ops/matmul.js';
import { sgd } from '../../src/ops/sgd.js';
import { square } from '../../src/ops/square.js';
import { sub } from '../../src/ops/sub.js';
import { mean } from '../../src/ops/sum.js';
import { tanh } from '../../src/ops/tanh.js';
import { accumulate, advance, store } from '../../src/ops/updates.js';
import type { Input } from '../ops/cases/case.js';
import { cases, updates } from '../ops/cases/index.js';
import { given } from '../support/run.js';

/** One dense layer, mean squared error, one step of SGD. */
function step(): Node[] {
  let address = 1024;
  const weight = (name: string, shape: number[], dtype: 'f32' | 'u32' | 'f64' = 'f32') => {
    const storage = new Variable(name, shape, dtype);
    storage.address = address;
    address += 64;
    return variable(storage);
  };
  const [x, y] = [placeholder('x', [4, 3]), placeholder('y', [4, 2])];
  const [w, b, dw, db] = [weight('w', [3, 2]), weight('b', [2]), weight('dw', [3, 2]), weight('db', [2])];
  const loss = mean(square(sub(tanh(add(matmul(x, w), b)), y)));
  const [gw, gb] = differentiate(loss, [w, b]);
  const settings = { momentum: 0, nesterov: false, weightDecay: 0.5 };
  const rate = weight('rate', []);
  return [
    accumulate(loss, weight('total', [], 'f64'), 4),
    store(gw, dw),
    store(gb, db),
    sgd(w, dw, rate, undefined, settings),
    sgd(b, db, rate, undefined, settings),
    advance(weight('steps', [], 'u32'), 1),
  ];
}

test('a graph', () => {
  const listing = printGraph(step());
  expect(printGraph(step())).toBe(listing);
  expect(`\n${listing}\n`).toMatchInlineSnapshot(`
    "
       %0 [4, 3] = placeholder() x
       %1 [4, 2] = placeholder() y
       %2 [3, 2] = variable() w
       %3 [2] = variable() b
       %4 [3, 2] = variable() dw
       %5 [2] = variable() db
       %6 [4, 2] = matmul(%0, %2) NN
       %7 [4, 2] = add(%6, %3)
       %8 [4, 2] = tanh(%7)
       %9 [4, 2] = sub(%8, %1)
      %10 [4, 2] = square(%9)
      %11 [] = sum(%10) [1, 8, 1] → [1, 1] · 0.125
      %12 [] = constant() 1
      %13 [] = scale(%12) alpha 0.125
      %14 [1, 1, 1] = reshape(%13)
      %15 [1, 8, 1] = broadcastTo(%14)
      %16 [4, 2] = reshape(%15)
      %17 [4, 2] = unaryGrad(%16, %9) square
      %18 [4, 2] = unaryGrad(%17, %8) tanh
      %19 [2] = sum(%18) [1, 4, 2] → [1, 2]
      %20 [3, 2] = matmul(%0, %18) TN
      %21 [] = variable() rate
      %22 [] = variable() total
      %23 [0] = accumulate(%11, %22) {"scale":4,"slot":0}
      %24 [0] = store(%20, %4)
      %25 [0] = store(%19, %5)
      %26 [0] = sgd(%2, %4, %21) {"momentum":0,"nesterov":false,"weightDecay":0.5}
      %27 [0] = sgd(%3, %5, %21) {"momentum":0,"nesterov":false,"weightDecay":0.5}
      %28 [] = variable() steps
      %29 [0] = advance(%28) {"amount":1}
    "
  `);
});

test('a plan', () => {
  const listing = printPlan(plan(fuse(step())));
  expect(printPlan(plan(fuse(step())))).toBe(listing);
  expect(`\n${listing}\n`).toMatchInlineSnapshot(`
    "
       0  scratch+80 [4, 2] = fusedMatmul(scratch+0, w, b) NN tanh until 4
       1  scratch+48 [4, 2] = sub(scratch+80, scratch+48) until 3
       2  scratch+112 [4, 2] = square(scratch+48) until 7
       3  scratch+48 [4, 2] = scale(scratch+48) alpha 0.25 until 4
       4  scratch+48 [4, 2] = unaryGrad(scratch+48, scratch+80) tanh until 6
       5  db [2] = sum(scratch+48) [1, 4, 2] → [1, 2]
       6  dw [3, 2] = matmul(scratch+0, scratch+48) TN
       7  accumulate(scratch+112, total) {"scale":0.5,"slot":0}
       8  sgd(w, dw, rate) {"momentum":0,"nesterov":false,"weightDecay":0.5}
       9  sgd(b, db, rate) {"momentum":0,"nesterov":false,"weightDecay":0.5}
      10  advance(steps) {"amount":1}
    scratch 144 bytes (at most 144 alive at once), constants 0 bytes
    "
  `);
  expect(
    printPlan(plan(fuse(step()), { threads: 2, worth: 0 }))
      .split('\n')
      .filter((line) => line.startsWith('|')).length,
  ).toBeGreaterThan(3);
});

test('a program', () => {
  const words = emit(plan(fuse(step())), { scratch: 4096, constants: 2048 });
  expect(`\n${printProgram(words)}\n`).toMatchInlineSnapshot(`
    "
         0  Matmul               a=4096 b=1024 out=4176 bias=1088 saved=0 work=0 kind=0 m=4 n=2 k=3 epilogue=1 fn=11 alpha=0 tileRows=5 tileColumns=8
        16  Binary               a=4176 b=4144 out=4144 fn=1 d0=1 d1=1 d2=1 d3=8 a0=0 a1=0 a2=0 a3=1 b0=0 b1=0 b2=0 b3=1
        33  Unary                x=4144 out=4208 n=8 fn=4 alpha=0
        39  Unary                x=4144 out=4144 n=8 fn=25 alpha=0.25
        45  UnaryGrad            dy=4144 saved=4176 out=4144 n=8 fn=11 alpha=0
        52  Reduce               x=4144 out=1216 fn=0 outer=1 count=4 inner=2 scale=1
        60  Matmul               a=4096 b=4144 out=1152 bias=0 saved=0 work=0 kind=1 m=3 n=2 k=4 epilogue=0 fn=0 alpha=0 tileRows=5 tileColumns=8
        76  Accumulate           x=4208 total=1344 n=8 scale=0.5
        81  Sgd                  parameters=1024 gradients=1152 velocity=0 n=6 rate=1280 momentum=0 nesterov=0 weightDecay=0.5
        90  Sgd                  parameters=1088 gradients=1216 velocity=0 n=2 rate=1280 momentum=0 nesterov=0 weightDecay=0.5
        99  Advance              counter=1408 amount=1
       102  End
    "
  `);
});

const FLOATS = new Float32Array(1);
const BITS = new Int32Array(FLOATS.buffer);

/** Reads a listing back: the numbers of each operand, by name. */
const operandsOf = (line: string): [name: string, value: number][] =>
  [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, Number(value)]);

test('a listing of a program says all that is in it', () => {
  const words = emit(plan(fuse(step()), { threads: 2, worth: 0 }), { scratch: 4096, constants: 2048 });
  const lines = printProgram(words).split('\n');
  let at = 0;
  for (const line of lines) {
    const [, position, name] = line.match(/^[| ] *(\d+) {2}(\w+)/) ?? [];
    expect(Number(position)).toBe(at);
    expect(name).toBeTruthy();
    const operands = operandsOf(line);
    expect((words[at] >>> 8) & 0xffff).toBe(operands.length + 1);
    for (const [i, [operand, value]] of operands.entries()) {
      FLOATS[0] = value;
      const word = words[at + 1 + i];
      expect(word === value || word === BITS[0], `${name} ${operand}`).toBe(true);
    }
    at += operands.length + 1;
  }
  expect(at).toBe(words.length);
});

const node = ({ values, shape, dtype }: Input) => given(values, shape, dtype);

test.each(Object.keys(cases).filter((name) => table[name as keyof typeof table].lower !== undefined))(
  'an instruction of %s has every operand its layout names, and no other',
  (name) => {
    const [first] = cases[name as keyof typeof cases];
    const y = first.build(...first.inputs.map(node));
    // The op itself, in front of which nothing is fused.
    const lone = apply(y.op, y.inputs, y.attributes);
    const listing = printProgram(emit(plan([], { outputs: [lone] }), { scratch: 0, constants: 0 }));
    expect(listing).not.toMatch(/undefined|NaN/);
  },
);

test.each(Object.keys(updates))(
  'an instruction of %s has every operand its layout names, and no other',
  (name) => {
    const [first] = updates[name as keyof typeof updates];
    const effect = first.build(...first.variables.map(node));
    const listing = printProgram(emit(plan([effect]), { scratch: 0, constants: 0 }));
    expect(listing).not.toMatch(/undefined|NaN/);
    expect(listing.split('\n').length).toBeGreaterThan(1);
  },
);
