import type { Database } from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { cleanText, shortName } from './values.ts';

/** A name as a message refers to it. */
export interface Reference {
  name: string;
  /** Whether there was an account of this name in the legacy database. */
  hasAccount: boolean;
}

export type Names = ReturnType<typeof createNames>;

/** Maps user names of the legacy database to their names in Mirage. */
export function createNames(target: Database, legacy: Database) {
  target.exec('CREATE TEMP TABLE legacy_names (legacy TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID');
  const add = target.prepare('INSERT OR REPLACE INTO temp.legacy_names (legacy, name) VALUES (?, ?)');
  const find = target
    .prepare<[string], string>('SELECT name FROM temp.legacy_names WHERE legacy = ?')
    .pluck();
  const isAccount = target.prepare('SELECT 1 FROM users WHERE username = ?').pluck();
  const isReferredTo = target
    .prepare(`SELECT 1 WHERE EXISTS (SELECT 1 FROM inbox_messages WHERE sender = @name)
      OR EXISTS (SELECT 1 FROM inbox_messages WHERE recipient = @name)
      OR EXISTS (SELECT 1 FROM room_members WHERE username = @name)`)
    .pluck();
  /** The names of users who have left here are not given for a while. */
  const isReserved = target
    .prepare('SELECT 1 FROM departures WHERE username = @name OR alias = @name')
    .pluck();
  const isLegacyAccount = legacy.prepare('SELECT 1 FROM users WHERE username = ?').pluck();
  const known = new LRUCache<string, Reference>({ max: 50_000 });

  const hasAccount = (name: string) => isAccount.get(name) !== undefined;

  /** A name based on `name` that is free both here and in the legacy database, whose owner may still be imported. */
  function alternative(name: string, isTaken: (name: string) => boolean): string {
    for (let number = 2; ; number += 1) {
      const candidate = shortName(name, `-${number}`);
      if (!isTaken(candidate) && isLegacyAccount.get(candidate) === undefined) return candidate;
    }
  }

  /** Messages of a deleted legacy account must not be attributed to the account that has its name here. */
  function nameOfDeletedAccount(legacyName: string): string {
    const name = shortName(cleanText(legacyName)) || 'nobody';
    return hasAccount(name) ? alternative(name, hasAccount) : name;
  }

  return {
    /** The name itself or, if taken, a numbered variant that is free for a new account. */
    freeName(name: string): string {
      const isTaken = (candidate: string) =>
        hasAccount(candidate) ||
        isReserved.get({ name: candidate }) !== undefined ||
        isReferredTo.get({ name: candidate }) !== undefined;
      return isTaken(name) ? alternative(name, isTaken) : name;
    },

    add: (legacyName: string, name: string) => void add.run(legacyName, name),

    resolve(legacyName: string): Reference {
      const cached = known.get(legacyName);
      if (cached) return cached;
      const name = find.get(legacyName);
      const reference =
        name === undefined
          ? { name: nameOfDeletedAccount(legacyName), hasAccount: false }
          : { name, hasAccount: true };
      known.set(legacyName, reference);
      return reference;
    },
  };
}
