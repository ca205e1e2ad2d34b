import { AppError } from '../../core/errors.ts';
import { isTaken } from './is-taken.ts';
import type { MessageKey } from './message-keys.ts';

interface Draft {
  sender: string;
  key?: MessageKey | null | undefined;
}

interface Group<First, Result> {
  /** Messages that were sent with client ids of these rows before, by `nameOf`. */
  firstSends: ReadonlyMap<string, First>;
  /** What the sender of a repeat is answered. */
  repeatOf(first: First): Result;
}

export const nameOf = (sender: string, clientId: string): string => `${clientId} ${sender}`;

/**
 * Stores each row of a group that is not a repeat, of an earlier message or of another row. Gives a result for each row:
 * 'CLIENT_ID_REUSED' for another message under a client id that its sender has used, or what `insert` gives for it.
 */
export async function storeOnce<
  Row extends Draft,
  First extends { inputHash: string },
  Result extends { isRepeat: boolean },
>(
  rows: Row[],
  { firstSends, repeatOf }: Group<First, Result>,
  insert: (fresh: Row[]) => Promise<(Result | AppError)[]>,
): Promise<(Result | AppError)[]> {
  const results = new Map<Row, Result | AppError>();
  const firsts = new Map<string, Row>();
  const fresh: Row[] = [];
  for (const row of rows) {
    const name = row.key ? nameOf(row.sender, row.key.clientId) : undefined;
    const first = name === undefined ? undefined : firstSends.get(name);
    if (first) results.set(row, first.inputHash === row.key?.inputHash ? repeatOf(first) : clientIdReused());
    else if (name === undefined || !firsts.has(name)) {
      if (name !== undefined) firsts.set(name, row);
      fresh.push(row);
    }
  }
  if (fresh.length > 0) {
    const stored = await insert(fresh);
    for (const [index, row] of fresh.entries()) results.set(row, stored[index] ?? missing());
  }
  return rows.map((row) => results.get(row) ?? repeatWithin(row));

  /** The same client id came twice in one group. */
  function repeatWithin(row: Row): Result | AppError {
    const first = firsts.get(nameOf(row.sender, row.key?.clientId ?? ''));
    const result = first && results.get(first);
    if (!result || result instanceof AppError) return result ?? missing();
    return first.key?.inputHash === row.key?.inputHash ? { ...result, isRepeat: true } : clientIdReused();
  }
}

/** Another server may store a message with the same client id between our look and our insert; each time it has won. */
const maxTries = 3;

/** Writes a group again where another server was faster. */
export const retryIfTaken =
  <Row, Result>(write: (rows: Row[]) => Promise<Result>) =>
  async (rows: Row[]): Promise<Result> => {
    for (let tries = 1; ; tries += 1)
      try {
        return await write(rows);
      } catch (error) {
        if (!isTaken(error, 'client_id') || tries === maxTries) throw error;
      }
  };

const clientIdReused = () => new AppError('CLIENT_ID_REUSED');

function missing(): never {
  throw new Error('the database stored fewer messages than it was given');
}
