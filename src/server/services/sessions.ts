import { hash, randomBytes } from 'node:crypto';
import type { CachedSession } from '../access-cache.ts';
import type { Deps, Session } from '../context.ts';
import { isDatabaseFile } from '../db/database-file.ts';
import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';
import { announceEndedSessions } from './access.ts';

export type Sessions = Pick<Deps, 'db' | 'bus' | 'clock' | 'config' | 'accessCache'>;

/** 256 random bits: too many to guess, so a plain hash of it is safe to store. */
const newToken = () => randomBytes(32).toString('base64url');

export const hashToken = (token: string) => hash('sha256', token, 'hex');

/** What a user sees of a session of theirs. */
export interface SessionInfo {
  id: number;
  /** As it was called at the login. */
  device: string | null;
  createdAt: Date;
  /** To the hour. */
  lastUsedAt: Date;
  /** Whether it is the one that asks. */
  current: boolean;
}

/**
 * Opens a session of its own for each login, and clears away those of the user that have expired. `passwordHash` is the
 * one that the password has been compared with: if it has been changed meanwhile, or the account disabled, there is no
 * session, and this gives undefined. One statement looks and inserts, so that none can slip past the end of all other sessions.
 */
export async function startSession(
  deps: Sessions,
  { username, passwordHash, device }: { username: string; passwordHash: string; device?: string | undefined },
): Promise<string | undefined> {
  const token = newToken();
  const isOwner = Prisma.sql`password = ${passwordHash}`;
  const started = await insertSession(deps, { token, username, device, isOwner, fromHost: false });
  return started ? token : undefined;
}

interface NewSession {
  token: string;
  username: string;
  device?: string | undefined;
  /** What must be true of the user's row. */
  isOwner: Prisma.Sql;
  fromHost: boolean;
}

/** Gives false when the user may not have it, or the token has a session already. */
export async function insertSession(
  deps: Sessions,
  { token, username, device, isOwner, fromHost }: NewSession,
): Promise<boolean> {
  const { clock, config, db } = deps;
  const now = clock();
  await forgetSessions(deps, { username, expiresAt: { lte: new Date(now) } });
  // Where writers do not wait for each other, the account must not change until the session can be seen.
  const lock = isDatabaseFile(config.databaseUrl) ? Prisma.empty : Prisma.sql`FOR SHARE`;
  const inserted = await db.$executeRaw`
    INSERT INTO sessions (token_hash, username, device, created_at, last_used_at, expires_at, from_host)
    SELECT ${hashToken(token)}, username, ${device ?? null}, ${new Date(now)}, ${new Date(now)},
      ${new Date(now + config.sessionTtlMs)}, ${fromHost}
    FROM users WHERE username = ${username} AND ${isOwner} AND disabled_at IS NULL ${lock}
    ON CONFLICT (token_hash) DO NOTHING`;
  return inserted === 1;
}

const hourMs = 3_600_000;

/** Using a session prolongs it; but not at each request, lest a busy one write to the database all the time. */
function isDueForProlonging({ clock, config }: Sessions, expiresAtMs: number): boolean {
  const unused = config.sessionTtlMs - (expiresAtMs - clock());
  return unused > Math.min(config.sessionTtlMs / 10, hourMs);
}

export async function prolongIfDue(deps: Sessions, session: CachedSession): Promise<void> {
  if (!isDueForProlonging(deps, session.expiresAtMs)) return;
  const { db, clock, config } = deps;
  const before = session.expiresAtMs;
  const now = clock();
  // At once, so that of many requests of this moment one writes.
  session.expiresAtMs = now + config.sessionTtlMs;
  try {
    await db.session.updateMany({
      where: { id: session.id },
      data: { lastUsedAt: new Date(now), expiresAt: new Date(session.expiresAtMs) },
    });
  } catch (error) {
    session.expiresAtMs = before; // it lasts no longer than the database says
    throw error;
  }
}

