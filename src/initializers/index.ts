import { ConfigError, show, suggest } from '../errors.js';
import { glorotUniform, zeros } from './basic.js';
import type { Initializer } from './initializer.js';

export const initializers = { zeros, glorotUniform };

export type InitializerName = keyof typeof initializers;
export type InitializerLike = InitializerName | Initializer;

/** The initializer that a setting means: an object of `initializers`, or the name of one at its defaults. */
export function resolveInitializer(what: string, like: InitializerLike): Initializer {
  if (typeof like === 'object' && like !== null && typeof like.values === 'function') return like;
  if (typeof like === 'string' && Object.hasOwn(initializers, like)) return initializers[like]();
  throw new ConfigError(`${what}: there is no initializer ${show(like)}. ${suggest(like, Object.keys(initializers))}`);
}
