/**
 * How a matmul is carried out, by its shape alone. The host's planner asks for the scratch memory;
 * the kernel asks again and must get the same answer. `number` is f64 in AssemblyScript and so
 * means the same to both compilers.
 */
import { MatmulKind } from './opcodes';

/** Rows of the largest tile. */
export const TILE = 5;
/** Columns of a panel of packed B. */
export const PANEL = 8;
/** Terms of k that one pass accumulates. */
export const PASS = 256;
/** Panels of PASS terms that are packed at a time; of fewer terms, more. */
export const PANELS = 2;
/** Rows of A that are copied at a time, where they are. */
export const BLOCK = 160;
/** Products of up to so many multiply-adds are not worth packing. */
const SMALL = 128;

/**
 * Whether B is read where it lies: small products, and row vectors times matrices stored by rows
 * (n = 1 is the same with the operands swapped), which use each element of B once.
 */
export function isDirect(kind: number, m: number, n: number, k: number): boolean {
  if (m * n * k <= SMALL) return true;
  return (m === 1 && kind !== MatmulKind.NT) || (n === 1 && kind === MatmulKind.TN);
}

/**
 * Whether blocks of A are copied before use: transposed, with rows a multiple of 4 KiB apart, a
 * tile's column of A would have only the few ways of one cache set (35 instead of 53 GFLOP/s).
 */
export function copiesA(kind: number, m: number, n: number): boolean {
  return kind === MatmulKind.TN && Math.floor(m / 1024) * 1024 === m && n > PANEL;
}

/** Bytes of scratch memory each thread needs: panels of B, one tile of sums, a block of A. */
export function workBytes(kind: number, m: number, n: number, k: number): number {
  if (isDirect(kind, m, n, k)) return 0;
  return ((PANELS * PASS + TILE) * PANEL + (copiesA(kind, m, n) ? PASS * BLOCK : 0)) * 4;
}
