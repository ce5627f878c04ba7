/** Bytes by name in the browser's IndexedDB: what files are elsewhere. */
import { DataError, StateError } from '../errors.js';

const DATABASE = 'chainrule';
const STORE = 'files';

function open(what: string): Promise<IDBDatabase> {
  if (typeof indexedDB === 'undefined')
    throw new StateError(`${what}: this platform has no IndexedDB; give the path of a file.`);
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => void request.result.createObjectStore(STORE);
  return outcome(request);
}

const outcome = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Does something in one transaction: all of it or, when it fails, nothing. */
async function transact<T>(
  what: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const database = await open(what);
  try {
    // 'strict': it is on the disk when the promise resolves.
    const transaction = database.transaction(STORE, mode, { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([work(transaction.objectStore(STORE)), done]);
    return result;
  } catch (cause) {
    throw new DataError(`${what}: IndexedDB: ${String(cause)}.`, { cause });
  } finally {
    database.close();
  }
}

export const readEntry = (what: string, name: string): Promise<Uint8Array | undefined> =>
  transact(what, 'readonly', (store) => outcome<Uint8Array | undefined>(store.get(name)));

/** Puts bytes in the place of what was there, which is kept under `previous` if that is given. */
export const writeEntry = (what: string, name: string, bytes: Uint8Array, previous?: string): Promise<void> =>
  transact(what, 'readwrite', async (store) => {
    const old: unknown = previous && (await outcome(store.get(name)));
    if (old) store.put(old, previous);
    await outcome(store.put(bytes, name));
  });

export const removeEntry = (what: string, name: string): Promise<void> =>
  transact(what, 'readwrite', async (store) => void (await outcome(store.delete(name))));
