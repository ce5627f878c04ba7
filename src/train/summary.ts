import { type Shape, showShape, sizeOf } from '../graph/shape.js';
import type { Layer, Weight } from '../layers/layer.js';
import { shapeAfter } from './steps.js';

/** What a summary is about; any kind of model has it. */
interface Summarized {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly built: boolean;
  readonly inputShape: Shape;
  readonly weights: readonly Weight[];
  readonly trainableWeights: readonly Weight[];
}

const COLUMNS = [
  { title: 'Layer (type)', width: 36 },
  { title: 'Output Shape', width: 26 },
  { title: 'Param #', width: 16 },
] as const;

/** Keras' table of layers, output shapes and parameters. */
export function summary(model: Summarized): string {
  const params = model.layers.map(({ weights }) => countOf(weights));
  const rows = model.layers.map((layer, i) => [
    `${layer.name} (${layer.kind.charAt(0).toUpperCase()}${layer.kind.slice(1)})`,
    model.built ? showShape([null, ...shapes(model)[i]]) : '?',
    model.built ? number(params[i]) : '0 (unbuilt)',
  ]);
  const total = countOf(model.weights);
  const trainable = countOf(model.trainableWeights);
  return [
    `Model: "${model.name}"`,
    ...table(rows),
    ` Total params: ${number(total)} (${size(total)})`,
    ` Trainable params: ${number(trainable)} (${size(trainable)})`,
    ` Non-trainable params: ${number(total - trainable)} (${size(total - trainable)})`,
  ].join('\n');
}

/** The shape of one example after each layer. */
function shapes({ layers, inputShape }: Summarized): Shape[] {
  let shape = inputShape;
  return layers.map((layer) => {
    shape = shapeAfter(layer, shape);
    return shape;
  });
}

const countOf = (weights: readonly Weight[]) => weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const number = (value: number) => value.toLocaleString('en-US');

/** Bytes of this many f32. */
function size(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = count * 4;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value.toFixed(2)} ${units[unit]}`;
}

/** Names to the left, numbers to the right; columns grow with what stands in them. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = COLUMNS.map(({ title, width }, i) =>
    Math.max(width, title.length, ...rows.map((cells) => cells[i].length)),
  );
  const rule = (left: string, line: string, cross: string, right: string) =>
    left + widths.map((width) => line.repeat(width + 2)).join(cross) + right;
  const row = (cells: readonly string[], bar: string) => {
    const padded = cells.map((cell, i) => (i === 2 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
    return `${bar} ${padded.join(` ${bar} `)} ${bar}`;
  };
  const titles = COLUMNS.map(({ title }) => title);
  const between = rule('├', '─', '┼', '┤');
  return [
    rule('┏', '━', '┳', '┓'),
    row(titles, '┃'),
    rule('┡', '━', '╇', '┩'),
    ...rows.flatMap((cells, i) => (i === 0 ? [row(cells, '│')] : [between, row(cells, '│')])),
    rule('└', '─', '┴', '┘'),
  ];
}
