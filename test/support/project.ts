/** The package as npm publishes it, installed in an empty project. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'project-'));
  /** The packed package. */
  readonly tarball: string;

  constructor() {
    if (!existsSync(join(root, 'dist/index.cjs')))
      throw new Error('dist/ is missing: run `npm run build` first.');
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', this.folder];
    const [{ filename }] = JSON.parse(npm(pack, root));
    this.tarball = join(this.folder, filename);
    this.write('package.json', '{ "name": "project", "private": true, "type": "module" }');
    npm(['install', '--prefer-offline', '--no-audit', '--no-fund', this.tarball], this.folder);
  }

  write(name: string, text: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Copies a file of the tests. */
  copy(path: string): void {
    copyFileSync(join(root, 'test', path), join(this.folder, basename(path)));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Node's own npm: node_modules/.bin holds an old one, which a dependency brings along. */
function npm(args: string[], cwd: string): string {
  const PATH = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const env = { ...process.env, PATH: [...PATH, dirname(process.execPath)].join(delimiter) };
  return execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });
}
