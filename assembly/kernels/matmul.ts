/**
 * out[m,n] = epilogue(A·B), the product behind every dense layer and its two gradients.
 *
 * B is packed, up to PASS terms of k at a time, into panels of eight columns: as many as together stay
 * in the first-level cache while all rows of A pass by, in tiles of up to 5 × 8 sums (matmul/tile.ts).
 * A is read where it lies, but for transposed ones whose rows fall on top of each other in the cache.
 * Small products and row vectors skip the packing (matmul/direct.ts). Every sum starts from 0 and takes
 * its terms in ascending k, a pass over k resuming from out: the bits do not depend on tiles or threads.
 */
import { BLOCK, copiesA, isDirect, PANEL, PANELS, PASS, TILE, workBytes } from '../matmul-work';
import { Matmul, MatmulKind } from '../opcodes';
import { address, integer, sliceStart } from '../operands';
import { rowVector, smallProduct } from './matmul/direct';
import { finishTile } from './matmul/epilogue';
import { packColumns, packRows } from './matmul/pack';
import { sumTile } from './matmul/tile';

export function matmul(ip: usize, thread: i32, threads: i32): void {
  let kind = integer(ip, Matmul.kind);
  let m = integer(ip, Matmul.m);
  let n = integer(ip, Matmul.n);
  const k = integer(ip, Matmul.k);
  let a = address(ip, Matmul.a);
  let b = address(ip, Matmul.b);
  const packs = !isDirect(kind, m, n, k);
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

  if (packs) {
    packedProduct(ip, swapped, a, aByColumns, b, bByColumns, work, m, n, k, thread, threads);
    return;
  }
  const bStep: usize = bByColumns ? 4 : <usize>n << 2;
  const bColumn: usize = bByColumns ? <usize>k << 2 : 4;
  let from = sliceStart(n, 16, thread, threads);
  const to = sliceStart(n, 16, thread + 1, threads);
  if (m == 1 && bColumn == 4 && to - from >= 16) {
    const columns = (to - from) & ~15;
    rowVector(a, b + (<usize>from << 2), bStep, address(ip, Matmul.out) + (<usize>from << 2), k, columns);
    finishTile(ip, swapped, n, 0, from, 1, columns);
    from += columns;
  }
  const aRow: usize = aByColumns ? 4 : <usize>k << 2;
  const aStep: usize = aByColumns ? <usize>m << 2 : 4;
  smallProduct(ip, swapped, a, aRow, aStep, b, bStep, bColumn, m, n, k, from, to);
}

function packedProduct(
  ip: usize, swapped: bool, a: usize, aByColumns: bool, b: usize, bByColumns: bool, work: usize,
  m: i32, n: i32, k: i32, thread: i32, threads: i32,
): void {
  // Threads share columns, which leaves nothing to pack twice, or rows if columns are few.
  let rowFrom = 0, rowTo = m, from = 0, to = n;
  if (n >= 32 * threads || n >= m) {
    from = sliceStart(n, PANEL, thread, threads);
    to = sliceStart(n, PANEL, thread + 1, threads);
  } else {
    rowFrom = sliceStart(m, TILE, thread, threads);
    rowTo = sliceStart(m, TILE, thread + 1, threads);
  }
  const out = address(ip, Matmul.out);
  const copies = copiesA(integer(ip, Matmul.kind), m, n);
  const aStride = <usize>(aByColumns ? m : k) << 2;
  const bStride = <usize>(bByColumns ? k : n) << 2;
  const outStride = <usize>n << 2;
  const spare = work + PANELS * PASS * PANEL * 4;
  const block = spare + TILE * PANEL * 4;
  const passes = (k + PASS - 1) / PASS;
  for (let pass = 0, p = 0; pass < passes; pass++) {
    const terms = (k - p) / (passes - pass);
    const panelBytes = <usize>terms * PANEL * 4;
    const group = (PANELS * PASS) / terms * PANEL;
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
        if (bByColumns) packColumns(b + <usize>j * bStride + (<usize>p << 2), bStride, columns, terms, work);
        else packRows(b + <usize>p * bStride + (<usize>j << 2), bStride, columns, terms, work);
        // Tiles as even as possible: 32 rows are 4 × 5 + 3 × 4.
        for (let i = top, tiles = (bottom - top + TILE - 1) / TILE; tiles > 0; tiles--) {
          const rows = (bottom - i + tiles - 1) / tiles;
          const xTile = x + <usize>(i - top) * rowBytes;
          let y = out + <usize>i * outStride + (<usize>j << 2);
          let panel = work;
          for (let c = 0; c < columns; c += PANEL, panel += panelBytes, y += PANEL * 4) {
            const width = min(PANEL, columns - c);
            if (width == 8 || width == 4) {
              sumTile(rows, width, aByColumns, xTile, xStride, panel, y, outStride, terms, p > 0);
            } else {
              if (p > 0) copyTile(y, outStride, spare, PANEL * 4, rows, width);
              const full = width < 4 ? 4 : 8;
              sumTile(rows, full, aByColumns, xTile, xStride, panel, spare, PANEL * 4, terms, p > 0);
              copyTile(spare, PANEL * 4, y, outStride, rows, width);
            }
          }
          if (pass == passes - 1) finishTile(ip, swapped, n, i, j, rows, columns);
          i += rows;
        }
      }
    }
    p += terms;
  }
}

function copyTile(from: usize, fromStride: usize, to: usize, toStride: usize, rows: i32, columns: i32): void {
  for (; rows > 0; rows--, from += fromStride, to += toStride) {
    for (let j: usize = 0; j < <usize>columns << 2; j += 4) store<f32>(to + j, load<f32>(from + j));
  }
}
