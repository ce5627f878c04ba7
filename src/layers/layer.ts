import { ConfigError, show } from '../errors.js';
import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import { Variable } from '../graph/variable.js';
import type { Initializer } from '../initializers/initializer.js';
import { ownCopy, type Recipe } from '../recipe.js';
import { flag, text } from '../settings.js';

/** A weight of a layer: storage with a name, a first value, and whether training changes it. */
export class Weight extends Variable {
  /** Writes new values where the weight lives; there once a model has found room for it. */
  assign: ((values: ArrayLike<number>) => void) | undefined;

  constructor(
    name: string,
    shape: Shape,
    readonly initializer: Initializer,
    readonly trainable: boolean,
  ) {
    super(name, shape);
  }
}

/** What a layer may use while it builds its part of the graph. */
export interface CallContext {
  /** Dropout drops and batch normalization uses the batch's own statistics. */
  readonly training: boolean;
  /** The node of a weight. */
  weight(weight: Variable): Node;
  /** Registers an effect of a training step, such as new running statistics. */
  update(effect: Node): void;
  /** The cells that random layers draw from, and a number that tells this use apart from all others. */
  random(): { seed: Node; step: Node; stream: number };
}

export interface LayerConfig {
  /** Shape of one example, without the batch axis; needed on a model's first layer. */
  inputShape?: Shape;
  /** Shown in summaries and messages; made from the kind of layer when absent. */
  name?: string;
  /** false keeps the layer's weights as they are (default true). */
  trainable?: boolean;
}

/** The names of the settings above. */
export const layerSettings = ['inputShape', 'name', 'trainable'] as const;

/** A layer: weights, and a function that extends the graph. Instances belong to one model. */
export abstract class Layer {
  /** The kind, as in `layers.<kind>`. */
  abstract readonly kind: string;
  /** The settings as they were handed in. */
  readonly config: LayerConfig;
  name = '';
  trainable: boolean;
  readonly inputShape: Shape | undefined;
  readonly weights: Weight[] = [];
  built = false;
  /** A model has it. */
  owned = false;

  constructor(config: LayerConfig) {
    this.config = ownCopy(config);
    const { inputShape, name, trainable = true } = this.config;
    if (
      inputShape !== undefined &&
      !(Array.isArray(inputShape) && inputShape.every((axis) => Number.isInteger(axis) && axis > 0))
    ) {
      throw new ConfigError(
        `inputShape is ${show(inputShape)}; expected the shape of one example, such as [784] or [28, 28].`,
      );
    }
    this.inputShape = inputShape;
    this.trainable = flag('trainable', trainable);
    if (name !== undefined) this.name = text('name', name);
  }

  /** How to make it again, with the name that it has by now. */
  get recipe(): Recipe {
    const { kind, name, config, trainable } = this;
    const changed = trainable === (config.trainable ?? true) ? {} : { trainable };
    return { make: `layers.${kind}`, config: { ...config, ...(name && { name }), ...changed } };
  }

  /** Undoes a build that came to nothing. */
  unbuild(): void {
    this.weights.length = 0;
    this.built = false;
  }

  /** Makes the weights for inputs of this shape (without the batch axis). */
  build(_inputShape: Shape): void {}

  /** The layer's output for a batch x [batch, ...]. */
  abstract call(x: Node, context: CallContext): Node;

  protected addWeight(name: string, shape: Shape, initializer: Initializer, trainable = true): Weight {
    const weight = new Weight(`${this.name}/${name}`, shape, initializer, trainable);
    this.weights.push(weight);
    return weight;
  }
}
