/**
 * How a matmul is carried out, by its shape alone. The host's planner asks for the scratch memory;
 * the kernel asks again and must get the same answer. `number` is f64 in AssemblyScript and so
 * means the same to both compilers.
 */
import { MatmulKind } from './opcodes';

/** Rows of the largest tile. */
export const ROWS = 6;
/** Columns of a narrow panel of packed B; a wide one has two times as many. */
export const PANEL = 8;
/** Terms of k that one pass accumulates. */
export const PASS = 384;
/** Columns of PASS terms that stay in the first-level cache; of fewer terms, more. */
export const NEAR = 16;
/** Columns of PASS terms that are packed at a time; of fewer terms, more. */
export const GROUP = 64;
/** For so many rows of A or fewer, a B stored by rows is read where it lies. */
export const IN_PLACE = 64;
/** Rows of all panels of B, each of 16 columns, up to which they are packed in two groups rather than one. */
const SMALL_PANELS = 256;
/** Rows of A that are copied at a time, where they are. */
export const BLOCK = 160;
/** Columns of B whose sums a product without A's zeros keeps in registers. */
export const STRIP = 48;
/** Terms of k that it takes in one pass: a panel of STRIP columns stays in the first-level cache. */
export const SKIP_PASS = 256;
/** Rows of A that it squeezes at a time, and that threads take in turn. */
export const GRAIN = 8;
/** Entries and rows that its lists have room for at most. */
const ENTRIES = 16384;
const LISTS = 512;
/** Rows of A that are looked at to tell how many of its numbers are 0. */
export const SAMPLES = 16;
/**
 * The share of them that may be other than 0 if zeros are to be skipped, with narrow tiles and with wide ones. A
 * multiply-add takes a third longer than in narrow tiles and a half longer than in wide ones, and lists want their
 * share: the two ways are even at 0.70 and 0.48 with 128 columns, 0.75 and 0.58 with 512 (bench/matmul.mjs).
 */
export const SKIP_NARROW = 0.68;
export const SKIP_WIDE = 0.5;
/** Rows and terms from which on lists are worth making, and columns that use them often enough. */
const WORTH = 16;
const WORTH_COLUMNS = 32;
/** Products of up to so many multiply-adds are not worth packing. */
const SMALL = 128;
/** Sums of so few terms are done sooner than a tile of them is set up. */
const FEW = 4;

/** Products of so many columns or fewer are computed turned: two tiles of rows. */
export const TURNED = 2 * ROWS;

/** Whether the product is one of two vectors or more, each element the sum of a few terms. */
export function hasFewTerms(m: number, n: number, k: number): boolean {
  return m > 1 && n > 1 && k > 0 && k <= FEW;
}

/**
 * Whether rows are computed one at a time: those of small products, of sums of a few terms, and
 * row vectors times matrices stored by rows (n = 1 is the same with the operands swapped).
 */
export function isDirect(kind: number, m: number, n: number, k: number): boolean {
  if (m * n * k <= SMALL || hasFewTerms(m, n, k)) return true;
  return (m === 1 && kind !== MatmulKind.NT) || (n === 1 && kind === MatmulKind.TN);
}

/** Whether out is computed by way of its transpose: where its columns are few, its rows fill vectors better. */
export function isTurned(m: number, n: number): boolean {
  return n <= TURNED && n > 1 && m > n;
}

/**
 * Whether blocks of A are copied before use: transposed, with rows a multiple of 4 KiB apart, a
 * tile's column of A would have only the few ways of one cache set (35 instead of 53 GFLOP/s).
 */
export function copiesA(kind: number, m: number, n: number): boolean {
  return kind === MatmulKind.TN && Math.floor(m / 1024) * 1024 === m && n > PANEL;
}

/**
 * Columns of B that are packed at a time if B is so small that all its panels, or lists for it, would be
 * much of a small plan's memory; 0 for a larger B.
 */
export function smallGroup(columns: number, k: number): number {
  const all = Math.ceil(columns / (2 * PANEL)) * k;
  return all <= SMALL_PANELS ? Math.max(1, Math.floor(SMALL_PANELS / 2 / k)) * 2 * PANEL : 0;
}

/**
 * Whether zeros of A are left out where there are many. With a small B only in the gradient of weights, and only if
 * the lists are at most a tenth of it, the weights and Adam's two slots together: else they are much of a small plan.
 */
export function maySkip(kind: number, m: number, n: number, k: number): boolean {
  if (m < WORTH || k < WORTH || n < WORTH_COLUMNS) return false;
  return smallGroup(n, k) === 0 || (kind === MatmulKind.TN && skipBytes(m, k) * 10 <= 16 * m * n);
}

/** Groups of rows that are squeezed at a time. */
function groups(m: number): number {
  return Math.ceil(m / GRAIN);
}

/** Entries that the lists have room for: those of half of A, after which they begin anew. */
export function listEntries(m: number, k: number): number {
  return Math.min(ENTRIES, (groups(m) * GRAIN * (Math.min(k, SKIP_PASS) + 4)) / 2);
}

/** Rows that the lists have room for. */
export function listRows(m: number): number {
  return Math.min(LISTS, groups(m) * GRAIN);
}

/** Sums, zeros, a panel of B, rows of Aᵀ, patterns of lanes, the ends of lists, their values and offsets. */
function skipBytes(m: number, k: number): number {
  const terms = Math.min(Math.ceil(k / 4) * 4, SKIP_PASS);
  return ((2 + terms) * STRIP + GRAIN * terms + 64 + listRows(m) + 2 * listEntries(m, k)) * 4;
}

/** Bytes of scratch memory each thread needs: tiles of sums, a row of zeros, a block of A, panels of B. */
export function workBytes(kind: number, m: number, n: number, k: number): number {
  if (hasFewTerms(m, n, k) && kind === MatmulKind.NT && k > 1) return Math.ceil(n / PANEL) * PANEL * k * 4;
  if (isDirect(kind, m, n, k)) return 0;
  if (isTurned(m, n)) return (TURNED + 1 + Math.min(k, PASS)) * 2 * PANEL * 4;
  const all = n === 1 ? m : n;
  const columns = Math.min(Math.ceil(all / (2 * PANEL)) * 2 * PANEL, smallGroup(all, k) || Infinity);
  const block = copiesA(kind, m, n) ? PASS * BLOCK : 0;
  const tiles = ((ROWS + 1) * 2 * PANEL + block + Math.min(columns * k, PASS * GROUP)) * 4;
  return maySkip(kind, m, n, k) ? Math.max(tiles, skipBytes(m, k)) : tiles;
}
