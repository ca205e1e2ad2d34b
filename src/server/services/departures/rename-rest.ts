import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import type { Deps } from '../shared/deps.ts';
import { removeAccess } from './remove-account.ts';

/** Who has left, and what takes the place of the name. */
export interface Departed {
  username: string;
  alias: string;
}

/** One time of going through the database. */
export interface Pass {
  signal: AbortSignal;
  /** Whether the name becomes free afterwards. */
  isLast: boolean;
  /** To be called in long steps, so that no other server takes over. Throws once the server is closing. */
  renew(): Promise<void>;
}

/** Rows changed by one statement: a few milliseconds of work. */
export const sliceSize = 500;

/** Runs a statement that changes at most `sliceSize` rows until it changes fewer. */
export async function inSlices({ renew }: Pass, change: () => Promise<number>): Promise<void> {
  while ((await change()) >= sliceSize) await renew();
}

/** What is only of interest to the user goes; in all else the name is replaced. */
export async function renameRest(deps: Deps, { username, alias }: Departed, pass: Pass): Promise<void> {
  const { sql, db } = deps;
  await removeAccess(db, username);
  await inSlices(pass, () =>
    sql.run(Prisma.sql`
      DELETE FROM user_blocks WHERE username = ${username} AND blocked IN (
        SELECT blocked FROM user_blocks WHERE username = ${username} LIMIT ${sliceSize})`),
  );
  await inSlices(pass, () =>
    sql.run(Prisma.sql`
      UPDATE user_blocks SET blocked = ${alias} WHERE blocked = ${username} AND username IN (
        SELECT username FROM user_blocks WHERE blocked = ${username} LIMIT ${sliceSize})`),
  );
  await inSlices(pass, () =>
    sql.run(Prisma.sql`
      DELETE FROM inbox_deleted_keys WHERE sender = ${username} AND client_id IN (
        SELECT client_id FROM inbox_deleted_keys WHERE sender = ${username} LIMIT ${sliceSize})`),
  );
  // Its parts stay as they are: what others delete is to go from the index as well.
  await inSlices(pass, () => renameById(deps, 'inbox_search_parts', 'username', { username, alias }));
  await inSlices(pass, () => renameById(deps, 'inbox_changes', 'username', { username, alias }));
  await sql.run(Prisma.sql`UPDATE inbox_search_removals SET sender = ${alias} WHERE sender = ${username}`);
  await sql.run(
    Prisma.sql`UPDATE inbox_search_removals SET recipient = ${alias} WHERE recipient = ${username}`,
  );
  await sql.run(
    Prisma.sql`UPDATE imported_room_messages SET username = ${alias} WHERE username = ${username}`,
  );
  if (pass.isLast) await renameInOldChanges(deps, { username, alias }, pass);
}

/** A column with an index of a table whose key is `id`. */
export function renameById(
  { sql }: Pick<Deps, 'sql'>,
  table: string,
  column: string,
  { username, alias }: Departed,
): Promise<number> {
  const [named, holder] = [Prisma.raw(table), Prisma.raw(column)];
  return sql.run(Prisma.sql`
    UPDATE ${named} SET ${holder} = ${alias}
    WHERE id IN (SELECT id FROM ${named} WHERE ${holder} = ${username} LIMIT ${sliceSize})`);
}

/** Those with which others were told that the conversation has another name. Nobody resumes from them any more. */
async function renameInOldChanges({ sql }: Deps, { username, alias }: Departed, pass: Pass): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await sql<{ id: number | bigint; isOf: unknown }>(Prisma.sql`
      SELECT id, (peer = ${username} OR reader = ${username}) AS "isOf" FROM inbox_changes
      WHERE id > ${after} ORDER BY id LIMIT ${sliceSize}`);
    const ids = rows.filter(({ isOf }) => Boolean(isOf)).map(({ id }) => Number(id));
    if (ids.length > 0)
      await sql.run(Prisma.sql`
        UPDATE inbox_changes SET peer = CASE WHEN peer = ${username} THEN ${alias} ELSE peer END,
          reader = CASE WHEN reader = ${username} THEN ${alias} ELSE reader END
        WHERE id IN (${paddedList(ids, sliceSize, 0)})`);
    if (rows.length < sliceSize) return;
    after = Number(rows.at(-1)?.id);
    await pass.renew();
  }
}
