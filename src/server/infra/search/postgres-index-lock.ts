import { Prisma } from '../db/generated/sqlite/client.ts';
import type { Statements } from '../db/raw-sql.ts';

/** Arbitrary numbers that no other program uses. */
const keys = { inboxes: 778243106, rooms: 778243107 };

/** Of the servers, one extends an index at a time. */
export async function isAlone(tx: Statements, index: keyof typeof keys): Promise<boolean> {
  const [row] = await tx<{ taken: boolean }>(Prisma.sql`
    SELECT pg_try_advisory_xact_lock(${keys[index]}::int, hashtext(current_schema())) AS taken`);
  return row?.taken === true;
}

/** Waits until nobody is editing or deleting messages, and holds others up until the transaction ends. Triggers take it too. */
export const waitForChanges = (tx: Statements, table: 'inbox_messages' | 'kept_messages') =>
  tx.run(Prisma.sql`SELECT pg_advisory_xact_lock(3, quote_ident(${table})::regclass::int)`);
