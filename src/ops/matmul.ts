import { workBytes } from '../../assembly/matmul-work.js';
import { Epilogue, Fn, Matmul, MatmulKind, Opcode } from '../../assembly/opcodes.js';
import { ShapeError } from '../errors.js';
import { apply, type Node } from '../graph/node.js';
import type { Emitter, Op } from '../graph/op.js';
import { showShape } from '../graph/shape.js';
import { reshape } from './reshape.js';
import type { UnaryFunction } from './unary.js';

export interface MatmulAttributes {
  readonly kind: MatmulKind;
}

/** The sizes m, n, k of a product: out is [m, n], k is summed over. */
function sizes(inputs: readonly Node[], kind: MatmulKind): { m: number; n: number; k: number } {
  const [[a0, a1], [b0, b1]] = inputs.map((x) => x.shape);
  const m = kind === MatmulKind.TN ? a1 : a0;
  const k = kind === MatmulKind.TN ? a0 : a1;
  const n = kind === MatmulKind.NT ? b0 : b1;
  if (
    (kind === MatmulKind.NT ? b1 : b0) !== k ||
    inputs[0].shape.length !== 2 ||
    inputs[1].shape.length !== 2
  ) {
    throw new ShapeError(
      `matmul: ${showShape(inputs[0].shape)} · ${showShape(inputs[1].shape)} do not fit: both must be matrices, and ` +
        'the last axis of the first must equal the first axis of the second.',
    );
  }
  return { m, n, k };
}

function product([a, b]: readonly Float64Array[], node: Node<MatmulAttributes>): Float64Array {
  const { kind } = node.attributes;
  const { m, n, k } = sizes(node.inputs, kind);
  const [aRow, aStep] = kind === MatmulKind.TN ? [1, m] : [k, 1];
  const [bStep, bColumn] = kind === MatmulKind.NT ? [1, k] : [n, 1];
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * aRow + p * aStep] * b[p * bStep + j * bColumn];
      out[i * n + j] = sum;
    }
  }
  return out;
}

/** The matrix product, with either operand read transposed: out[i, j] = Σ_k a[i, k]·b[k, j]. */
export const matmulOp: Op<MatmulAttributes> = {
  name: 'matmul',
  shape(inputs, { kind }) {
    const { m, n } = sizes(inputs, kind);
    return [m, n];
  },
  // With C = A·B: dA = dC·Bᵀ and dB = Aᵀ·dC; the transposed kinds follow by transposing those.
  gradient(dc, { inputs: [a, b], attributes: { kind } }) {
    const times = (x: Node, y: Node, as: MatmulKind) => apply(matmulOp, [x, y], { kind: as });
    const { NN, TN, NT } = MatmulKind;
    if (kind === NN) return [times(dc, b, NT), times(a, dc, TN)];
    if (kind === TN) return [times(b, dc, NT), times(a, dc, NN)];
    return [times(dc, b, NN), times(dc, a, TN)];
  },
  reference: product,
  lower: (node, to) =>
    lowerMatmul(node, to, { bias: 0, saved: 0, epilogue: Epilogue.None, fn: Fn.Linear, alpha: 0 }),
  work: matmulWork,
  cost: matmulCost,
  print: ({ kind }) => MatmulKind[kind],
};

export interface FusedMatmulAttributes extends MatmulAttributes {
  readonly epilogue: Epilogue.Activate | Epilogue.Differentiate;
  readonly function: UnaryFunction;
  readonly alpha: number;
}

/**
 * A product and what follows it, in one pass over the result; made by fusion. Inputs a, b and, third,
 * Activate: the bias, out = f(a·b + bias), or Differentiate: out = (a·b) · f'(saved).
 */
export const fusedMatmulOp: Op<FusedMatmulAttributes> = {
  name: 'fusedMatmul',
  shape: matmulOp.shape,
  reference(inputs, node) {
    const { epilogue, function: f, alpha } = node.attributes;
    const third: Float64Array | undefined = inputs[2];
    const [, n] = node.shape;
    return product(inputs, node).map((v, i) =>
      epilogue === Epilogue.Activate
        ? f.value(v + (third?.[i % n] ?? 0), alpha)
        : v * f.slope(third[i], alpha),
    );
  },
  lower(node, to) {
    const { epilogue, function: f, alpha } = node.attributes;
    const third = node.inputs[2] ? to.address(node.inputs[2]) : 0;
    const [bias, saved] = epilogue === Epilogue.Activate ? [third, 0] : [0, third];
    lowerMatmul(node, to, { bias, saved, epilogue, fn: f.fn, alpha });
  },
  work: matmulWork,
  cost: matmulCost,
  print: ({ kind, epilogue, function: f }) =>
    `${MatmulKind[kind]} ${epilogue === Epilogue.Activate ? f.name : `· ${f.name}'`}`,
};

function lowerMatmul(
  node: Node<MatmulAttributes>,
  { address, work, tile, emit }: Emitter,
  epilogue: { bias: number; saved: number; epilogue: Epilogue; fn: Fn; alpha: number },
): void {
  const { kind } = node.attributes;
  const [a, b] = node.inputs.map(address);
  emit(Opcode.Matmul, Matmul, {
    a,
    b,
    out: address(node),
    work,
    kind,
    ...sizes(node.inputs, kind),
    ...epilogue,
    tileRows: tile.rows,
    tileColumns: tile.columns,
  });
}

function matmulCost({ inputs, attributes: { kind } }: Node<MatmulAttributes>): number {
  const { m, n, k } = sizes(inputs, kind);
  return m * n * k;
}

function matmulWork({ inputs, attributes: { kind } }: Node<MatmulAttributes>): number {
  const { m, n, k } = sizes(inputs, kind);
  return workBytes(kind, m, n, k);
}

/** a [..., k] · b [k, n]; leading axes of a are rows. */
export function matmul(a: Node, b: Node): Node {
  if (a.shape.length === 2) return apply(matmulOp, [a, b], { kind: MatmulKind.NN });
  if (a.shape.length < 2) {
    throw new ShapeError(
      `matmul: the first operand has shape ${showShape(a.shape)}; it needs at least two axes.`,
    );
  }
  const k = a.shape[a.shape.length - 1];
  return reshape(matmul(reshape(a, [-1, k]), b), [...a.shape.slice(0, -1), b.shape[1]]);
}
