/**
 * Packing: columns of B, for a range of k, as panels [k, 16 or 8] without gaps. The last panel may be wider
 * than the columns that are left; what stands there does not matter.
 */
import { loadTail, storeTail } from '../../simd';


/**
 * Columns of B stored by rows: element (p, j) at p·stride + j·4. Panels have `width` (16 or 8) columns; the
 * last one has 8 if no more are left. The panel from column j begins at panel + j·k·4. With `lastOnly`
 * just what does not fill a panel is packed.
 */
export function packRows(
  b: usize, stride: usize, columns: i32, width: i32, k: i32, panel: usize, lastOnly: bool,
): void {
  const whole = columns - (columns & ((columns & (width - 1)) > 8 ? width - 1 : 7));
  const from = lastOnly ? whole : 0;
  if (from == columns) return;
  const wide = width > 8 ? whole & ~15 : 0;
  const last: usize = columns - whole > 8 ? 16 : 8;
  const zero = f32x4.splat(0);
  for (let p = 0; p < k; p++, b += stride) {
    let j = from;
    for (; j < wide; j += 16) {
      const x = b + (<usize>j << 2);
      const y = panel + (<usize>(j * k + (p << 4)) << 2);
      v128.store(y, v128.load(x));
      v128.store(y, v128.load(x, 16), 16);
      v128.store(y, v128.load(x, 32), 32);
      v128.store(y, v128.load(x, 48), 48);
    }
    for (; j < whole; j += 8) {
      const x = b + (<usize>j << 2);
      const y = panel + (<usize>(j * k + (p << 3)) << 2);
      v128.store(y, v128.load(x));
      v128.store(y, v128.load(x, 16), 16);
    }
    if (j < columns) {
      let y = panel + ((<usize>(j * k) + <usize>p * last) << 2);
      for (let i: usize = 0; i < last; i += 4) v128.store(y + (i << 2), zero);
      for (; j < columns; j++, y += 4) store<f32>(y, load<f32>(b + (<usize>j << 2)));
    }
  }
}

/** The same of columns of B stored by columns: element (p, j) at p·4 + j·stride. All are packed. */
export function packColumns(b: usize, stride: usize, columns: i32, width: i32, k: i32, panel: usize): void {
  for (; columns > 0; columns -= width, panel += <usize>(k * width) << 2) {
    if (columns <= 8) width = 8;
    const step = <usize>width << 2;
    for (let j = 0; j < width; j += 4) {
      packFour(b, stride, min(columns - j, 4), k, panel + (<usize>j << 2), step);
      if (j + 4 < columns) b += 4 * stride;
    }
  }
}

/** Four columns of a panel: four rows of Bᵀ at a time, transposed in registers. A missing row repeats the last. */
export function packFour(b: usize, stride: usize, columns: i32, k: i32, panel: usize, step: usize): void {
  const b1 = b + (columns > 1 ? stride : 0);
  const b2 = b1 + (columns > 2 ? stride : 0);
  const b3 = b2 + (columns > 3 ? stride : 0);
  if (k < 4) {
    for (const end = b + (<usize>k << 2), d1 = b1 - b, d2 = b2 - b, d3 = b3 - b; b < end; b += 4, panel += step) {
      store<f32>(panel, load<f32>(b));
      store<f32>(panel, load<f32>(b + d1), 4);
      store<f32>(panel, load<f32>(b + d2), 8);
      store<f32>(panel, load<f32>(b + d3), 12);
    }
    return;
  }
  // The last four rows may overlap the ones before.
  const last = <usize>(k - 4) << 2;
  for (let p: usize = 0; ; p += 16) {
    if (p > last) p = last;
    const r0 = v128.load(b + p);
    const r1 = v128.load(b1 + p);
    const r2 = v128.load(b2 + p);
    const r3 = v128.load(b3 + p);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    const to = panel + (p >> 2) * step;
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(to + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    v128.store(to + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    v128.store(to + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    if (p == last) break;
  }
}

/** Moves sums between out and the spare tile, which lets a tile be wider than what is left of out. */
export function copyTile(from: usize, fromStride: usize, to: usize, toStride: usize, rows: i32, columns: i32): void {
  const whole = <usize>(columns & ~3) << 2;
  const rest = columns & 3;
  for (; rows > 0; rows--, from += fromStride, to += toStride) {
    for (let j: usize = 0; j < whole; j += 16) v128.store(to + j, v128.load(from + j));
    if (rest) storeTail(to + whole, loadTail(from + whole, rest), rest);
  }
}
