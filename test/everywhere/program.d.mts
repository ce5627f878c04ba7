export interface Run {
  readonly threads: number;
  readonly relaxedSimd: boolean;
  /** Losses of the first and the last epoch. */
  readonly first: number;
  readonly last: number;
  /** SHA-256 of all weights. */
  readonly hash: string;
}

export interface Result {
  /** For each number of threads, the network of dense layers, dropout, batch norm and Adam. */
  readonly portable: readonly Run[];
  /** SHA-256 of the networks with all activations. */
  readonly activations: string;
  readonly fast: readonly Run[];
}

export const activations: readonly string[];

export function run(
  chainrule: typeof import('../../src/index.js'),
  options?: { threads?: readonly number[]; options?: import('../../src/index.js').InitOptions },
): Promise<Result>;
