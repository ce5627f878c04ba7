/**
 * The instruction set that `run` walks: opcodes, operand layouts, function codes.
 *
 * Portable TypeScript: AssemblyScript compiles it for the kernels and `src/` imports it for the
 * emitter and the listings, so the two sides cannot drift apart. (The operand enums are plain
 * enums, not const enums: their reverse mapping gives the listings their operand names.)
 *
 * A program is a sequence of instructions of 32-bit words:
 *
 *     word 0   opcode | length in words << 8 | flags << 24
 *     word 1…  operands, in the order of the enum that has the instruction's name
 *
 * Operands are byte addresses, counts, codes, or f32 bit patterns (names listed in
 * `FLOAT_OPERANDS` of src/compile/program.ts). All tensors are row-major f32 unless said otherwise.
 */

/**
 * Words at the beginning of every arena that threads meet through, a cache line apart: how often all
 * have met, how many have arrived, how many sleep, whether one was lost, whether thread 0 may sleep.
 */
export const BARRIER_GENERATION = 64;
export const BARRIER_ARRIVED = 128;
export const BARRIER_SLEEPERS = 192;
export const BARRIER_BROKEN = 256;
export const MAIN_MAY_SLEEP = 320;
/** The first byte that the host may use for anything else. */
export const ARENA_START = 1024;

/** Flags of word 0. */
export enum Flag {
  /** All threads must have finished the instructions before this one. */
  Barrier = 1,
}

export enum Opcode {
  End = 0,
  Unary,
  UnaryGrad,
  Binary,
  Select,
  Reduce,
  ArgMax,
  Matmul,
  StridedCopy,
  Softmax,
  SoftmaxGrad,
  CrossEntropy,
  CrossEntropyGrad,
  Moments,
  Normalize,
  NormalizeGradInput,
  NormalizeGradParams,
  MovingAverage,
  DropoutMask,
  Dropout,
  Gather,
  OneHot,
  Sgd,
  RmsProp,
  Adam,
  ClipValue,
  ClipNorm,
  Accumulate,
  Advance,
  Lap,
  Statistics,
  Change,
  Fired,
}

/** Element-wise functions of one argument. `alpha` is the function's parameter where it has one. */
export enum Fn {
  Linear = 0,
  Neg,
  Abs,
  Sign,
  Square,
  Sqrt,
  Rsqrt,
  Reciprocal,
  Exp,
  Log,
  Erf,
  Tanh,
  Sigmoid,
  Relu,
  Relu6,
  /** alpha: the slope for x < 0 */
  LeakyRelu,
  /** alpha: the limit −alpha for x → −∞ */
  Elu,
  Selu,
  /** x·Φ(x) with the exact error function */
  Gelu,
  /** x·Φ(x) with the tanh approximation */
  GeluTanh,
  Silu,
  Mish,
  HardSigmoid,
  Softplus,
  Softsign,
  /** x·alpha */
  Scale,
  /** x + alpha */
  Offset,
}

/** Element-wise functions of two arguments. Comparisons give 1 or 0. */
export enum BinaryFn {
  Add = 0,
  Sub,
  Mul,
  Div,
  Maximum,
  Minimum,
  Pow,
  Greater,
  GreaterEqual,
  Equal,
  /** max(a, 0) − a·b + log(1 + exp(−|a|)): binary cross-entropy of logit a and target b */
  SigmoidCrossEntropy,
}

export enum ReduceFn {
  Sum = 0,
  Max,
  Min,
}

/** How a matmul reads its operands: N as stored, T transposed. out is always [m, n]. */
export enum MatmulKind {
  /** a [m, k] · b [k, n] */
  NN = 0,
  /** aᵀ · b with a [k, m], b [k, n] */
  TN,
  /** a · bᵀ with a [m, k], b [n, k] */
  NT,
}

