/** New layers in the place of old ones: what treatments do to a model's structure. Layers that stay are the same objects. */
import { Activation } from '../../layers/activation.js';
import { BatchNormalization } from '../../layers/batchNormalization.js';
import { Dense, type DenseConfig } from '../../layers/dense.js';
import { Dropout } from '../../layers/dropout.js';
import type { Layer } from '../../layers/layer.js';

type ActivationSetting = DenseConfig['activation'];

/** The same layer with other settings. It keeps its name, and so its weights may be carried over. */
export const remadeDense = ({ recipe }: Dense, changes: Partial<DenseConfig>): Dense =>
  new Dense({ ...(recipe.config as DenseConfig), ...changes });

/** Layers that do nothing but apply a function. */
export const isActivationLayer = ({ kind }: Layer): boolean =>
  ['activation', 'reLU', 'leakyReLU', 'elu', 'softmax'].includes(kind);

export const activationLayer = (activation: NonNullable<ActivationSetting>, name: string): Activation =>
  new Activation({ activation, name });

/** A name that no layer has. */
export function freeName(layers: readonly Layer[], kind: string): string {
  const taken = new Set(layers.map(({ name }) => name));
  for (let n = 0; ; n++) {
    const name = n === 0 ? kind : `${kind}_${n}`;
    if (!taken.has(name)) return name;
  }
}

/** Puts layers in the place of one. */
export const replaced = (layers: readonly Layer[], at: number, ...by: Layer[]): Layer[] => [
  ...layers.slice(0, at),
  ...by,
  ...layers.slice(at + 1),
];

/** A dense layer and the activation that follows it: its own, or a layer's. */
export interface Stage {
  readonly at: number;
  readonly dense: Dense;
  /** The layer that applies the activation; undefined where the dense layer does, or nothing. */
  readonly activationAt: number | undefined;
  readonly activated: boolean;
  /** Whether a normalizing layer stands between the two. */
  readonly normalized: boolean;
  readonly isOutput: boolean;
}

/** A dense layer of the library's own: one that a user derived from it does more than its settings tell. */
const isDense = (layer: Layer): layer is Dense => layer.constructor === Dense;

export function stagesOf(layers: readonly Layer[]): Stage[] {
  const places = layers.flatMap((layer, at) => (isDense(layer) ? [at] : []));
  return places.map((at, i) => {
    const dense = layers[at] as Dense;
    const between = layers.slice(at + 1, places[i + 1] ?? layers.length);
    const own = dense.config.activation !== undefined && dense.config.activation !== 'linear';
    const following = own ? -1 : between.findIndex(isActivationLayer);
    return {
      at,
      dense,
      activationAt: following < 0 ? undefined : at + 1 + following,
      activated: own || following >= 0,
      normalized: between.some(({ kind }) => kind === 'batchNormalization' || kind === 'layerNormalization'),
      isOutput: i === places.length - 1,
    };
  });
}

/** All hidden activations changed, with weights that suit them; frozen layers are left as they are. */
export function withActivations(
  layers: readonly Layer[],
  activation: NonNullable<ActivationSetting>,
  kernelInitializer: DenseConfig['kernelInitializer'],
): Layer[] {
  let next = [...layers];
  for (const { at, dense, activationAt, activated, isOutput } of stagesOf(layers)) {
    if (isOutput || !activated || !dense.trainable) continue;
    const inside = activationAt === undefined;
    const changes = { kernelInitializer, biasInitializer: undefined };
    next = replaced(next, at, remadeDense(dense, inside ? { ...changes, activation } : changes));
    if (!inside) next = replaced(next, activationAt, activationLayer(activation, next[activationAt].name));
  }
  return next;
}

/** New weights for all dense layers that are trained. */
export function reinitialized(
  layers: readonly Layer[],
  kernelInitializer: DenseConfig['kernelInitializer'],
): Layer[] {
  return layers.map((layer) =>
    isDense(layer) && layer.trainable
      ? remadeDense(layer, { kernelInitializer, biasInitializer: undefined })
      : layer,
  );
}

/** Batch normalization between each hidden dense layer and its activation. The statistics follow quickly: repaired trainings may be short. */
export function normalized(layers: readonly Layer[]): Layer[] {
  const next: Layer[] = [];
  const stages = new Map(stagesOf(layers).map((stage) => [stage.at, stage]));
  for (const [at, layer] of layers.entries()) {
    const stage = stages.get(at);
    if (!stage || stage.isOutput || !stage.activated || stage.normalized) {
      next.push(layer);
      continue;
    }
    const { dense, activationAt } = stage;
    const name = freeName([...layers, ...next], 'batchNormalization');
    const norm = new BatchNormalization({ momentum: 0.9, name });
    if (activationAt !== undefined) {
      next.push(layer, norm);
      continue;
    }
    const { activation = 'linear' } = dense.config;
    next.push(remadeDense(dense, { activation: undefined }), norm);
    next.push(activationLayer(activation, freeName([...layers, ...next], 'activation')));
  }
  return next;
}

/** Another activation of the last layer; undefined for none. */
export function withOutput(layers: readonly Layer[], activation: ActivationSetting): Layer[] | undefined {
  const stage = stagesOf(layers).find(({ isOutput }) => isOutput);
  if (!stage) return undefined;
  const { at, dense, activationAt } = stage;
  // What follows the output's own activation is not ours to judge.
  if (activationAt === undefined) return replaced(layers, at, remadeDense(dense, { activation }));
  const { name } = layers[activationAt];
  return replaced(
    layers,
    activationAt,
    ...(activation === undefined ? [] : [activationLayer(activation, name)]),
  );
}

/** All dropout rates that are higher brought down to one; 0 leaves the layers out. */
export function withDropout(layers: readonly Layer[], most: number): Layer[] {
  return layers.flatMap((layer) => {
    if (!(layer instanceof Dropout) || layer.rate <= most) return [layer];
    return most === 0 ? [] : [new Dropout({ ...layer.config, rate: most, name: layer.name })];
  });
}
