import { hash, randomBytes } from 'node:crypto';
import type { CachedSession } from '../access-cache.ts';
import type { Deps, Session } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Prisma } from '../generated/sqlite/client.ts';
import { announceEndedSessions } from './access.ts';

type Sessions = Pick<Deps, 'db' | 'bus' | 'clock' | 'config' | 'accessCache'>;

/** 256 random bits: too many to guess, so a plain hash of it is safe to store. */
const newToken = () => randomBytes(32).toString('base64url');

const hashToken = (token: string) => hash('sha256', token, 'hex');

/** Opens a session of its own for each login, and clears away those of the user that have expired. */
export async function startSession(deps: Sessions, username: string): Promise<string> {
  const { clock, config } = deps;
  const token = newToken();
  const now = clock();
  await endSessions(deps, { username, expiresAt: { lte: new Date(now) } });
  await deps.db.session.create({
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
export async function findSession(deps: Sessions, token: string): Promise<Session | null> {
  const { clock, config } = deps;
  const tokenHash = hashToken(token);
  const now = clock();
  const isGood = (session: CachedSession | undefined) => session !== undefined && session.expiresAtMs > now;
  let session = deps.accessCache.session(tokenHash);
  // One that seems to have expired may have been prolonged elsewhere.
  if (!isGood(session)) session = await readSession(deps, tokenHash);
  if (!session || !isGood(session)) return null;
  // Only once a tenth of its time has gone, so that a busy session does not write to the database at each request.
  if (session.expiresAtMs - now < config.sessionTtlMs * 0.9) {
    session.expiresAtMs = now + config.sessionTtlMs;
    await deps.db.session.updateMany({
      where: { id: session.id },
      data: { expiresAt: new Date(session.expiresAtMs) },
    });
  }
  return session;
}

async function readSession({ db, accessCache }: Sessions, tokenHash: string) {
  const { version } = accessCache;
  const row = await db.session.findUnique({ where: { tokenHash } });
  if (!row) return undefined;
  const session = { id: row.id, username: row.username, expiresAtMs: row.expiresAt.getTime() };
  accessCache.rememberSession(tokenHash, session, version);
  return session;
}

/** For those who were let in a moment ago, by a session that may have ended since. */
export async function requireLiveSession({ db, clock, accessCache }: Sessions, { id }: Session) {
  if (accessCache.isLive(id, clock())) return;
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
  await endSessions(deps, { id });
}

export async function endOtherSessions(
  deps: Pick<Deps, 'db' | 'bus'>,
  { id, username }: Session,
): Promise<void> {
  await endSessions(deps, { username, NOT: { id } });
}

export async function endAllSessions(deps: Pick<Deps, 'db' | 'bus'>, username: string): Promise<void> {
  await endSessions(deps, { username });
}

async function endSessions(deps: Pick<Deps, 'db' | 'bus'>, where: Prisma.SessionWhereInput): Promise<void> {
  const sessions = await deps.db.session.findMany({ where, select: { id: true } });
  if (sessions.length === 0) return;
  const ids = sessions.map(({ id }) => id);
  await deps.db.session.deleteMany({ where: { id: { in: ids } } });
  await announceEndedSessions(deps, ids);
}
