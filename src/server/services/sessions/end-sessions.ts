import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { readInSlices } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import { announceEndedSessions } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';

/** Rows per statement, well below the limits of databases on parameters. */
export const sliceSize = 200;

export async function endSession(deps: Pick<Deps, 'sql' | 'bus'>, { id }: Session): Promise<void> {
  await endSessions(deps, Prisma.sql`id = ${id}`);
}

/** Rows of sessions, and not of access tokens, which users revoke one by one. */
const onlySessions = Prisma.sql`scopes IS NULL`;

/** Ends one of the user's own sessions. Throws 'SESSION_NOT_FOUND', also for sessions of others. */
export async function revokeSession(
  deps: Pick<Deps, 'sql' | 'bus'>,
  { id, username }: { id: number; username: string },
): Promise<void> {
  if ((await endSessions(deps, Prisma.sql`id = ${id} AND username = ${username} AND ${onlySessions}`)) === 0)
    throw new AppError('SESSION_NOT_FOUND');
}

/** As `revokeSession`, for access tokens. Throws 'TOKEN_NOT_FOUND'. */
export async function revokeToken(
  deps: Pick<Deps, 'sql' | 'bus'>,
  { id, username }: { id: number; username: string },
): Promise<void> {
  if (
    (await endSessions(deps, Prisma.sql`id = ${id} AND username = ${username} AND scopes IS NOT NULL`)) === 0
  )
    throw new AppError('TOKEN_NOT_FOUND');
}

/** Logs the user out everywhere. Access tokens stay. */
export async function logOutEverywhere(
  deps: Pick<Deps, 'sql' | 'bus'>,
  { username }: Pick<Session, 'username'>,
): Promise<void> {
  await endSessions(deps, Prisma.sql`username = ${username} AND ${onlySessions}`);
}

/** The condition of sessions that were begun here, and not by a log-in with another service. */
export const isBegunHere = Prisma.sql`(method IS NULL OR method NOT LIKE 'oidc:%')`;

/** Logs the user out where they have logged in here. Access tokens stay. */
export async function endSessionsBegunHere(deps: Pick<Deps, 'sql' | 'bus'>, username: string): Promise<void> {
  await endSessions(deps, Prisma.sql`username = ${username} AND ${onlySessions} AND ${isBegunHere}`);
}

/** Ends all access to an account: its sessions and its access tokens. */
export async function endAllSessions(
  deps: Pick<Deps, 'sql' | 'bus'>,
  { username }: Pick<Session, 'username'>,
): Promise<void> {
  await endSessions(deps, Prisma.sql`username = ${username}`);
}

/** Access tokens stay. */
export async function endOtherSessions(
  deps: Pick<Deps, 'sql' | 'bus'>,
  { id, username }: Session,
): Promise<void> {
  await endSessions(deps, Prisma.sql`username = ${username} AND id <> ${id} AND ${onlySessions}`);
}

/**
 * Ends sessions for good, even if the host still confirms their tokens: host sessions are kept and marked as ended. Resolves
 * to the number of sessions ended.
 */
async function endSessions(deps: Pick<Deps, 'sql' | 'bus'>, which: Prisma.Sql): Promise<number> {
  return removeSessions(deps, Prisma.sql`${which} AND NOT ended`, async (found) => {
    await deps.sql.run(Prisma.sql`UPDATE sessions SET ended = TRUE WHERE ${found} AND from_host`);
    await deps.sql.run(Prisma.sql`DELETE FROM sessions WHERE ${found} AND NOT from_host`);
  });
}

/** Deletes the sessions of this condition without marking them as ended: a token of the host may open another one. */
export async function forgetSessions(deps: Pick<Deps, 'sql' | 'bus'>, which: Prisma.Sql): Promise<void> {
  await removeSessions(deps, which, (found) => deps.sql.run(Prisma.sql`DELETE FROM sessions WHERE ${found}`));
}

/** In slices, so that a user with many sessions blocks neither the event loop nor the database for long. */
async function removeSessions(
  deps: Pick<Deps, 'sql' | 'bus'>,
  which: Prisma.Sql,
  write: (found: Prisma.Sql) => Promise<unknown>,
): Promise<number> {
  const slices = readInSlices({
    size: sliceSize,
    keyOf: ({ id }) => id,
    read: (after: number | undefined) =>
      deps.sql<{ id: number }>(
        Prisma.sql`SELECT id FROM sessions WHERE ${which} AND id > ${after ?? 0} ORDER BY id LIMIT ${sliceSize}`,
      ),
  });
  let removed = 0;
  for await (const slice of slices) {
    const ids = slice.map(({ id }) => id);
    const listed = paddedList(ids, ids.length === 1 ? 1 : sliceSize, 0);
    await write(Prisma.sql`${which} AND id IN (${listed})`);
    await announceEndedSessions(deps, ids);
    removed += ids.length;
  }
  return removed;
}
