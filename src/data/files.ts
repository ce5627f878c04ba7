import { ChainruleError, DataError, StateError, show } from '../errors.js';

/** node:fs, asked for at run time rather than imported: a bundler for browsers then finds nothing to resolve. */
function fileSystem(what: string): typeof import('node:fs').promises {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (!fs) {
    throw new StateError(
      `${what}: this platform has no files. Use toSafetensors() and loadWeights(bytes), and keep the bytes yourself.`,
    );
  }
  return fs.promises;
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

export async function readFile(what: string, path: FilePath): Promise<Uint8Array> {
  try {
    return await fileSystem(what).readFile(path);
  } catch (cause) {
    throw failed(what, 'read', path, cause);
  }
}

/** Writes a file whole or not at all: under another name first, which then takes the place of the old file. */
export async function writeFile(what: string, path: FilePath, bytes: Uint8Array): Promise<void> {
  const { writeFile, rename, rm } = fileSystem(what);
  const suffix = `.${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}.tmp`;
  const draft = path instanceof URL ? new URL(path.href + suffix) : path + suffix;
  try {
    await writeFile(draft, bytes, { flag: 'wx', flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw failed(what, 'write', path, error);
  }
}

function failed(what: string, doing: 'read' | 'write', path: FilePath, cause: unknown): ChainruleError {
  if (cause instanceof ChainruleError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DataError(`${what}: could not ${doing} ${String(path)}: ${why}.`, { cause });
}
