/**
 * Installs the runtimes and bundlers of this folder's package-lock.json, unless they are there already. They
 * are not among the package's own dependencies, since a gigabyte is too much for somebody who only wants to
 * train. Without them `npm test` still runs, and says what it skipped.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** The npm that runs this, rather than the first in the PATH: node_modules/.bin holds an old one, which a dependency brings along. */
function npm(...args) {
  const { npm_execpath } = process.env;
  const [program, ...before] = npm_execpath ? [process.execPath, npm_execpath] : ['npm'];
  execFileSync(program, [...before, ...args], { cwd: here, stdio: 'inherit' });
}
