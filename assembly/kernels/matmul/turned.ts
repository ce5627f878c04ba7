/** Products with few columns, such as the units of an output layer. */
import { PANEL, PASS, TURNED } from '../../matmul-work';
import { Epilogue, Matmul } from '../../opcodes';
import { address, float, integer, sliceStart } from '../../operands';
import { biasOf, finished, finishTile, savedOf } from './epilogue';
import { packColumns, packRows } from './pack';
import { sumTile } from './tile';

/**
 * out [m, n] for n ≤ TURNED, by way of outᵀ = Bᵀ·Aᵀ, whose rows fill the lanes of vectors: rows of A take the
 * part that columns of B have in other products, and are read in place if A is stored by columns.
 */
export function turnedProduct(
  ip: usize, a: usize, aByColumns: bool, b: usize, bByColumns: bool, work: usize,
  m: i32, n: i32, k: i32, thread: i32, threads: i32,
): void {
  const tileRows = integer(ip, Matmul.tileRows);
  const width = m > PANEL ? integer(ip, Matmul.tileColumns) : PANEL;
  const from = sliceStart(m, width, thread, threads);
  const to = sliceStart(m, width, thread + 1, threads);
  const aStride = <usize>(aByColumns ? m : k) << 2;
  const bStride = <usize>(bByColumns ? k : n) << 2;
  const zeros = work;
  const sums = zeros + 8 * PANEL;
  const panels = sums + <usize>TURNED * (8 * PANEL);
  for (let j: usize = 0; j < 8 * PANEL; j += 16) v128.store(zeros + j, f32x4.splat(0));
  for (let i = from; i < to; i += width) {
    const lanes = min(width, to - i);
    // As wide as the packers make it.
    const wide = lanes > PANEL ? width : PANEL;
    const row = <usize>wide << 2;
    for (let p = 0; p < k; p += PASS) {
      const terms = min(PASS, k - p);
      let panel = panels;
      let step = row;
      if (!aByColumns) {
        packColumns(a + <usize>i * aStride + (<usize>p << 2), aStride, lanes, width, terms, panels);
      } else if (lanes < wide) {
        packRows(a + <usize>p * aStride + (<usize>i << 2), aStride, lanes, width, terms, panels, false);
      } else {
        panel = a + <usize>p * aStride + (<usize>i << 2);
        step = aStride;
      }
      for (let j = 0, tiles = (n + tileRows - 1) / tileRows; tiles > 0; tiles--) {
        const rows = (n - j + tiles - 1) / tiles;
        const x = b + (bByColumns ? <usize>j * bStride + (<usize>p << 2) : <usize>p * bStride + (<usize>j << 2));
        const c = sums + <usize>j * row;
        sumTile(
          rows, wide, !bByColumns, x, bStride, panel, step, p > 0 ? c : zeros, p > 0 ? row : 0, c, row, terms,
        );
        j += rows;
      }
    }
    storeTurned(ip, sums, row, i, lanes, n);
  }
  if (savedOf(ip) != 0) finishTile(ip, false, n, from, 0, to - from, n);
}

/** Rows i … i + lanes of out, from their transpose in `sums`, with bias and activation. */
function storeTurned(ip: usize, sums: usize, row: usize, i: i32, lanes: i32, n: i32): void {
  const activates = integer(ip, Matmul.epilogue) == Epilogue.Activate;
  const fn = integer(ip, Matmul.fn);
  const alpha = float(ip, Matmul.alpha);
  const bias = biasOf(ip);
  const stride = <usize>n << 2;
  for (let j: usize = 0; j < stride; j += 4, sums += row) {
    let p = address(ip, Matmul.out) + <usize>i * stride + j;
    for (let left = lanes, x = sums; left > 0; left -= 4, x += 16, p += 4 * stride) {
      let s = v128.load(x);
      if (activates) s = finished(4, s, fn, alpha, bias == 0 ? 0 : bias + j, 0, 0, 0, true);
      v128.store32_lane(p, s, 0);
      if (left > 1) v128.store32_lane(p + stride, s, 1);
      if (left > 2) v128.store32_lane(p + 2 * stride, s, 2);
      if (left > 3) v128.store32_lane(p + 3 * stride, s, 3);
    }
  }
}
