import { ConfigError, show, suggest } from '../errors.js';
import { constant, identity, ones, zeros } from './constants.js';
import { randomNormal, randomUniform, truncatedNormal } from './distributions.js';
import type { Initializer } from './initializer.js';
import { orthogonal } from './orthogonal.js';
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  varianceScaling,
} from './varianceScaling.js';

export const initializers = {
  zeros,
  ones,
  constant,
  identity,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  orthogonal,
};

export type InitializerName = keyof typeof initializers;
export type InitializerLike = InitializerName | Initializer;

/** The initializer that a setting means: an object of `initializers`, or the name of one at its defaults. */
export function resolveInitializer(what: string, like: InitializerLike): Initializer {
  if (typeof like === 'object' && like !== null && typeof like.values === 'function') return like;
  if (typeof like === 'string' && Object.hasOwn(initializers, like)) return initializers[like]();
  throw new ConfigError(
    `${what}: there is no initializer ${show(like)}. ${suggest(like, Object.keys(initializers))}`,
  );
}
