import { type Clock, systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { lruCache } from '../../core/lru-cache.ts';
import { createGroupCommit } from './group-commit.ts';
import type { InboxStatements, KnownKey, NewInboxRow, StoredAt } from './inbox-statements.ts';
import { nameOf, retryIfTaken, storeOnce } from './store-once.ts';

/** What became of a message. */
export interface Written extends StoredAt {
  id: number;
  /** Whether the same sender had sent it before, with the same client id. Then nothing was stored. */
  isRepeat: boolean;
}

/**
 * Stores inbox messages. `add` resolves once the message is on disk, or throws 'RECIPIENT_NOT_FOUND',
 * 'RECIPIENT_UNAVAILABLE' where the recipient wants no messages of the sender, or 'CLIENT_ID_REUSED' for another message
 * under a client id that the sender has used.
 */
export type InboxWriter = ReturnType<typeof createInboxWriter>;

/** How long a client id stands for the message it was first sent with. */
export const clientIdMs = 7 * 24 * 60 * 60 * 1000;

/** One statement, one parameter and one wait for the disk for all messages that arrive together. */
export function createInboxWriter(
  statements: InboxStatements,
  clock: Clock = systemClock,
  onCommit: (messages: number, seconds: number) => void = () => {},
) {
  // Who has been found once is not looked for again: whoever has left since is noticed by the insert.
  const known = lruCache<string, true>(100_000);

  async function lookUp(names: string[]): Promise<void> {
    const unknown = [...new Set(names)].filter((name) => !known.has(name));
    if (unknown.length === 0) return;
    for (const username of await statements.findUsers(unknown)) known.set(username, true);
  }

  async function write(rows: NewInboxRow[]): Promise<(Written | AppError)[]> {
    await lookUp(rows.map(({ recipient }) => recipient));
    const reachable = rows.filter(({ recipient }) => known.has(recipient));
    const firstSends = await findFirstSends(statements, clock(), reachable);
    const repeatOf = ({ id }: KnownKey): Written => ({ id, era: '', change: 0, isRepeat: true });
    const results = await storeOnce(reachable, { firstSends, repeatOf }, insert);
    if (reachable.length === rows.length) return results;
    const resultOf = new Map(reachable.map((row, index) => [row, results[index]]));
    return rows.map((row) => resultOf.get(row) ?? new AppError('RECIPIENT_NOT_FOUND'));
  }

  async function insert(rows: NewInboxRow[]): Promise<(Written | AppError)[]> {
    const startedAt = performance.now();
    const { ids, era, change } = await statements.insert(rows);
    const stored = ids.filter((id) => id !== undefined).length;
    if (stored > 0) onCommit(stored, (performance.now() - startedAt) / 1000);
    if (stored < rows.length) await forgetDeparted(rows.filter((_, index) => ids[index] === undefined));
    return ids.map((id, index) =>
      id === undefined ? refusal(rows[index]) : { id, era, change, isRepeat: false },
    );
  }

  async function forgetDeparted(refused: NewInboxRow[]): Promise<void> {
    const names = [...new Set(refused.map(({ recipient }) => recipient))];
    const present = new Set(await statements.findUsers(names));
    for (const name of names) if (!present.has(name)) known.delete(name);
  }

  const refusal = (row: NewInboxRow | undefined) =>
    new AppError(row && known.has(row.recipient) ? 'RECIPIENT_UNAVAILABLE' : 'RECIPIENT_NOT_FOUND');

  return createGroupCommit<NewInboxRow, Written>(retryIfTaken(write), {
    gatherMs: statements.gatherMs ?? 0,
    bytesOf: ({ text }) => text.length,
  });
}

/** The first sends under the client ids of these rows. One that is too long ago counts no more, and its client id is free. */
async function findFirstSends(
  { findKeys, releaseKeys }: InboxStatements,
  now: number,
  rows: NewInboxRow[],
): Promise<Map<string, KnownKey>> {
  const keys = rows.flatMap(({ sender, key }) => (key ? [{ sender, clientId: key.clientId }] : []));
  if (keys.length === 0) return new Map();
  const found = await findKeys(keys);
  const expired = found.filter(({ sentAt }) => now - sentAt.getTime() >= clientIdMs);
  if (expired.length > 0) await releaseKeys(expired.map(({ id }) => id));
  return new Map(
    found.filter((key) => !expired.includes(key)).map((key) => [nameOf(key.sender, key.clientId), key]),
  );
}
