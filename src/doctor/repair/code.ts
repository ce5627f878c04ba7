/** A treatment as code. */

import { codeOf } from '../../formats/code.js';
import type { Layer } from '../../layers/layer.js';
import type { Treatment } from './treatment.js';

/** Layers written out; of more than this many the first stand for all. */
const WRITTEN = 3;

/** What to change in the program: layers that are new or different, layers to leave out, settings of compile. */
export function changeCode(
  before: readonly Layer[],
  { layers = before, optimizer, loss }: Treatment,
): string {
  const fresh = layers.filter((layer) => !before.includes(layer));
  const gone = before.filter(({ name }) => !layers.some((layer) => layer.name === name));
  const lines = fresh.slice(0, WRITTEN).map((layer) => {
    const where = place(layer, before, layers);
    return `${codeOf(layer)},${where && `  // ${where}`}`;
  });
  if (fresh.length > WRITTEN) lines.push(`// … and so on: ${fresh.length} layers in all`);
  lines.push(...gone.map(({ name }) => `// leave out ${name}`));
  const settings = [
    ...(optimizer ? [`optimizer: ${codeOf(optimizer)}`] : []),
    ...(loss ? [`loss: ${codeOf(loss)}`] : []),
  ];
  if (settings.length > 0) lines.push(`net.compile({ ${settings.join(', ')}, … })`);
  return lines.join('\n');
}

function place(layer: Layer, before: readonly Layer[], layers: readonly Layer[]): string {
  if (before.some(({ name }) => name === layer.name)) return '';
  const at = layers.indexOf(layer);
  return at === 0
    ? 'as the first layer'
    : at === layers.length - 1
      ? 'as the last layer'
      : `after ${layers[at - 1].name}`;
}
