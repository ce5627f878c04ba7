import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** PyTorch in a process of its own, where a Python that has it is found. */
export async function startTorch(threads = 1) {
  for (const python of [process.env.CHAINRULE_PYTHON, 'python3', '/usr/bin/python3']) {
    if (!python) continue;
    const limit = String(threads);
    const child = spawn(python, [fileURLToPath(new URL('pytorch.py', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, OMP_NUM_THREADS: limit, OPENBLAS_NUM_THREADS: limit, MKL_NUM_THREADS: limit },
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.on('error', () => {});
    const answer = async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error('the PyTorch process ended');
      return JSON.parse(value);
    };
    try {
      const { version } = await answer();
      const ask = (request) => {
        child.stdin.write(`${JSON.stringify(request)}\n`);
        return answer();
      };
      return {
        version,
        async build(network) {
          await ask({ network, threads });
          return (steps) => ask({ steps });
        },
        stop: () => child.kill(),
      };
    } catch {
      child.kill();
    }
  }
  return undefined;
}
