/**
 * `import 'chainrule/turbo'`, before anything is trained, lets V8 make more of the kernels: relaxed SIMD
 * where it still needs a flag (Node 20), and 256-bit vectors (Node 24 and later). Both are flags of the
 * whole process and experiments of V8, hence never set without being asked for. A child process first
 * checks that the kernels compute the same with them; where they don't, training goes on without.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { hasRelaxedSimd } from './features.js';
import { type Report, relaxedFlag, vectorFlag } from './flags.js';

/** What turbo has turned on. */
export const turbo = turnOn();

function turnOn(): { readonly relaxedSimd: boolean; readonly wideVectors: boolean } {
  const report = check();
  const relaxedSimd = report.relaxed && !hasRelaxedSimd();
  if (relaxedSimd) setFlagsFromString(relaxedFlag);
  if (report.wide) setFlagsFromString(vectorFlag);
  if (report.failure) console.warn(`chainrule/turbo: ${report.failure}; training goes on without.`);
  return { relaxedSimd, wideVectors: report.wide };
}

/** The report of a child process; if V8 itself breaks, only the child does. */
function check(): Report {
  const off = (failure: string): Report => ({ relaxed: false, wide: false, failure });
  try {
    const script = fileURLToPath(new URL('./self-test.js', import.meta.url));
    const env = { ...process.env, NODE_OPTIONS: '' };
    // V8 is to optimize every kernel at once, since optimized code is what is to be checked.
    const child = spawnSync(process.execPath, ['--no-liftoff', '--no-wasm-lazy-compilation', script], {
      encoding: 'utf8',
      env,
      timeout: 30_000,
    });
    if (child.error) return off(`the self-test could not be run (${child.error.message})`);
    if (child.status !== 0) {
      const reason = child.signal ?? child.stderr.split('\n').find((line) => /error/i.test(line));
      return off(`the self-test broke off (${reason ?? `status ${child.status}`})`);
    }
    const report = JSON.parse(child.stdout) as Report;
    // An engine that does not know the flag says so, and does nothing else.
    return { ...report, wide: report.wide && !child.stderr.includes('unrecognized flag') };
  } catch (error) {
    return off(`the self-test could not be run (${(error as Error).message})`);
  }
}
