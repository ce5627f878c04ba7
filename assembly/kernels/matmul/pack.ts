/**
 * Packing: columns of B, for a range of k, as a panel [k, 8] without gaps; missing columns are 0.
 */

/** Panels of `columns` columns of B stored by rows: element (p, j) at p·stride + j·4. */
export function packRows(b: usize, stride: usize, columns: i32, k: i32, panel: usize): void {
  const panelBytes = <usize>k << 5;
  const zero = f32x4.splat(0);
  const whole = columns >> 3;
  const rest = columns & 7;
  for (const end = panel + panelBytes; panel < end; panel += 32, b += stride) {
    let from = b;
    let to = panel;
    for (let c = 0; c < whole; c++, from += 32, to += panelBytes) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
    if (rest) {
      v128.store(to, zero);
      v128.store(to, zero, 16);
      for (let j = 0; j < rest; j++) store<f32>(to + (<usize>j << 2), load<f32>(from + (<usize>j << 2)));
    }
  }
}

/** Panels of `columns` columns of B stored by columns: element (p, j) at p·4 + j·stride. */
export function packColumns(b: usize, stride: usize, columns: i32, k: i32, panel: usize): void {
  for (; columns > 0; columns -= 8, b += 8 * stride, panel += <usize>k << 5) {
    packFour(b, stride, min(columns, 4), k, panel);
    if (columns > 4) packFour(b + 4 * stride, stride, min(columns - 4, 4), k, panel + 16);
  }
}

/** Half a panel: four rows of Bᵀ at a time, transposed in registers. A missing row repeats the last. */
function packFour(b: usize, stride: usize, columns: i32, k: i32, panel: usize): void {
  let b0 = b;
  let b1 = b0 + (columns > 1 ? stride : 0);
  let b2 = b1 + (columns > 2 ? stride : 0);
  let b3 = b2 + (columns > 3 ? stride : 0);
  const end = panel + (<usize>k << 5);
  const end4 = panel + (<usize>(k & ~3) << 5);
  for (; panel < end4; panel += 128) {
    const r0 = v128.load(b0);
    const r1 = v128.load(b1);
    const r2 = v128.load(b2);
    const r3 = v128.load(b3);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(panel, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    v128.store(panel, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
    v128.store(panel, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
    v128.store(panel, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
  for (; panel < end; panel += 32) {
    store<f32>(panel, load<f32>(b0));
    store<f32>(panel, load<f32>(b1), 4);
    store<f32>(panel, load<f32>(b2), 8);
    store<f32>(panel, load<f32>(b3), 12);
    b0 += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
  }
}
