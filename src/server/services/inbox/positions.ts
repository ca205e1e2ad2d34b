import { randomBytes } from 'node:crypto';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';

/**
 * A place in the order of everything that happens to inboxes: all messages up to `message` and all changes up to
 * `change` lie before it. Both only rise, and within the same era a greater one is later.
 */
export interface Mark {
  /** `<number>-<name>` of the start of a server that the mark was taken after. */
  era: string;
  change: number;
  message: number;
}

/** As a query selects it with {@link markColumn}. */
export interface MarkRow {
  place: string;
}

const eraColumn = Prisma.sql`coalesce((SELECT id || '-' || name FROM inbox_eras ORDER BY id DESC LIMIT 1), '0-none')`;

/**
 * Looks at the ends of indexes: the era, the newest change, the newest message, and the newest message at that change,
 * which may have been deleted since, while the order does not go back. Selected along with data, they say where in the
 * order the data is true. One text, because each column costs with each row, and one subquery, which is computed once.
 */
export const markColumn = Prisma.sql`(SELECT ${eraColumn}
    || ' ' || coalesce((SELECT max(id) FROM inbox_changes), 0)
    || ' ' || coalesce((SELECT max(id) FROM inbox_messages), 0)
    || ' ' || coalesce((SELECT after_message_id FROM inbox_changes ORDER BY id DESC LIMIT 1), 0)) AS place`;

export function toMark({ place }: MarkRow): Mark {
  const [era = '', change, ...messages] = place.split(' ');
  return { era, change: Number(change), message: Math.max(...messages.map(Number)) };
}

/** As clients receive it, in `position` and as the id of an event: opaque to them but for `comparePositions`. */
export const positionOf = ({ era, change, message }: Mark): string => `${era}-${change}-${message}`;

const positionForm = /^(\d{1,10}-[a-z0-9]{1,16})-(\d{1,10})-(\d{1,10})$/;

export function parsePosition(text: string): Mark | undefined {
  const [, era, change, message] = positionForm.exec(text) ?? [];
  return era === undefined ? undefined : { era, change: Number(change), message: Number(message) };
}

/** Whether `a` is later. Both are of the running database, where eras are numbered. */
export function isLater(a: Mark, b: Mark): boolean {
  const [eraA, eraB] = [Number.parseInt(a.era, 10), Number.parseInt(b.era, 10)];
  if (eraA !== eraB) return eraA > eraB;
  return a.change !== b.change ? a.change > b.change : a.message > b.message;
}

export async function readMark({ sql }: Pick<Deps, 'sql'>): Promise<Mark> {
  const [row] = await sql<MarkRow>(Prisma.sql`SELECT ${markColumn}`);
  return toMark(row as MarkRow); // safe: a SELECT without FROM gives one row
}

/** The era alone: positions of rooms begin with it, too. */
export async function readEra({ sql }: Pick<Deps, 'sql'>): Promise<string> {
  const [row] = await sql<{ era: string }>(Prisma.sql`SELECT ${eraColumn} AS era`);
  return row?.era ?? '';
}

/** How many starts are remembered. A position of an earlier one leads to a gap. */
const erasKept = 1000;

/**
 * Begins an era. From here on, positions of a database that has since been replaced or restored from a backup are
 * recognized, since they lie beyond the beginning of the next era, or in one that this database never had.
 */
export async function beginEra({ sql, clock }: Pick<Deps, 'sql' | 'clock'>): Promise<void> {
  const { change, message } = await readMark({ sql });
  const name = randomBytes(6).toString('hex');
  const nowMs = BigInt(clock());
  const id = await sql.transaction(async (tx) => {
    // Locks the row on Postgres, so that no server gives an id meanwhile.
    const [last] = await tx<Record<'ms' | 'seq', number | bigint>>(
      Prisma.sql`UPDATE kept_clock SET id = 1 WHERE id = 1 RETURNING ms, seq`,
    );
    const [ms, seq] = [BigInt(last?.ms ?? 0), BigInt(last?.seq ?? 0)];
    const fromMs = nowMs > ms ? nowMs : ms + 1n;
    await tx.run(Prisma.sql`UPDATE kept_clock SET ms = ${fromMs}, seq = 0 WHERE id = 1`);
    const [era] = await tx<{ id: number }>(Prisma.sql`
      INSERT INTO inbox_eras (name, change_id, message_id, started_at, kept_ms, kept_seq, kept_from_ms)
      VALUES (${name}, ${change}, ${message}, ${new Date(Number(nowMs))}, ${ms}, ${seq}, ${fromMs}) RETURNING id`);
    return era?.id ?? 0;
  });
  await sql.run(Prisma.sql`DELETE FROM inbox_eras WHERE id <= ${id - erasKept}`);
}

/**
 * The mark to resume from. Undefined where something may have been lost since: changes are kept only for so long, and
 * the position may be of another database or of a future that a restored backup does not have.
 */
export async function resumeFrom(
  deps: Pick<Deps, 'sql'>,
  username: string,
  text: string,
): Promise<Mark | undefined> {
  const now = await readMark(deps);
  if (/^\d{1,15}$/.test(text)) return resumeFromMessage(deps, username, Number(text), now);
  const mark = parsePosition(text);
  if (!mark || mark.change > now.change || mark.message > now.message) return undefined;
  const [era] = await deps.sql<{
    change_id: number | null;
    message_id: number | null;
    oldest: number | null;
  }>(
    Prisma.sql`
      SELECT n.change_id, n.message_id, (SELECT min(id) FROM inbox_changes) AS oldest
      FROM inbox_eras e
      LEFT JOIN inbox_eras n ON n.id = (SELECT min(id) FROM inbox_eras WHERE id > e.id)
      WHERE e.id || '-' || e.name = ${mark.era} AND e.id = ${Number.parseInt(mark.era, 10)}`,
  );
  if (!era) return undefined;
  const isBeyond =
    era.change_id !== null && (mark.change > Number(era.change_id) || mark.message > Number(era.message_id));
  const isExpired = mark.change < Number(era.oldest ?? 0) - 1;
  return isBeyond || isExpired ? undefined : { ...mark, era: now.era };
}

/** How far back the changes of one user are looked through for a place that is only known as the id of a message. */
const maxLookedThrough = 10_000;

/** Event ids used to be the ids of messages. Whatever changed after that message has to come again. */
async function resumeFromMessage(
  { sql }: Pick<Deps, 'sql'>,
  username: string,
  message: number,
  now: Mark,
): Promise<Mark | undefined> {
  if (message > now.message) return undefined;
  const rows = await sql<{ id: number; after_message_id: number }>(Prisma.sql`
    SELECT id, after_message_id FROM inbox_changes WHERE username = ${username}
    ORDER BY id DESC LIMIT ${maxLookedThrough}`);
  const later = rows.filter((row) => Number(row.after_message_id) >= message);
  if (later.length === maxLookedThrough) return undefined;
  const first = later.at(-1);
  return { era: now.era, message, change: first === undefined ? now.change : Number(first.id) - 1 };
}
