import { createHash, randomBytes } from 'node:crypto';
import type { Deps, Session } from '../context.ts';
import { AppError } from '../errors.ts';
import { announceEndedSessions } from './access.ts';

type Sessions = Pick<Deps, 'db' | 'clock' | 'config'>;

/** 256 random bits: too many to guess, so a plain hash of it is safe to store. */
const newToken = () => randomBytes(32).toString('base64url');

const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');

/** Opens a session of its own for each login, and clears away those of the user that have expired. */
export async function startSession({ db, clock, config }: Sessions, username: string): Promise<string> {
  const token = newToken();
  const now = clock();
  await db.session.deleteMany({ where: { username, expiresAt: { lte: new Date(now) } } });
  await db.session.create({
    data: {
      tokenHash: hashToken(token),
      username,
      createdAt: new Date(now),
      expiresAt: new Date(now + config.sessionTtlMs),
    },
  });
  return token;
}

/** The session of a token, unless it has ended or expired. Using a session prolongs it. */
export async function findSession({ db, clock, config }: Sessions, token: string): Promise<Session | null> {
  const session = await db.session.findUnique({ where: { tokenHash: hashToken(token) } });
  const now = clock();
  if (!session || session.expiresAt.getTime() <= now) return null;
  const { id, username, expiresAt } = session;
  // Only once a tenth of its time has gone, so that a busy session does not write to the database at each request.
  if (expiresAt.getTime() - now < config.sessionTtlMs * 0.9)
    await db.session.updateMany({ where: { id }, data: { expiresAt: new Date(now + config.sessionTtlMs) } });
  return { id, username };
}

/** For those who were let in a moment ago, by a session that may have ended since. */
export async function requireLiveSession({ db, clock }: Pick<Deps, 'db' | 'clock'>, { id }: Session) {
  const session = await db.session.findUnique({ where: { id } });
  if (!session || session.expiresAt.getTime() <= clock()) throw new AppError('UNAUTHORIZED');
}

/** Prolongs the sessions that are still good, and gives back the ids of the others. */
export async function prolongSessions({ db, clock, config }: Sessions, ids: number[]): Promise<number[]> {
  const now = clock();
  const isGood = { id: { in: ids }, expiresAt: { gt: new Date(now) } };
  const good = await db.session.findMany({ where: isGood, select: { id: true } });
  await db.session.updateMany({
    where: { ...isGood, AND: { expiresAt: { lt: new Date(now + config.sessionTtlMs * 0.9) } } },
    data: { expiresAt: new Date(now + config.sessionTtlMs) },
  });
  const goodIds = new Set(good.map(({ id }) => id));
  return ids.filter((id) => !goodIds.has(id));
}

export async function endSession(deps: Pick<Deps, 'db' | 'bus'>, { id }: Session): Promise<void> {
  await deps.db.session.deleteMany({ where: { id } });
  await announceEndedSessions(deps, [id]);
}

export async function endOtherSessions(
  deps: Pick<Deps, 'db' | 'bus'>,
  { id, username }: Session,
): Promise<void> {
  const others = { username, NOT: { id } };
  const ended = await deps.db.session.findMany({ where: others, select: { id: true } });
  await deps.db.session.deleteMany({ where: others });
  await announceEndedSessions(
    deps,
    ended.map((session) => session.id),
  );
}
