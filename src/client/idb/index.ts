/**
 * A chat's storage in a browser's database.
 * @module mirage/idb
 */
import { type IDBPDatabase, openDB } from 'idb';
import type { ChatStorage } from '../chat/types.ts';

const values = 'values';

/**
 * Stores what a chat keeps in IndexedDB, for any number of servers and users. Where there is none, or it fails, its calls reject, and the chat
 * goes on in memory.
 */
export function idbStorage({ name = 'mirage' }: { name?: string } = {}): ChatStorage {
  let opening: Promise<IDBPDatabase> | undefined;

  async function open(): Promise<IDBPDatabase> {
    opening ??= openDB(name, 1, {
      upgrade(database) {
        database.createObjectStore(values);
      },
      // Another window wants to delete the database, or has a later version of it.
      blocking: () => void opening?.then((database) => database.close()),
    });
    return opening;
  }

  return {
    async list(prefix) {
      const { store } = (await open()).transaction(values);
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const [keys, found] = await Promise.all([store.getAllKeys(range), store.getAll(range)]);
      return new Map(keys.map((key, index) => [String(key), found[index]]));
    },
    async write(changes) {
      const transaction = (await open()).transaction(values, 'readwrite');
      const { store, done } = transaction;
      try {
        for (const [key, value] of changes)
          await (value === undefined ? store.delete(key) : store.put(value, key));
      } catch (error) {
        // What cannot be copied is refused without ending the transaction.
        done.catch(() => {});
        transaction.abort();
        throw error;
      }
      await done;
    },
  };
}