/** What a matmul does to each element before storing it. */
export enum Epilogue {
  None = 0,
  /** out = fn(a·b + bias) */
  Activate,
  /** out = (a·b) · fn'(saved): the gradient of the activation before this layer */
  Differentiate,
}

/** What Statistics leaves in its f64 cells. Sums and extremes are over the finite elements. */
export enum Measure {
  Sum = 0,
  Squares,
  Least,
  Most,
  NonFinite,
  /** Elements farther than `radius` from `center`. */
  Beyond,
  Zeros,
  Count,
}

/** What Change leaves in its f64 cells, over the elements whose way from before to after is finite. */
export enum Movement {
  /** Σ (after − before)² */
  Squares = 0,
  /** max |after − before| */
  Most,
  BeforeSquares,
  BeforeMost,
  NonFinite,
  Count,
}

/** Element types of a data set in memory; gather turns each into f32. */
export enum Storage {
  F32 = 0,
  I32,
  U8,
}

/** out[i] = fn(x[i]), i < n. In place allowed. */
export enum Unary { x = 1, out, n, fn, alpha }

/** out[i] = dy[i] · fn'(saved[i]), i < n; saved is x or fn(x), whichever the function's slope is written in. In place allowed. */
export enum UnaryGrad { dy = 1, saved, out, n, fn, alpha }

/**
 * out[i0,i1,i2,i3] = fn(a[…], b[…]), out contiguous [d0,d1,d2,d3]; strides of a and b in elements,
 * 0 where the operand is broadcast; the innermost strides a3, b3 are 0 or 1.
 */
export enum Binary { a = 1, b, out, fn, d0, d1, d2, d3, a0, a1, a2, a3, b0, b1, b2, b3 }

/** out[i] = condition[i] ≠ 0 ? a[i] : b[i], i < n. In place allowed. */
export enum Select { condition = 1, a, b, out, n }

/** x [outer, count, inner] → out [outer, inner]: scale · fn over the middle axis. */
export enum Reduce { x = 1, out, fn, outer, count, inner, scale }

/** x [rows, columns] → out [rows]: index (as f32) of the first maximum of each row. */
export enum ArgMax { x = 1, out, rows, columns }

/** out [m, n] = epilogue(A·B). bias [n] or 0; saved [m, n] for Differentiate; work: `workBytes` of scratch per thread. */
export enum Matmul { a = 1, b, out, bias, saved, work, kind, m, n, k, epilogue, fn, alpha, tileRows, tileColumns }

/** out contiguous [d0,d1,d2,d3] = x read with strides s0…s3 (elements, may be 0 or negative-free any). */
export enum StridedCopy { x = 1, out, d0, d1, d2, d3, s0, s1, s2, s3 }

/** x, out [rows, columns]: softmax of each row, or its logarithm. In place allowed. */
export enum Softmax { x = 1, out, rows, columns, log }

/** dx from dy and y = softmax(x), or from dy and y = log-softmax(x). In place allowed on dy. */
export enum SoftmaxGrad { dy = 1, y, out, rows, columns, log }

/**
 * out [rows] = −Σ_j t_j · log_softmax(logits)_j, with t the targets after label smoothing:
 * t·(1 − smoothing) + smoothing/columns. targets: [rows] class indices if sparse, else [rows, columns].
 */
export enum CrossEntropy { logits = 1, targets, out, rows, columns, sparse, smoothing }

/** out [rows, columns] = dloss[row] · (softmax(logits)·Σ_j t_j − t). In place allowed on logits. */
export enum CrossEntropyGrad { logits = 1, targets, dloss, out, rows, columns, sparse, smoothing }

/**
 * x [rows, columns] → out [2, groups]: means, then biased variances, of each column (perRow 0,
 * groups = columns) or each row (perRow 1, groups = rows).
 */
export enum Moments { x = 1, out, rows, columns, perRow }

