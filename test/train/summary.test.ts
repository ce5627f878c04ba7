import { expect, test } from 'vitest';
import { layers, sequential } from '../../src/index.js';

test('the table names layers, shapes and parameters', () => {
  const net = sequential({
    name: 'digits',
    layers: [
      layers.dense({ units: 512, activation: 'relu', inputShape: [784] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 10, name: 'scores', trainable: false }),
    ],
  });
  const printed: string[] = [];
  const text = net.summary({ print: (line) => printed.push(line) });
  expect(printed).toEqual([text]);
  expect(text).toBe(`Model: "digits"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape               ┃          Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━┩
│ dense (Dense)                        │ [null, 512]                │          401,920 │
├──────────────────────────────────────┼────────────────────────────┼──────────────────┤
│ dropout (Dropout)                    │ [null, 512]                │                0 │
├──────────────────────────────────────┼────────────────────────────┼──────────────────┤
│ scores (Dense)                       │ [null, 10]                 │            5,130 │
└──────────────────────────────────────┴────────────────────────────┴──────────────────┘
 Total params: 407,050 (1.55 MB)
 Trainable params: 401,920 (1.53 MB)
 Non-trainable params: 5,130 (20.04 KB)`);
});

test('columns grow with long names', () => {
  const name = 'a-layer-with-quite-a-long-name-that-does-not-fit';
  const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], name })] });
  const lines = net
    .summary({ print: () => {} })
    .split('\n')
    .slice(1, -3);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines.join('\n')).toContain(`${name} (Dense)`);
});

test('running statistics are not trainable', () => {
  const net = sequential({ layers: [layers.batchNormalization({ inputShape: [8] })] });
  const text = net.summary({ print: () => {} });
  expect(text).toContain('batchNormalization (BatchNormalization)');
  expect(text).toContain(
    ' Total params: 32 (128.00 B)\n Trainable params: 16 (64.00 B)\n Non-trainable params: 16 (64.00 B)',
  );
});

test('a model without weights yet says so', () => {
  const net = sequential({ layers: [layers.dense({ units: 1 })] });
  const text = net.summary({ print: () => {} });
  expect(text).toMatch(/dense \(Dense\) +│ \? +│ +0 \(unbuilt\) │/);
  expect(text).toContain('Total params: 0 (0.00 B)');
});
