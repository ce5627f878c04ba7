import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** numpy's matrix products on one thread, in a process of their own, where a Python that has it is found. */
export async function startBlas() {
  for (const python of [process.env.CHAINRULE_PYTHON, 'python3']) {
    if (!python) continue;
    const child = spawn(python, [fileURLToPath(new URL('blas.py', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const answer = async () => {
      const { value, done } = await lines.next();
      return done ? undefined : JSON.parse(value);
    };
    const hello = await answer();
    if (!hello) continue;
    return {
      version: hello.version,
      /** Seconds of one product. */
      async product(kind, m, n, k) {
        child.stdin.write(`${JSON.stringify({ kind, m, n, k })}\n`);
        return (await answer())?.seconds ?? Number.POSITIVE_INFINITY;
      },
      stop: () => child.kill(),
    };
  }
  return undefined;
}
