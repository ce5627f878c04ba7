/** The runtimes that come as npm packages, and how a script is run in them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Runtime {
  readonly name: string;
  /** The program and its arguments before the script; undefined where it is not installed. */
  readonly command: readonly string[] | undefined;
}

/** Where the packages of this folder are. */
export const installed = join(import.meta.dirname, 'node_modules');

/** A program in one of the packages whose name begins so: each platform has a package of its own. */
export function binary(prefix: string, path: string): string | undefined {
  const [scope, start] = prefix.startsWith('@') ? prefix.split('/') : ['', prefix];
  const folder = join(installed, scope);
  if (!existsSync(folder)) return undefined;
  const candidates = readdirSync(folder).filter((name) => name.startsWith(start));
  return candidates.map((name) => join(folder, name, path)).find(existsSync);
}

const program = (path: string | undefined, ...args: string[]) => (path ? [path, ...args] : undefined);
const exe = process.platform === 'win32' ? '.exe' : '';

export const runtimes: readonly Runtime[] = [
  { name: `Node ${process.versions.node.split('.')[0]}`, command: [process.execPath] },
  ...[22, 24, 26].map((major) => ({
    name: `Node ${major}`,
    command: program(binary(`node-${major}`, `bin/node${exe}`)),
  })),
  // Without permissions: a package that trains needs none.
  { name: 'Deno', command: program(binary('@deno/', `deno${exe}`), 'run', '--no-prompt') },
  { name: 'Bun', command: program(binary('@oven/bun-', `bin/bun${exe}`)) },
];

export const isInstalled = (name: string): boolean => existsSync(join(installed, name));

/** Why a runtime is missing. */
export const notInstalled = (name: string): string =>
  missing(
    `${name}: not installed. \`npm run runtimes\` installs it, where npm has it for ${process.platform}-${process.arch}.`,
  );

/** The reason to skip a test; an error where nothing may be skipped, as in .ci/run. */
export function missing(reason: string): string {
  if (process.env.REQUIRE_RUNTIMES) throw new Error(reason);
  return reason;
}
