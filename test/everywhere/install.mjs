/**
 * Installs the runtimes and bundlers of this folder's package-lock.json, unless they are there already. They
 * are not among the package's own dependencies, since a gigabyte is too much for somebody who only wants to
 * train. Without them `npm test` still runs, and says what it skipped.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const here = import.meta.dirname;
const stamp = join(here, 'node_modules', '.installed');
const wanted = readFileSync(join(here, 'package-lock.json'), 'utf8');

if (installed() !== wanted) {
  console.log('Installing other runtimes to test in; this happens once.');
  try {
    // Their binaries come with the packages: no script has to run.
    npm('ci', '--ignore-scripts', '--no-audit', '--no-fund');
    writeFileSync(stamp, wanted);
  } catch (error) {
    console.error(`Other runtimes could not be installed: ${error.message}`);
  }
}

function installed() {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * The npm that the user has: a dependency brings along an old one, which scripts find first, in node_modules/.bin,
 * and which leaves its traces in the environment.
 */
function npm(...args) {
  const kept = /^npm_config_(registry|userconfig|globalconfig|cafile|proxy|https_proxy|noproxy|strict_ssl)$/i;
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name));
  const env = Object.fromEntries(own);
  const path = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const folders = (env[path] ?? '').split(delimiter);
  env[path] = folders.filter((folder) => !/node_modules[\\/]/.test(folder)).join(delimiter);
  execFileSync('npm', args, { cwd: here, env, stdio: 'inherit', shell: process.platform === 'win32' });
}
