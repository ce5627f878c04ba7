/**
 * Random networks through every pass and kernel. FUZZ_RUNS and FUZZ_SEED make it run longer or elsewhere;
 * a failure prints the seed and path that lead to it, and the smallest graph that fails.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printGraph } from '../../src/graph/print.js';
import { verify } from '../../src/graph/verify.js';
import { generator } from '../ops/cases/case.js';
import { checkPlan, conflicts } from '../support/memory.js';
import { type Outcome, Program, type ProgramOptions } from '../support/program.js';
import { RandomGraph, type Recipe, recipe } from './graphs.js';
import { exactly, uncertainty } from './noise.js';

const settings = { numRuns: Number(process.env.FUZZ_RUNS ?? 250), seed: Number(process.env.FUZZ_SEED ?? 1) };

/** Checks something of a graph made from each recipe; the graph is part of the failure's message. */
function forAll(check: (graph: RandomGraph, recipe: Recipe) => void): void {
  fc.assert(
    fc.property(recipe, (each) => {
      const graph = new RandomGraph(each);
      try {
        check(graph, each);
      } catch (error) {
        (error as Error).message += `\n${printGraph([...graph.outputs, ...graph.effects])}`;
        throw error;
      }
    }),
    settings,
  );
}

const programOf = ({ effects, outputs, values }: RandomGraph, options?: ProgramOptions) =>
  new Program(effects, outputs, values, options);

/** The first thing in which two runs differ by a bit, or nothing. */
function difference(a: Outcome, b: Outcome): string | undefined {
  const bytes = ({ outputs, variables }: Outcome) =>
    [...outputs, ...(variables.values() as Iterable<Float32Array>)].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
  const others = bytes(b);
  const at = bytes(a).findIndex((one, i) => one.some((byte, k) => byte !== others[i][k]));
  if (at < 0) return undefined;
  return at < a.outputs.length ? `output ${at}` : `variable ${at - a.outputs.length}`;
}

test('kernels agree with the interpreter', () => {
  let compared = 0;
  forAll((graph) => {
    verify([...graph.effects, ...graph.outputs]);
    const right = exactly(graph);
    const tolerance = uncertainty(graph, right);
    for (const fused of [true, false]) {
      const program = programOf(graph, { fused });
      verify([...program.effects, ...program.outputs]);
      const { outputs, variables } = program.run();
      const near = (actual: ArrayLike<number>, exact: Float64Array, allowed: number, what: string): void => {
        const size = exact.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        const off = exact.reduce((most, v, i) => Math.max(most, Math.abs(actual[i] - v)), 0);
        const nan = Array.from(actual).some(Number.isNaN);
        if (nan || off > allowed) {
          expect.fail(
            `${what}${fused ? '' : ', not fused'}: off by ${off} (${allowed} is allowed): ${Array.from(actual).slice(0, 8)} … instead of ${exact.slice(0, 8)} …`,
          );
        }
        if (allowed < 1e-3 * (size + 1)) compared++;
      };
      outputs.forEach((actual, i) => {
        near(actual, right.outputs[i], tolerance.outputs[i], `output ${i}`);
      });
      for (const [storage, exact] of right.variables) {
        near(
          variables.get(storage) as ArrayLike<number>,
          exact,
          tolerance.variables.get(storage) as number,
          storage.name,
        );
      }
    }
  });
  // Where noise may do anything, a comparison means nothing: that must be rare.
  expect(compared).toBeGreaterThan(settings.numRuns * 10);
});

test('the same program gives the same bits again', () => {
  forAll((graph) => {
    const program = programOf(graph);
    expect(difference(program.run(), program.run())).toBeUndefined();
  });
});

test('every step of a plan reads what the graph says', () => {
  forAll((graph, { seed }) => {
    const { plan, effects, outputs } = programOf(graph, { fused: seed % 2 === 0, threads: 1 + (seed % 3) });
    checkPlan(plan, effects, outputs);
  });
});

test('barriers keep apart what threads must not mix', () => {
  forAll((graph, { seed }) => {
    const program = programOf(graph, { threads: 3 });
    expect(conflicts(program.plan)).toEqual([]);
    const alone = program.run();
    for (const order of [seed, seed + 1]) {
      expect(difference(program.runThreads(generator(order)), alone)).toBeUndefined();
    }
  });
});
