/** The family of element-wise functions of one argument. */
import { type Fn, Opcode, Unary, UnaryGrad } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';

/** A function and its derivative; alpha is its parameter where it has one. */
export interface UnaryFunction {
  readonly name: string;
  readonly fn: Fn;
  /** JavaScript engines differ in the last bits of its `value`, so only the kernel, which does not, may compute it. */
  readonly transcendental?: true;
  readonly value: (x: number, alpha: number) => number;
  /** What the slope is written in; the other one need not be kept for the backward pass. */
  readonly slopeOf: 'input' | 'output';
  readonly slope: (saved: number, alpha: number) => number;
}

export interface UnaryAttributes {
  readonly alpha: number;
}

export interface UnaryOp extends Op<UnaryAttributes> {
  readonly function: UnaryFunction;
}

/**
 * The row of an element-wise function: y = f(x), dx = dy · f'(x). A function whose slope depends on
 * neither x nor y states its own gradient, so that nothing is kept for the backward pass.
 */
export function unaryOp(definition: UnaryFunction, gradient?: UnaryOp['gradient']): UnaryOp {
  return {
    name: definition.name,
    function: definition,
    shape: ([x]) => x.shape,
    gradient:
      gradient ??
      ((dy, node) => [
        unaryGrad(
          dy,
          definition.slopeOf === 'input' ? node.inputs[0] : node,
          definition,
          node.attributes.alpha,
        ),
      ]),
    reference: ([x], { attributes: { alpha } }) => x.map((v) => definition.value(v, alpha)),
    lower(node, { address, emit }) {
      const [x] = node.inputs;
      const { fn } = definition;
      const { alpha } = node.attributes;
      emit(Opcode.Unary, Unary, { x: address(x), out: address(node), n: sizeOf(node.shape), fn, alpha });
    },
    inPlace: [0],
    print: ({ alpha }) => (alpha === 0 ? '' : `alpha ${alpha}`),
  };
}

export const applyUnary = (op: UnaryOp, x: Node, alpha = 0): Node => apply(op, [x], { alpha });

export interface UnaryGradAttributes extends UnaryAttributes {
  readonly function: UnaryFunction;
}

/** dx = dy · f'(saved): the gradient of every element-wise function. */
export const unaryGradOp: Op<UnaryGradAttributes> = {
  name: 'unaryGrad',
  shape: ([, saved]) => saved.shape,
  reference: ([dy, saved], { attributes: { function: f, alpha } }) =>
    dy.map((d, i) => d * f.slope(saved[i], alpha)),
  lower(node, { address, emit }) {
    const [dy, saved] = node.inputs;
    const { function: f, alpha } = node.attributes;
    const n = sizeOf(node.shape);
    const operands = { dy: address(dy), saved: address(saved), out: address(node), n, fn: f.fn, alpha };
    emit(Opcode.UnaryGrad, UnaryGrad, operands);
  },
  inPlace: [0, 1],
  print: ({ function: f, alpha }) => (alpha === 0 ? f.name : `${f.name} alpha ${alpha}`),
};

function unaryGrad(dy: Node, saved: Node, f: UnaryFunction, alpha: number): Node {
  return apply(unaryGradOp, [dy, saved], { function: f, alpha });
}
