/** The closing lines of a test run: the bits of every runtime, and what was skipped, with the reason. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { Result } from '../everywhere/program.mjs';

export default class Closing implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = cases.flatMap((test) => test.meta().matrix ?? []);
    if (rows.length > 0) {
      console.log("\nSHA-256 of all weights with numerics: 'portable' (mixed network, all activations):");
      for (const line of table(rows)) console.log(`  ${line}`);
    }
    const notes = cases.flatMap((test) => test.meta().notes ?? []);
    if (notes.length > 0) console.log(['', ...notes].join('\n'));
    const skipped = new Set(cases.flatMap(skipNote));
    if (skipped.size > 0) {
      console.log('\nSkipped:');
      for (const line of skipped) console.log(`  ${line}`);
    }
  }
}

/** What a test said when it skipped itself. */
function skipNote(test: TestCase): string[] {
  const result = test.result();
  return result.state === 'skipped' && result.note ? [result.note] : [];
}

/** Runtime, hashes, threads. */
function table(rows: readonly { readonly where: string; readonly result: Result }[]): string[] {
  const width = Math.max(...rows.map(({ where }) => where.length));
  return rows.map(({ where, result: { portable, activations, fast } }) => {
    const threads = portable.map((run) => run.threads).join(' ');
    const hashes = [...new Set(portable.map((run) => run.hash)), activations].map((hash) =>
      hash.slice(0, 12),
    );
    const relaxed = fast.some((run) => run.relaxedSimd) ? ', relaxed SIMD' : '';
    return `${where.padEnd(width)}  ${hashes.join('  ')}  threads ${threads}${relaxed}`;
  });
}