/** As the database has it, which is remembered. One that has been ended by its user says so. */
export async function readSession(
  { db, accessCache, clock }: Sessions,
  tokenHash: string,
): Promise<CachedSession | 'ended' | undefined> {
  const { version } = accessCache;
  const readAtMs = clock();
  const row = await db.session.findUnique({ where: { tokenHash } });
  if (!row || row.ended) {
    const known = accessCache.session(tokenHash);
    if (known) accessCache.forgetSessions([known.id]);
    return row ? 'ended' : undefined;
  }
  const { id, username, fromHost } = row;
  const session = { id, username, fromHost, expiresAtMs: row.expiresAt.getTime(), readAtMs };
  accessCache.rememberSession(tokenHash, session, version);
  return session;
}

/** For those who were let in a moment ago, by a session that may have ended since. */
export async function requireLiveSession({ db, clock, accessCache }: Sessions, { id }: Session) {
  if (accessCache.isLive(id, clock())) return;
  const session = await db.session.findUnique({ where: { id } });
  if (!session || session.ended || session.expiresAt.getTime() <= clock()) throw new AppError('UNAUTHORIZED');
}

/** Prolongs the sessions that are still good, and gives back the ids of the others, and which of the good are the host's. */
export async function prolongSessions(
  deps: Sessions,
  ids: number[],
): Promise<{ ended: number[]; fromHost: Session[] }> {
  const { db, clock, config } = deps;
  const now = clock();
  const good = await db.session.findMany({
    where: { id: { in: ids }, expiresAt: { gt: new Date(now) }, ended: false },
    select: { id: true, username: true, expiresAt: true, fromHost: true },
  });
  const due = good.filter(({ expiresAt }) => isDueForProlonging(deps, expiresAt.getTime()));
  if (due.length > 0)
    await db.session.updateMany({
      where: { id: { in: due.map(({ id }) => id) } },
      data: { lastUsedAt: new Date(now), expiresAt: new Date(now + config.sessionTtlMs) },
    });
  const goodIds = new Set(good.map(({ id }) => id));
  return {
    ended: ids.filter((id) => !goodIds.has(id)),
    fromHost: good.filter(({ fromHost }) => fromHost),
  };
}

/** One's own sessions that have not expired, the newest first. */
export async function listSessions(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { id: currentId, username }: Session,
): Promise<SessionInfo[]> {
  const sessions = await db.session.findMany({
    where: { username, expiresAt: { gt: new Date(clock()) }, ended: false },
    orderBy: { id: 'desc' },
  });
  return sessions.map(({ id, device, createdAt, lastUsedAt }) => ({
    id,
    device,
    createdAt,
    lastUsedAt: lastUsedAt ?? createdAt,
    current: id === currentId,
  }));
}

export async function endSession(deps: Pick<Deps, 'db' | 'bus'>, { id }: Session): Promise<void> {
  await endSessions(deps, { id });
}

/** Ends one of the user's own sessions; those of others are not to be found. */
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
 * For good, also where the host goes on vouching for the token: so those of the host stay, as ended. Gives the number of
 * sessions that it ended.
 */
async function endSessions(deps: Pick<Deps, 'db' | 'bus'>, where: Prisma.SessionWhereInput): Promise<number> {
  return takeAway(deps, { AND: [where, { ended: false }] }, async (found) => {
    await deps.db.session.updateMany({ where: { ...found, fromHost: true }, data: { ended: true } });
    await deps.db.session.deleteMany({ where: { ...found, fromHost: false } });
  });
}

/** Without a trace: a token of the host may open another session. */
export async function forgetSessions(
  deps: Pick<Deps, 'db' | 'bus'>,
  where: Prisma.SessionWhereInput,
): Promise<void> {
  await takeAway(deps, where, (found) => deps.db.session.deleteMany({ where: found }));
}

async function takeAway(
  deps: Pick<Deps, 'db' | 'bus'>,
  where: Prisma.SessionWhereInput,
  write: (found: Prisma.SessionWhereInput) => Promise<unknown>,
): Promise<number> {
  const sessions = await deps.db.session.findMany({ where, select: { id: true } });
  if (sessions.length === 0) return 0;
  const ids = sessions.map(({ id }) => id);
  // By what they are, not by their ids: a statement takes only so many parameters.
  await write({ AND: [where, { id: { lte: Math.max(...ids) } }] });
  await announceEndedSessions(deps, ids);
  return ids.length;
}
