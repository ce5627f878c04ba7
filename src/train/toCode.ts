/** A model as the program that makes it. */
import { ConfigError, show } from '../errors.js';
import { codeOf, shortest } from '../formats/code.js';
import type { Layer } from '../layers/layer.js';
import { checkConfig, flag } from '../settings.js';
import { Sequential } from './model.js';

export interface ToCodeOptions {
  /** Whether the program begins with its import from 'chainrule'. Default true. */
  imports?: boolean;
}

/**
 * JavaScript that makes the same model and compiles it in the same way, as `net`: after `doctor: 'repair'` with
 * everything that was repaired. Weights are not in it (save and loadWeights carry them), but what a normalization was
 * adapted to is. Functions of your own go by their names, or if they have none by their source.
 */
export function toCode(model: Sequential, options: ToCodeOptions = {}): string {
  checkConfig('toCode', options, ['imports']);
  const imports = flag('toCode: imports', options.imports ?? true);
  if (!(model instanceof Sequential))
    throw new ConfigError(`toCode: got ${show(model)}; expected a model made by sequential(...).`);
  const { name, seed } = model;
  const own = new Set<string>();
  const settings = [
    `  layers: [\n${layersOf(model)
      .map((layer) => `    ${codeOf(layer, own)},\n`)
      .join('')}  ],\n`,
    ...(name === 'sequential' ? [] : [`  name: ${codeOf(name)},\n`]),
    ...(seed === 0 ? [] : [`  seed: ${seed},\n`]),
  ];
  const program = `const net = sequential({\n${settings.join('')}});\n${compileOf(model, own)}`;
  const code =
    own.size > 0 ? `// Your own, to be in scope here: ${[...own].join(', ')}.\n${program}` : program;
  const used = ['initializers', 'layers', 'losses', 'metrics', 'ops', 'optimizers'].filter((room) =>
    new RegExp(`\\b${room}\\.\\w+\\(`).test(program),
  );
  return imports ? `import { ${[...used, 'sequential'].join(', ')} } from 'chainrule';\n\n${code}` : code;
}

/** Recipes of all layers, without what follows from their place. */
function layersOf(model: Sequential): { recipe: { make: string; config: object } }[] {
  const names: string[] = [];
  return model.layers.map((layer, i) => {
    const { make, config } = layer.recipe;
    const given = freshName(layer.kind, names);
    names.push(layer.name);
    const inputShape = i > 0 ? undefined : model.built ? model.inputShape : layer.inputShape;
    const known = { ...config, ...statisticsOf(model, layer), inputShape };
    return { recipe: { make, config: { ...known, name: layer.name === given ? undefined : layer.name } } };
  });
}

/** The name that a layer gets when it is given none. */
function freshName(kind: string, taken: readonly string[]): string {
  for (let n = 0; ; n++) {
    const name = n === 0 ? kind : `${kind}_${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** What a normalization has learned of the data: as weights, which code cannot carry. */
function statisticsOf(model: Sequential, layer: Layer): object {
  if (layer.kind !== 'normalization' || !model.built) return {};
  const values = model.getWeights();
  const of = (weight: string) => {
    const at = model.weights.findIndex(({ name }) => name === `${layer.name}/${weight}`);
    return at < 0 ? {} : { [weight]: Array.from(values[at].data, shortest) };
  };
  return { ...of('mean'), ...of('variance') };
}

function compileOf(model: Sequential, own: Set<string>): string {
  const options = model.compileOptions;
  if (!options) return '';
  const settings = Object.entries({ ...options, ...(model.built ? optimizerOf(model) : {}) });
  const lines = settings.map(([key, value]) => `  ${key}: ${codeOf(value, own, key)},\n`);
  return `net.compile({\n${lines.join('')}});\n`;
}

/** The optimizer with the rate in use now, where that was changed after compile. */
function optimizerOf(model: Sequential): object {
  const { optimizer } = model.compiled('toCode');
  const { learningRate } = model;
  if (learningRate === Math.fround(optimizer.learningRate)) return {};
  const { make, config } = optimizer.recipe;
  return { optimizer: { recipe: { make, config: { ...config, learningRate: shortest(learningRate) } } } };
}
