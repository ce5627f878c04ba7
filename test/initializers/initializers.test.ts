/** Exact values: quantiles, bits that must not change, orthogonality; and what is refused. */
import { describe, expect, test } from 'vitest';
import { ConfigError, initializers, layers, sequential } from '../../src/index.js';
import { inverseNormal, log, unit } from '../../src/initializers/draw.js';
import type { Initializer } from '../../src/initializers/initializer.js';
import { words } from '../../src/ops/philox.js';

describe('draws', () => {
  /** From Python's statistics.NormalDist().inv_cdf. */
  test.each([
    [2 ** -33, -6.337957754553789],
    [1e-6, -4.753424308822899],
    [0.001, -3.090232306167813],
    [0.02275013194817921, -2],
    [0.07, -1.4757910281791702],
    [0.075, -1.4395314709384557],
    [0.25, -0.6744897501960817],
    [0.5, 0],
    [0.6, 0.2533471031357998],
    [0.975, 1.9599639845400536],
    [1 - 2 ** -20, 4.7630010342678135],
  ])('quantile %d of the normal distribution', (p, expected) => {
    expect(Math.abs(inverseNormal(p) - expected)).toBeLessThanOrEqual(
      4e-16 * Math.max(1, Math.abs(expected)),
    );
  });

  test('log is as exact as Math.log', () => {
    for (let i = 0; i < 10000; i++) {
      const x = 2 ** (0.49 - i / 250);
      expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(3e-16 * Math.max(1, Math.abs(Math.log(x))));
    }
  });

  test('units lie strictly between 0 and 1', () => {
    const extremes = [0, 0xffffffff].values() as unknown as Iterator<number, never>;
    expect([unit(extremes), unit(extremes)]).toEqual([2 ** -33, 1 - 2 ** -33]);
  });
});

/** A fingerprint of bits (FNV-1a). */
function fingerprint(values: Float32Array): string {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16);
}

test('the bits are the same everywhere and always', () => {
  const bits = Object.entries(initializers).map(([name, make]) => [
    name,
    fingerprint(make().values([40, 25], words(1, 2))),
  ]);
  expect(Object.fromEntries(bits)).toMatchInlineSnapshot(`
    {
      "constant": "94848a45",
      "glorotNormal": "1b3b7837",
      "glorotUniform": "f1cffe96",
      "heNormal": "2fe1d1ab",
      "heUniform": "50ea12cb",
      "identity": "ef805a98",
      "lecunNormal": "69d564b1",
      "lecunUniform": "99431aa7",
      "ones": "9ab83d05",
      "orthogonal": "ce45cd65",
      "randomNormal": "769a214f",
      "randomUniform": "127869fc",
      "truncatedNormal": "8fb2d259",
      "varianceScaling": "69d564b1",
      "zeros": "94848a45",
    }
  `);
});

describe('orthogonal', () => {
  test.each([[[6, 6]], [[40, 7]], [[7, 40]], [[3, 2, 4, 5]], [[2, 2, 9]], [[1, 5]]])(
    'of shape %j',
    (shape) => {
      const columns = shape[shape.length - 1];
      const rows = shape.reduce((a, b) => a * b) / columns;
      const gain = 1.5;
      const m = initializers.orthogonal({ gain }).values(shape, words(4, 0));
      const at = (i: number, k: number) => (rows < columns ? m[i * columns + k] : m[k * columns + i]);
      const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
      for (let i = 0; i < short; i++) {
        for (let j = 0; j < short; j++) {
          let dot = 0;
          for (let k = 0; k < long; k++) dot += at(i, k) * at(j, k);
          expect(dot).toBeCloseTo(i === j ? gain * gain : 0, 6);
        }
      }
    },
  );

  test('is not partial to a sign', () => {
    // Without the choice of signs, the first entry of a 1 × 1 or 2 × 2 Q would always have the same one.
    const firsts = Array.from({ length: 200 }, (_, seed) =>
      initializers.orthogonal().values([2, 2], words(seed, 0)),
    );
    for (let i = 0; i < 4; i++) {
      const positive = firsts.filter((m) => m[i] > 0).length;
      expect(positive).toBeGreaterThan(70);
      expect(positive).toBeLessThan(130);
    }
  });
});

test('identity of matrices that are not square', () => {
  expect([...initializers.identity({ gain: 2 }).values([2, 3], words(0, 0))]).toEqual([2, 0, 0, 0, 2, 0]);
  expect([...initializers.identity().values([3, 2], words(0, 0))]).toEqual([1, 0, 0, 1, 0, 0]);
});

