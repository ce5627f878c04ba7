/**
 * out[m,n] = epilogue(A·B), the product behind every dense layer and its two gradients.
 *
 * It is done in tiles of up to 6 × 16 sums (matmul/tile.ts; the instruction says which size is best here).
 * B is packed, up to PASS terms of k at a time, into panels as wide as a tile; each stays in the
 * first-level cache while all rows of A pass by. For few rows B is read where it lies, if it is stored by
 * rows. So is A, but for transposed ones whose rows fall on top of each other in the cache. Small products, sums of
 * a few terms and row vectors have their own loops (matmul/direct.ts), few columns their own way to use
 * the tiles (matmul/turned.ts), and the zeros of an A that is full of them are skipped (matmul/sparse.ts). Every
 * sum starts from 0 and takes its terms in ascending k, a pass over k resuming from out: the bits do not depend on
 * tiles or threads.
 */
import {
  BLOCK, copiesA, GRAIN, GROUP, hasFewTerms, IN_PLACE, isDirect, isTurned, maySkip, NEAR, PANEL, PASS, ROWS,
  SKIP_NARROW, SKIP_WIDE, smallGroup, workBytes,
} from '../matmul-work';
import { Matmul, MatmulKind } from '../opcodes';
import { address, integer, sliceStart } from '../operands';
import { fewTerms, rowVector, smallProduct } from './matmul/direct';
import { finishTile } from './matmul/epilogue';
import { copyTile, packColumns, packRows } from './matmul/pack';
import { isSparse, sparseProduct } from './matmul/sparse';
import { sumTile } from './matmul/tile';
import { turnedProduct } from './matmul/turned';

/** Bytes of a row of sums in the widest tile. */
const SPARE: usize = 8 * PANEL;

export function matmul(ip: usize, thread: i32, threads: i32): void {
  let kind = integer(ip, Matmul.kind);
  let m = integer(ip, Matmul.m);
  let n = integer(ip, Matmul.n);
  const k = integer(ip, Matmul.k);
  let a = address(ip, Matmul.a);
  let b = address(ip, Matmul.b);
  const direct = isDirect(kind, m, n, k);
  const work = address(ip, Matmul.work) + (thread == 0 ? 0 : <usize>workBytes(kind, m, n, k) * thread);

  // A single column is the row (A·b)ᵀ = bᵀ·Aᵀ, whose elements can fill the lanes of a vector.
  const swapped = n == 1 && m > 1;
  if (swapped) {
    const t = a;
    a = b;
    b = t;
    n = m;
    m = 1;
    kind = kind == MatmulKind.TN ? MatmulKind.NN : MatmulKind.NT;
  }
  // Vectors lie alike by rows and by columns.
  const aByColumns = kind == MatmulKind.TN && m > 1;
  const bByColumns = kind == MatmulKind.NT && k > 1;

  if (!direct) {
    if (isTurned(m, n)) {
      turnedProduct(ip, a, aByColumns, b, bByColumns, work, m, n, k, thread, threads);
      return;
    }
    const share: f32 = integer(ip, Matmul.tileColumns) > PANEL ? <f32>SKIP_WIDE : <f32>SKIP_NARROW;
    if (!swapped && maySkip(kind, m, n, k) && isSparse(a, aByColumns ? k : m, aByColumns ? m : k, share)) {
      if (sparseProduct(ip, a, aByColumns, b, bByColumns, work, m, n, k, thread, threads)) return;
      // Others may still be at the other rows.
      for (let i = thread * GRAIN; i < m; i += threads * GRAIN) {
        tiledProduct(ip, false, a, aByColumns, b, bByColumns, work, m, n, k, i, min(i + GRAIN, m), 0, n);
      }
      return;
    }
    // Threads share columns, which leaves nothing to pack twice, or rows if columns are few.
    const byColumns = n >= 32 * threads || n >= m;
    const all = byColumns ? n : m;
    const grain = byColumns ? tileColumnsOf(ip, m) : integer(ip, Matmul.tileRows);
    const first = sliceStart(all, grain, thread, threads);
    const last = sliceStart(all, grain, thread + 1, threads);
    if (byColumns) tiledProduct(ip, swapped, a, aByColumns, b, bByColumns, work, m, n, k, 0, m, first, last);
    else tiledProduct(ip, swapped, a, aByColumns, b, bByColumns, work, m, n, k, first, last, 0, n);
    return;
  }
  const bStep: usize = bByColumns ? 4 : <usize>n << 2;
  const bColumn: usize = bByColumns ? <usize>k << 2 : 4;
  const aRow: usize = aByColumns ? 4 : <usize>k << 2;
  const aStep: usize = aByColumns ? <usize>m << 2 : 4;
  let from = sliceStart(n, 16, thread, threads);
  const to = sliceStart(n, 16, thread + 1, threads);
  const few = hasFewTerms(m, n, k);
  if (few || (m == 1 && bColumn == 4 && to - from >= 16)) {
    const columns = (to - from) & (few ? ~(PANEL - 1) : ~15);
    const y = b + <usize>from * bColumn;
    if (!few) {
      rowVector(a, aStep, y, bStep, address(ip, Matmul.out) + (<usize>from << 2), k, columns);
      finishTile(ip, swapped, n, 0, from, m, columns);
    } else if (bByColumns) {
      packColumns(y, bColumn, columns, PANEL, k, work);
      fewTerms(ip, a, aRow, aStep, work, 4 * PANEL, (4 * PANEL) * k, m, n, from, columns, k);
    } else {
      fewTerms(ip, a, aRow, aStep, y, bStep, 4 * PANEL, m, n, from, columns, k);
    }
    from += columns;
  }
  if (from < to) smallProduct(ip, swapped, a, aRow, aStep, b, bStep, bColumn, m, n, k, from, to);
}

