/**
 * How things were made: which function of the library, as users write it, and the settings they handed it. A
 * recipe makes the thing again; saving a model and printing it as code have no other source.
 */
export interface Recipe {
  /** 'layers.dense', 'initializers.heNormal', ... */
  readonly make: string;
  readonly config: object;
}

/** By the thing, not on it: a copy that a user changed ({ ...losses.huber(), call }) has no recipe. */
const recipes = new WeakMap<object, Recipe>();

/** Remembers how a thing is made. */
export function made<T extends object>(make: string, config: object, thing: T): T {
  recipes.set(thing, { make, config: ownCopy(config) });
  return thing;
}

/** The recipe of what the library made (layers and optimizers carry theirs); undefined for what users wrote. */
export const recipeOf = (thing: object): Recipe | undefined =>
  recipes.get(thing) ?? (thing as { readonly recipe?: Recipe }).recipe;

/** Settings that stay as they are when the user's object, or a list in it, changes later. */
export const ownCopy = <C extends object>(config: C): C =>
  Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, Array.isArray(value) ? value.slice() : value]),
  ) as C;
