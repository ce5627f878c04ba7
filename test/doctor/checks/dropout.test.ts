import { describe, expect, test } from 'vitest';
import { diagnose, layers, sequential } from '../../../src/index.js';
import { plane, regression, told } from '../patients.js';

describe('dropout', () => {
  const net = (rates: readonly number[], last?: number) =>
    regression(
      sequential({
        layers: [
          ...rates.flatMap((rate, i) => [
            layers.dense({ units: 64, activation: 'relu', ...(i === 0 ? { inputShape: [4] } : {}) }),
            layers.dropout({ rate }),
          ]),
          layers.dense({ units: 1 }),
          ...(last === undefined ? [] : [layers.dropout({ rate: last })]),
        ],
      }),
    );
  const { x, y } = plane(4);

  test('everything, nearly everything, and the answer itself', () => {
    expect(diagnose(net([1, 0.1]), x, y)[0]).toMatchObject({
      problem: 'too-much-dropout',
      layer: 'dropout',
      severity: 'error',
    });
    expect(told(net([0.9, 0.9]), x, y)).toEqual(['too-much-dropout']);
    expect(diagnose(net([0.1], 0.3), x, y)[0]).toMatchObject({
      problem: 'too-much-dropout',
      layer: 'dropout_1',
    });
  });

  test('usual rates pass', () => {
    for (const rates of [[0], [0.2], [0.5, 0.5], [0.3, 0.3, 0.3]]) expect(told(net(rates), x, y)).toEqual([]);
  });
});