/** With few rows only a wide tile has sums enough to keep the processor busy. */
function tileColumnsOf(ip: usize, m: i32): i32 {
  return m <= 2 ? 2 * PANEL : integer(ip, Matmul.tileColumns);
}

/** Rows rowFrom … rowTo, columns from … to. */
function tiledProduct(
  ip: usize, swapped: bool, a: usize, aByColumns: bool, b: usize, bByColumns: bool, work: usize,
  m: i32, n: i32, k: i32, rowFrom: i32, rowTo: i32, from: i32, to: i32,
): void {
  const tileRows = integer(ip, Matmul.tileRows);
  const tileColumns = tileColumnsOf(ip, m);
  const out = address(ip, Matmul.out);
  const copies = copiesA(integer(ip, Matmul.kind), m, n);
  const inPlace = !bByColumns && rowTo - rowFrom <= IN_PLACE;
  const aStride = <usize>(aByColumns ? m : k) << 2;
  const bStride = <usize>(bByColumns ? k : n) << 2;
  const outStride = <usize>n << 2;
  // Read in place, whole panels need no room.
  const small = inPlace && (n & 7) == 0 ? 0 : <i32>smallGroup(n, k);
  const spare = work;
  const zeros = spare + <usize>ROWS * SPARE;
  const block = zeros + SPARE;
  const panels = block + (copies ? <usize>(PASS * BLOCK * 4) : 0);
  for (let j: usize = 0; j < SPARE; j += 16) v128.store(zeros + j, f32x4.splat(0));
  const passes = (k + PASS - 1) / PASS;
  for (let pass = 0, p = 0; pass < passes; pass++) {
    const terms = (k - p) / (passes - pass);
    const near = PASS / terms * NEAR;
    const group = small > 0 ? small : GROUP / NEAR * near;
    for (let top = rowFrom, bottom = rowTo; top < rowTo; top = bottom, bottom = rowTo) {
      let x = aByColumns
        ? a + (<usize>top << 2) + <usize>p * aStride
        : a + <usize>top * aStride + (<usize>p << 2);
      let xStride = aStride;
      if (copies) {
        bottom = min(rowTo, top + BLOCK);
        for (let q: usize = 0; q < <usize>terms; q++) {
          memory.copy(block + q * BLOCK * 4, x + q * aStride, <usize>(bottom - top) << 2);
        }
        x = block;
        xStride = BLOCK * 4;
      }
      const rowBytes: usize = aByColumns ? 4 : xStride;
      for (let j = from; j < to; j += group) {
        const columns = min(group, to - j);
        const y = b + (bByColumns ? <usize>j * bStride + (<usize>p << 2) : <usize>p * bStride + (<usize>j << 2));
        if (bByColumns) packColumns(y, bStride, columns, tileColumns, terms, panels);
        else packRows(y, bStride, columns, tileColumns, terms, panels, inPlace);
        for (let first = 0, last = 0; first < columns; first = last) {
          last = min(columns, first + near);
          // Tiles as even as possible: 32 rows are 4 × 5 + 3 × 4.
          for (let i = top, tiles = (bottom - top + tileRows - 1) / tileRows; tiles > 0; tiles--) {
            const rows = (bottom - i + tiles - 1) / tiles;
            const xTile = x + <usize>(i - top) * rowBytes;
            let sums = out + <usize>i * outStride + (<usize>(j + first) << 2);
            for (let c = first, width = tileColumns; c < last; c += width, sums += <usize>width << 2) {
              if (columns - c <= PANEL) width = PANEL;
              const used = columns - c;
              const packed = panels + <usize>(c * terms) * 4;
              if (used >= width || used == 4) {
                const direct = inPlace && used >= width;
                sumTile(
                  rows, min(used, width), aByColumns, xTile, xStride,
                  direct ? y + (<usize>c << 2) : packed, direct ? bStride : <usize>width << 2,
                  p > 0 ? sums : zeros, p > 0 ? outStride : 0, sums, outStride, terms,
                );
              } else {
                // The last panel is wider than what is left of out.
                if (p > 0) copyTile(sums, outStride, spare, SPARE, rows, used);
                sumTile(
                  rows, used < 4 ? 4 : width, aByColumns, xTile, xStride, packed, <usize>width << 2,
                  p > 0 ? spare : zeros, p > 0 ? SPARE : 0, spare, SPARE, terms,
                );
                copyTile(spare, SPARE, sums, outStride, rows, used);
              }
            }
            if (pass == passes - 1) finishTile(ip, swapped, n, i, j + first, rows, last - first);
            i += rows;
          }
        }
      }
    }
    p += terms;
  }
}
