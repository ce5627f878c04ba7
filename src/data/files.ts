import { ChainruleError, DataError, StateError, show } from '../errors.js';

/**
 * node:fs, where there are files. Asked for at run time rather than imported: a bundler for browsers then finds
 * nothing to resolve.
 */
export const platformFiles = (): typeof import('node:fs').promises | undefined =>
  globalThis.process?.getBuiltinModule?.('node:fs')?.promises;

function fileSystem(what: string): typeof import('node:fs').promises {
  const files = platformFiles();
  if (!files) {
    throw new StateError(
      `${what}: this platform has no files. Save to 'indexeddb://name' or 'downloads://name' in a browser, or use ` +
        'toSafetensors() and loadModel(bytes), and keep the bytes yourself.',
    );
  }
  return files;
}

/** Where a file is: a path, or a file: URL. */
export type FilePath = string | URL;

export function checkPath(what: string, path: unknown): asserts path is FilePath {
  if ((typeof path !== 'string' || path === '') && !(path instanceof URL)) {
    throw new DataError(
      `${what}: the path is ${show(path)}; expected a file name such as 'model.safetensors'.`,
    );
  }
}

/** The path with something added to its last part. */
export const beside = (path: FilePath, suffix: string): FilePath =>
  path instanceof URL ? new URL(path.href + suffix) : path + suffix;

export async function readFile(what: string, path: FilePath): Promise<Uint8Array> {
  try {
    return await fileSystem(what).readFile(path);
  } catch (cause) {
    throw failed(what, 'read', path, cause);
  }
}

/** The bytes of a file that need not be there. */
export async function readFileIfAny(what: string, path: FilePath): Promise<Uint8Array | undefined> {
  try {
    return await readFile(what, path);
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

export interface WriteOptions {
  /** The name that the file has while it is written. Default: one of its own, so that two writers cannot meet. */
  readonly draft?: FilePath;
  /** Where the file that was there before is kept. Default: nowhere. */
  readonly previous?: FilePath;
}

/**
 * Writes a file whole or not at all, whatever happens in between: under another name first, synced to the disk,
 * which then takes the place of the old file; the folder is synced as well, so that the new name lasts.
 */
export async function writeFile(
  what: string,
  path: FilePath,
  bytes: Uint8Array,
  { draft = beside(path, `.${unique()}.tmp`), previous }: WriteOptions = {},
): Promise<void> {
  const fs = fileSystem(what);
  try {
    const file = await fs.open(draft, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (previous) await renameIfAny(fs, path, previous);
    await fs.rename(draft, path);
  } catch (error) {
    // A draft that cannot be removed either is no second error.
    await fs.rm(draft, { force: true }).catch(() => {});
    throw failed(what, 'write', path, error);
  }
  await syncFolder(fs, path);
}

type Fs = typeof import('node:fs').promises;

async function renameIfAny(fs: Fs, from: FilePath, to: FilePath): Promise<void> {
  try {
    await fs.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Best effort: some systems (Windows, network drives) cannot open a folder, and the file is complete by now. */
async function syncFolder(fs: Fs, path: FilePath): Promise<void> {
  const folder = path instanceof URL ? new URL('.', path) : path.replace(/[^/\\]*$/, '') || '.';
  try {
    const handle = await fs.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {}
}

export async function removeFile(what: string, path: FilePath): Promise<void> {
  try {
    await fileSystem(what).rm(path, { force: true });
  } catch (cause) {
    throw failed(what, 'remove', path, cause);
  }
}

const unique = (): string => Date.now().toString(36) + Math.random().toString(36).slice(2, 8);

function failed(
  what: string,
  doing: 'read' | 'write' | 'remove',
  path: FilePath,
  cause: unknown,
): ChainruleError {
  if (cause instanceof ChainruleError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`${what}: could not ${doing} ${String(path)}: ${why}.`, { cause });
}