describe('in a model', () => {
  const kernel = (kernelInitializer: Initializer | keyof typeof initializers, seed = 0) =>
    sequential({
      layers: [layers.dense({ units: 4, kernelInitializer, inputShape: [3] })],
      seed,
    }).getWeights()[0].data;

  test.each(Object.keys(initializers) as (keyof typeof initializers)[])('%s by name', (name) => {
    expect(kernel(name)).toEqual(kernel(initializers[name]()));
  });

  test.each(Object.keys(initializers) as (keyof typeof initializers)[])('%s as it is defined', (name) => {
    expect(kernel(name, 5)).toEqual(initializers[name]().values([3, 4], words(5, 0)));
  });

  test('one that draws in parts', () => {
    const inParts = (first: number): Initializer => ({
      name: 'inParts',
      values(_, random) {
        const words = Array.from({ length: first }, () => random.next().value / 2 ** 32);
        const uniform = initializers.randomUniform().values([7], random);
        const normal = initializers.randomNormal().values([5 - first], random);
        return Float32Array.from([...words, ...uniform, ...normal]);
      },
    });
    for (const first of [0, 2]) {
      expect(kernel(inParts(first), 5)).toEqual(inParts(first).values([3, 4], words(5, 0)));
    }
  });

  test('the seed of the model, or the one given, decides', () => {
    expect(kernel('heNormal', 1)).not.toEqual(kernel('heNormal', 2));
    const seeded = initializers.heNormal({ seed: 5 });
    expect(kernel(seeded, 1)).toEqual(kernel(seeded, 2));
    expect(kernel(seeded)).not.toEqual(kernel(initializers.heNormal({ seed: 6 })));
  });

  test('an initializer of the user', () => {
    const own: Initializer = {
      name: 'own',
      values: ([rows, columns]) => new Float32Array(rows * columns).map((_, i) => i),
    };
    expect([...kernel(own)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const short: Initializer = { name: 'short', values: () => new Float32Array(3) };
    expect(() => kernel(short)).toThrow(
      'its initializer gave a Float32Array of 3; expected a Float32Array of 12.',
    );
  });

  test('an unknown name', () => {
    expect(() => kernel('glorot_uniform' as 'zeros')).toThrow(
      "there is no initializer 'glorot_uniform'. Did you mean 'glorotUniform'?",
    );
    expect(() => kernel('xavier' as 'zeros')).toThrow(
      "there is no initializer 'xavier'. Known: zeros, ones, ",
    );
  });
});

test.each([
  [
    () => initializers.constant({ value: Number.NaN }),
    'initializers.constant: value is NaN; expected a finite number.',
  ],
  [
    () => initializers.randomNormal({ stddev: -1 }),
    'initializers.randomNormal: stddev is -1; expected a finite number, at least 0.',
  ],
  [
    () => initializers.truncatedNormal({ mean: 1e39 }),
    'initializers.truncatedNormal: mean is 1e+39; expected a finite number.',
  ],
  [
    () => initializers.randomUniform({ minval: 1, maxval: 0 }),
    'initializers.randomUniform: minval 1 is more than maxval 0; give the smaller one as minval.',
  ],
  [
    () => initializers.varianceScaling({ scale: 0 }),
    'initializers.varianceScaling: scale is 0; expected a number above 0.',
  ],
  [
    () => initializers.varianceScaling({ mode: 'fan_in' as 'fanIn' }),
    "initializers.varianceScaling: mode is 'fan_in'. Did you mean 'fanIn'?",
  ],
  [
    () => initializers.varianceScaling({ distribution: 'gauss' as 'uniform' }),
    "initializers.varianceScaling: distribution is 'gauss'. Known: truncatedNormal, untruncatedNormal, uniform.",
  ],
  [
    () => initializers.glorotUniform({ seed: 1.5 }),
    'initializers.glorotUniform: seed is 1.5; expected a whole number.',
  ],
  [
    () => initializers.heNormal({ scale: 2 } as object),
    "initializers.heNormal has no setting 'scale'. Known: seed.",
  ],
  [
    () => initializers.orthogonal().values([5], words(0, 0)),
    'initializers.orthogonal: the weight has shape [5]; expected at least two axes.',
  ],
  [
    () => initializers.identity().values([5], words(0, 0)),
    'initializers.identity: the weight has shape [5]; only a matrix has a diagonal.',
  ],
])('%s is refused', (make, message) => {
  expect(make).toThrow(new ConfigError(message));
});
