import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createGroupCommit } from './group-commit.ts';
import type { IdParts, KeptStatements, KnownKeptKey, NewKeptRow } from './kept-statements.ts';
import { nameOf, retryIfTaken, storeOnce } from './store-once.ts';

/** What became of a message for a kept room. */
export interface KeptId extends IdParts {
  /** Whether the same sender had sent it before, with the same client id. Then nothing was stored. */
  isRepeat: boolean;
}

/**
 * Stores messages of kept rooms. `add` resolves once the message is on disk, or throws 'NOT_A_MEMBER' for a room that is gone,
 * or 'CLIENT_ID_REUSED' for another message under a client id that the sender has used.
 */
export type KeptWriter = ReturnType<typeof createKeptWriter>;

interface Options {
  clock: Clock;
  /** Whether a message counts no more, so that its client id is free again. */
  isExpired(message: { createdMs: number; lifespanSeconds: number | null }): boolean;
  onCommit(messages: number, seconds: number): void;
}

/** One statement, one parameter and one wait for the disk for all messages that arrive together. */
export function createKeptWriter(statements: KeptStatements, { clock, isExpired, onCommit }: Options) {
  async function findFirstSends(rows: NewKeptRow[]): Promise<Map<string, KnownKeptKey>> {
    const keys = rows.flatMap(({ sender, key }) => (key ? [{ sender, clientId: key.clientId }] : []));
    const firstSends = new Map<string, KnownKeptKey>();
    if (keys.length === 0) return firstSends;
    for (const known of await statements.findKeys(keys))
      if (isExpired(known)) await statements.releaseKey(known);
      else firstSends.set(nameOf(known.sender, known.clientId), known);
    return firstSends;
  }

  async function insert(rows: NewKeptRow[]): Promise<(KeptId | AppError)[]> {
    const startedAt = performance.now();
    const ids = await statements.insert(rows, clock());
    const stored = ids.filter((id) => id !== undefined).length;
    if (stored > 0) onCommit(stored, (performance.now() - startedAt) / 1000);
    return ids.map((id) => (id ? { ...id, isRepeat: false } : new AppError('NOT_A_MEMBER')));
  }

  async function write(rows: NewKeptRow[]): Promise<(KeptId | AppError)[]> {
    const firstSends = await findFirstSends(rows);
    const repeatOf = ({ ms, seq }: KnownKeptKey): KeptId => ({ ms, seq, isRepeat: true });
    return storeOnce(rows, { firstSends, repeatOf }, insert);
  }

  return createGroupCommit<NewKeptRow, KeptId>(retryIfTaken(write));
}
