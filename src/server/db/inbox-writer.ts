import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import { createGroupCommit } from './group-commit.ts';
import type { InboxRow, InboxStatements } from './inbox-statements.ts';

/** Stores inbox messages. `add` resolves to the id once the message is on disk, or throws 'RECIPIENT_NOT_FOUND'. */
export type InboxWriter = ReturnType<typeof createInboxWriter>;

/** One statement, one parameter and one wait for the disk for all messages that arrive together. */
export function createInboxWriter(
  { findUsers, insert }: InboxStatements,
  onCommit: (messages: number, seconds: number) => void = () => {},
) {
  // Accounts are never deleted, so who has been found once need not be looked for again.
  const known = new LRUCache<string, true>({ max: 100_000 });

  async function lookUp(names: string[]): Promise<void> {
    const unknown = [...new Set(names)].filter((name) => !known.has(name));
    if (unknown.length === 0) return;
    for (const username of await findUsers(unknown)) known.set(username, true);
  }

  async function commit(rows: InboxRow[]): Promise<number[]> {
    const startedAt = performance.now();
    const ids = await insert(rows);
    onCommit(rows.length, (performance.now() - startedAt) / 1000);
    return ids;
  }

  return createGroupCommit<InboxRow, number>(async (rows) => {
    await lookUp(rows.map(({ recipient }) => recipient));
    const good = rows.filter(({ recipient }) => known.has(recipient));
    const ids = good.length > 0 ? await commit(good) : [];
    let next = 0;
    return rows.map((row) =>
      row === good[next] ? (ids[next++] ?? missing()) : new AppError('RECIPIENT_NOT_FOUND'),
    );
  });
}

function missing(): Error {
  return new Error('the database stored fewer messages than it was given');
}
