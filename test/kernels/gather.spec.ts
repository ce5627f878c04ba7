import { gather, oneHot } from '../../assembly/kernels/gather';
import { Gather, OneHot, Opcode, Storage } from '../../assembly/opcodes';
import {
  checkGuards,
  fillWith,
  get,
  guarded,
  guardedBytes,
  instruction,
  randomBits,
  randomInteger,
  runSlices,
  seed,
  set,
  setAddress,
  setInteger,
} from './support';

const SIZES: StaticArray<i32> = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 31, 32, 33, 100];
const EXAMPLES = 11;
const CURSOR = 3;

/** Wrong elements of gathered batches of 0, 1 and 6 rows, for 1 to 3 threads. */
function failuresOf(storage: i32, size: i32): i32 {
  const width = storage == Storage.U8 ? 1 : 4;
  const bytes = EXAMPLES * size * width;
  const table = guardedBytes(bytes);
  for (let i = 0; i < bytes; i++) store<u8>(table + i, <u8>randomBits());
  // floats that are numbers, so that they compare
  if (storage == Storage.F32) for (let i = 0; i < EXAMPLES * size; i++) set(table, i, <f32>randomInteger(1000));
  const index = guardedBytes(40);
  for (let i = 0; i < 10; i++) store<u32>(index + (i << 2), randomInteger(EXAMPLES));
  const cells = guardedBytes(12);
  store<u32>(cells, <u32>table);
  store<u32>(cells + 4, <u32>index);
  store<u32>(cells + 8, CURSOR);

  let failures = 0;
  for (let batch = 0; batch <= 6; batch += batch == 0 ? 1 : 5) {
    const out = guarded(batch * size);
    const ip = instruction(Opcode.Gather, 8);
    setAddress(ip, Gather.table, cells);
    setAddress(ip, Gather.index, cells + 4);
    setAddress(ip, Gather.cursor, cells + 8);
    setAddress(ip, Gather.out, out);
    setInteger(ip, Gather.batch, batch);
    setInteger(ip, Gather.size, size);
    setInteger(ip, Gather.storage, storage);
    for (let threads = 1; threads <= 3; threads++) {
      fillWith(out, batch * size, NaN);
      runSlices(gather, ip, threads);
      for (let b = 0; b < batch; b++) {
        const row = load<u32>(index + ((CURSOR + b) << 2)) * size;
        for (let j = 0; j < size; j++) {
          let right: f32;
          if (storage == Storage.U8) right = <f32>load<u8>(table + row + j);
          else if (storage == Storage.I32) right = <f32>load<i32>(table + ((row + j) << 2));
          else right = get(table, row + j);
          if (get(out, b * size + j) != right) failures++;
        }
      }
      if (!checkGuards(out, batch * size)) failures++;
    }
  }
  return failures;
}

function failuresOverSizes(storage: i32): i32 {
  let failures = 0;
  for (let i = 0; i < SIZES.length; i++) failures += failuresOf(storage, SIZES[i]);
  return failures;
}

describe('gather', () => {
  test('rows of f32', () => {
    seed(1);
    expect(failuresOverSizes(Storage.F32)).toBe(0);
  });
  test('rows of i32 become f32', () => {
    seed(2);
    expect(failuresOverSizes(Storage.I32)).toBe(0);
  });
  test('rows of bytes become f32', () => {
    seed(3);
    expect(failuresOverSizes(Storage.U8)).toBe(0);
  });
});

describe('oneHot', () => {
  test('one 1 a row; none for a label that is no class', () => {
    let failures = 0;
    const rows = 9;
    for (let s = 0; s < SIZES.length; s++) {
      const columns = SIZES[s];
      const labels = guarded(rows);
      for (let row = 0; row < rows; row++) set(labels, row, <f32>randomInteger(columns));
      set(labels, 2, <f32>columns);
      set(labels, 4, -1);
      set(labels, 5, NaN);
      set(labels, 7, 3e9);
      const out = guarded(rows * columns);
      const ip = instruction(Opcode.OneHot, 5);
      setAddress(ip, OneHot.labels, labels);
      setAddress(ip, OneHot.out, out);
      setInteger(ip, OneHot.rows, rows);
      setInteger(ip, OneHot.columns, columns);
      for (let threads = 1; threads <= 3; threads++) {
        fillWith(out, rows * columns, NaN);
        runSlices(oneHot, ip, threads);
        for (let row = 0; row < rows; row++) {
          for (let j = 0; j < columns; j++) {
            if (get(out, row * columns + j) != (get(labels, row) == <f32>j ? 1 : 0)) failures++;
          }
        }
      }
      if (!checkGuards(out, rows * columns)) failures++;
    }
    expect(failures).toBe(0);
  });
});
