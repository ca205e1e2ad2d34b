import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { readInSlices } from '../../core/slices.ts';
import type { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { announceEndedSessions } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';

/** Rows per statement, well below the limits of databases on parameters. */
export const sliceSize = 200;

export async function endSession(deps: Pick<Deps, 'db' | 'bus'>, { id }: Session): Promise<void> {
  await endSessions(deps, { id });
}

/** Ends one of the user's own sessions. Throws 'SESSION_NOT_FOUND', also for sessions of others. */
export async function revokeSession(
  deps: Pick<Deps, 'db' | 'bus'>,
  { id, username }: { id: number; username: string },
): Promise<void> {
  if ((await endSessions(deps, { id, username })) === 0) throw new AppError('SESSION_NOT_FOUND');
}

export async function endAllSessions(
  deps: Pick<Deps, 'db' | 'bus'>,
  { username }: Pick<Session, 'username'>,
): Promise<void> {
  await endSessions(deps, { username });
}

export async function endOtherSessions(
  deps: Pick<Deps, 'db' | 'bus'>,
  { id, username }: Session,
): Promise<void> {
  await endSessions(deps, { username, NOT: { id } });
}

/**
 * Ends sessions for good, even if the host still confirms their tokens: host sessions are kept and marked as ended. Resolves
 * to the number of sessions ended.
 */
async function endSessions(deps: Pick<Deps, 'db' | 'bus'>, where: Prisma.SessionWhereInput): Promise<number> {
  return removeSessions(deps, { AND: [where, { ended: false }] }, async (found) => {
    await deps.db.session.updateMany({ where: { ...found, fromHost: true }, data: { ended: true } });
    await deps.db.session.deleteMany({ where: { ...found, fromHost: false } });
  });
}

/** Deletes sessions without marking them as ended: a token of the host may open another one. */
export async function forgetSessions(
  deps: Pick<Deps, 'db' | 'bus'>,
  where: Prisma.SessionWhereInput,
): Promise<void> {
  await removeSessions(deps, where, (found) => deps.db.session.deleteMany({ where: found }));
}

/** In slices, so that a user with many sessions blocks neither the event loop nor the database for long. */
async function removeSessions(
  deps: Pick<Deps, 'db' | 'bus'>,
  where: Prisma.SessionWhereInput,
  write: (found: Prisma.SessionWhereInput) => Promise<unknown>,
): Promise<number> {
  const slices = readInSlices({
    size: sliceSize,
    keyOf: ({ id }) => id,
    read: (after: number | undefined) =>
      deps.db.session.findMany({
        where: { AND: [where, { id: { gt: after ?? 0 } }] },
        orderBy: { id: 'asc' },
        take: sliceSize,
        select: { id: true },
      }),
  });
  let removed = 0;
  for await (const slice of slices) {
    const ids = slice.map(({ id }) => id);
    await write({ AND: [where, { id: { in: ids } }] });
    await announceEndedSessions(deps, ids);
    removed += ids.length;
  }
  return removed;
}
