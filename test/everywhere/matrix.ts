/** What the runtimes computed, held against each other. */
import { expect, type TestContext } from 'vitest';
import type { Result } from './program.mjs';

declare module 'vitest' {
  interface TaskMeta {
    /** A row of the table that closes the test run. */
    matrix?: { readonly where: string; readonly result: Result };
  }
}

/** Holds a result against the one of another runtime, and puts it into the table that closes the test run. */
export function compare(context: TestContext, where: string, result: Result, expected: Result): void {
  context.task.meta.matrix = { where, result };
  const [{ first, last }] = result.portable;
  expect(last).toBeLessThan(first / 10);
  const [{ hash }] = expected.portable;
  expect(result.portable.map((run) => run.hash)).toEqual(result.portable.map(() => hash));
  expect(result.activations).toBe(expected.activations);
  // The bits of fast numerics are those of the engine, whatever the number of threads.
  expect(new Set(result.fast.map((run) => run.hash)).size).toBe(1);
}
