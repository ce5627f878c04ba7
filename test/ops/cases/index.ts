/** All cases by op. The types list the ops that lack one. */
import type { OpName } from '../../../src/ops/index.js';
import { binaryCases } from './binary.js';
import { type Case, real } from './case.js';
import { productCases } from './products.js';
import { rowCases } from './rows.js';
import { shapeCases } from './shapes.js';
import { unaryCases } from './unary.js';
import { type UpdateCase, updateCases } from './updates.js';

/** Ops that cannot be interpreted without the host's help: see leaves.test.ts. */
export type HostOp = 'placeholder' | 'gather';
type UpdateName = keyof typeof updateCases;

export const cases: { readonly [K in Exclude<OpName, UpdateName | HostOp>]: readonly Case[] } = {
  ...unaryCases,
  ...binaryCases,
  ...productCases,
  ...rowCases,
  ...shapeCases,
  variable: [[], [5], [3, 17]].map((shape) => ({
    title: `[${shape}]`,
    inputs: [real(shape)],
    build: (x) => x,
    expected: (x) => x,
  })),
};

export const updates: { readonly [K in UpdateName]: readonly UpdateCase[] } = updateCases;
