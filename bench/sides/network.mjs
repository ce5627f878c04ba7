/** Reads what exportNetwork of ../networks.mjs has written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const numbers = (Type, ...path) => new Type(new Uint8Array(readFileSync(join(...path))).buffer);

/** { x, y, layers: [{ kernel, inputs, units }] }: kernels are [inputs, units], row by row; biases begin at 0. */
export function read({ folder, inputs, hidden, outputs, task }) {
  const widths = [inputs, ...hidden, outputs];
  return {
    x: numbers(Float32Array, folder, 'x'),
    y: numbers(task === 'xor' ? Float32Array : Int32Array, folder, 'y'),
    layers: widths.slice(1).map((units, i) => ({
      kernel: numbers(Float32Array, folder, `kernel${i}`),
      inputs: widths[i],
      units,
    })),
  };
}