/**
 * out = gamma · (x − mean) / sqrt(variance + epsilon) + beta; mean, variance per column or row;
 * gamma, beta [columns], either may be 0 (absent: 1 and 0). In place allowed.
 */
export enum Normalize { x = 1, mean, variance, gamma, beta, out, rows, columns, perRow, epsilon }

/**
 * dx of Normalize with mean and variance those of x itself. Per column it needs
 * sums = NormalizeGradParams's output; per row sums is 0. In place allowed on dy.
 */
export enum NormalizeGradInput { dy = 1, x, mean, variance, gamma, sums, out, rows, columns, perRow, epsilon }

/** out [2, columns]: Σ over rows of dy · x̂ (dgamma), then of dy (dbeta). */
export enum NormalizeGradParams { dy = 1, x, mean, variance, out, rows, columns, perRow, epsilon }

/** average[i] = average[i] · momentum + value[i] · (1 − momentum), i < n. */
export enum MovingAverage { average = 1, value, n, momentum }

/**
 * out (u32 [⌈n / 32⌉]): bit i is set where element i of n is kept, by Philox4x32-10 with key (seed, stream) and
 * counter (i / 4, step, 0, 0). seed and step are addresses of u32 cells. rate 0 keeps all, rate 1 nothing.
 */
export enum DropoutMask { out = 1, n, rate, seed, step, stream }

/** Inverted dropout: out[i] = bit i of mask ? x[i] / (1 − rate) : 0, i < n. In place allowed. */
export enum Dropout { x = 1, mask, out, n, rate }

/**
 * out [batch, size] (f32) = rows of table [·, size] (element type `storage`) chosen by
 * index[cursor + b] (u32). Table, index and cursor are cells: addresses of a word that holds the
 * table's address, the index list's address, the position of the batch. So data sets move freely.
 */
export enum Gather { table = 1, index, cursor, out, batch, size, storage }

/** labels [rows] (class indices) → out [rows, columns] of 0 and 1. */
export enum OneHot { labels = 1, out, rows, columns }

/**
 * Keras SGD on n contiguous parameters, learning rate in the cell `rate`; velocity 0 when momentum is 0.
 * First weightDecay: p −= rate·weightDecay·p.
 */
export enum Sgd { parameters = 1, gradients, velocity, n, rate, momentum, nesterov, weightDecay }

/** Keras RMSprop; velocity 0 without momentum, meanGradient 0 unless centered. */
export enum RmsProp { parameters = 1, gradients, square, velocity, meanGradient, n, rate, rho, momentum, epsilon, weightDecay }

/** Keras Adam and AdamW; iterations: address of the u32 count of updates done before this one. */
export enum Adam { parameters = 1, gradients, mean, square, n, rate, iterations, beta1, beta2, epsilon, weightDecay }

/** x[i] = min(max(x[i], −limit), limit), in place. */
export enum ClipValue { x = 1, n, limit }

/** x ·= limit / max(‖x‖₂, limit), in place: one tensor, or all of them for the global norm. */
export enum ClipNorm { x = 1, n, limit }

/** The f64 cell at `total` += scale · Σ x[i], i < n. */
export enum Accumulate { x = 1, total, n, scale }

/**
 * Counts the steps of a lap (an epoch, when several run in one go). lap: three u32 cells { step, length,
 * row }. After `length` steps the n f64 cells at `totals` are written to row `row` of `log` and set to 0.
 */
export enum Lap { lap = 1, totals, log, n }

/** The u32 cell at `counter` += amount. */
export enum Advance { counter = 1, amount }

/** The eight f64 cells at `out` = the Measures of x[i], i < n. */
export enum Statistics { x = 1, out, n, center, radius }

/** The eight f64 cells at `out` = the Movements from before[i] to after[i], i < n. */
export enum Change { after = 1, before, out, n }

/** counts[j] (u32) += the number of rows i with x[i, j] > 0; x [rows, columns]. */
export enum Fired { x = 1, counts, rows, columns }
