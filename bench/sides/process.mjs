import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const path = (file) => fileURLToPath(new URL(file, import.meta.url));

/**
 * A library in a process of its own: { version, note, ask(request), stop() }, or { error } where it
 * cannot be had. What a request may be stands in serve.mjs.
 */
async function startProcess(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  child.stderr.on('data', (text) => {
    said = (said + text).slice(-2000);
  });
  child.on('error', (error) => {
    said = error.message;
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) return { error: said.trim().split('\n').at(-1) || 'the process ended' };
    return JSON.parse(value);
  };
  const stop = () => child.kill();
  const hello = await answer();
  if (hello.error) {
    stop();
    return hello;
  }
  const ask = (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer();
  };
  return { ...hello, ask, stop };
}

/** A JavaScript library: `library` is its file here, `node` the binary that runs it. */
export const startNode = (library, options = {}, node = process.execPath) =>
  startProcess(node, [path('serve.mjs'), library, JSON.stringify(options)]);

/** A Python script, under the first interpreter that can run it: the named one, else python3, else Debian's own. */
export async function startPython(
  script,
  { threads = 1, mode = '', python = process.env.CHAINRULE_PYTHON } = {},
) {
  const count = String(threads);
  const env = { OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count };
  let side = { error: 'no Python' };
  for (const interpreter of python ? [python] : ['python3', '/usr/bin/python3']) {
    side = await startProcess(interpreter, [path(script), count, mode], env);
    if (!side.error) break;
  }
  return side;
}
