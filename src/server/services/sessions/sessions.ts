import { hash, randomBytes } from 'node:crypto';
import { collectRows } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import { lruCache } from '../../core/lru-cache.ts';
import type { Session } from '../../core/session.ts';
import { mapSlices, readInSlices } from '../../core/slices.ts';
import { isDatabaseFile } from '../../infra/db/database-file.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { CachedSession } from '../../infra/stores/access-cache.ts';
import type { Deps } from '../shared/deps.ts';
import { forgetSessions, sliceSize } from './end-sessions.ts';

export type Sessions = Pick<Deps, 'db' | 'bus' | 'clock' | 'stopwatch' | 'config' | 'accessCache'>;

/** 256 random bits, so storing an unsalted fast hash is safe. */
const newToken = () => randomBytes(32).toString('base64url');

/** Each request brings its token again. Bounded: ours have 43 characters, those of hosts may be long. */
const tokenHashes = lruCache<string, string>(10_000);
const maxCachedLength = 100;

export function hashToken(token: string): string {
  const known = tokenHashes.get(token);
  if (known !== undefined) return known;
  const tokenHash = hash('sha256', token, 'hex');
  if (token.length <= maxCachedLength) tokenHashes.set(token, tokenHash);
  return tokenHash;
}

/** A session as its owner sees it. */
export interface SessionInfo {
  id: number;
  /** The name given at login. */
  device: string | null;
  createdAt: Date;
  /** Accurate to the hour. */
  lastUsedAt: Date;
  /** Whether it is the session of this call. */
  current: boolean;
}

/**
 * Opens a new session and deletes the user's expired ones. `passwordHash` is the hash the password was compared with: if it
 * has changed since, or the account was disabled, no session is opened and this resolves to undefined. Check and insert are
 * one statement, so that a session cannot slip past a concurrent end of all sessions.
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
  /** Condition on the user's row. */
  isOwner: Prisma.Sql;
  fromHost: boolean;
}

/** Resolves to false if the user fails the condition, or the token already has a session. */
export async function insertSession(
  deps: Sessions,
  { token, username, device, isOwner, fromHost }: NewSession,
): Promise<boolean> {
  const { clock, config, db } = deps;
  const now = clock();
  await forgetSessions(deps, { username, expiresAt: { lte: new Date(now) } });
  // On Postgres writers run concurrently: locks the account until the session is visible.
  const lock = isDatabaseFile(config.databaseUrl) ? Prisma.empty : Prisma.sql`FOR SHARE`;
  const inserted = await db.$executeRaw`
    INSERT INTO sessions (token_hash, username, device, created_at, last_used_at, expires_at, from_host)
    SELECT ${hashToken(token)}, username, ${device ?? null}, ${new Date(now)}, ${new Date(now)},
      ${new Date(now + config.sessionTtlMs)}, ${fromHost}
    FROM users WHERE username = ${username} AND ${isOwner} AND disabled_at IS NULL ${lock}
    ON CONFLICT (token_hash) DO NOTHING`;
  if (inserted === 1) await endSurplusSessions(deps, username);
  return inserted === 1;
}

/** Ends the sessions beyond the quota that were unused for the longest time. */
async function endSurplusSessions(deps: Sessions, username: string): Promise<void> {
  const surplus = await deps.db.session.findMany({
    where: { username, ended: false },
    orderBy: [{ lastUsedAt: { sort: 'desc', nulls: 'last' } }, { id: 'desc' }],
    skip: deps.config.maxPerUser.sessions,
    take: sliceSize,
    select: { id: true },
  });
  if (surplus.length > 0) await forgetSessions(deps, { id: { in: surplus.map(({ id }) => id) } });
}

const hourMs = 3_600_000;

/** Limits how often extending a busy session writes to the database. */
export function isDueForExtension(
  { config }: Pick<Sessions, 'config'>,
  expiresAtMs: number,
  now: number,
): boolean {
  const unused = config.sessionTtlMs - (expiresAtMs - now);
  return unused > Math.min(config.sessionTtlMs / 10, hourMs);
}

export async function extend(deps: Sessions, session: CachedSession): Promise<void> {
  const { db, clock, config } = deps;
  const before = session.expiresAtMs;
  const now = clock();
  // Set before the write, so that of many concurrent requests only one writes.
  session.expiresAtMs = now + config.sessionTtlMs;
  try {
    await db.session.updateMany({
      where: { id: session.id },
      data: { lastUsedAt: new Date(now), expiresAt: new Date(session.expiresAtMs) },
    });
  } catch (error) {
    session.expiresAtMs = before; // the database has the final say
    throw error;
  }
}

/** Reads a session from the database and caches it. 'ended' means that its user has ended it. */
export async function readSession(
  { db, accessCache, stopwatch }: Sessions,
  tokenHash: string,
): Promise<CachedSession | 'ended' | undefined> {
  const { version } = accessCache;
  const readAtMs = stopwatch();
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

/** Throws 'UNAUTHORIZED' if the session has ended since it was authenticated. */
export async function requireLiveSession({ db, clock, accessCache }: Sessions, { id }: Session) {
  if (accessCache.isLive(id, clock())) return;
  const session = await db.session.findUnique({ where: { id } });
  if (!session || session.ended || session.expiresAt.getTime() <= clock()) throw new AppError('UNAUTHORIZED');
}

/** Extends the sessions that are still live. Resolves to the ids of the others, and to the live sessions of the host. */
export async function extendSessions(
  deps: Sessions,
  ids: number[],
): Promise<{ ended: number[]; fromHost: Session[] }> {
  const { db, clock, config } = deps;
  const now = clock();
  const live = await db.session.findMany({
    where: { id: { in: ids }, expiresAt: { gt: new Date(now) }, ended: false },
    select: { id: true, username: true, expiresAt: true, fromHost: true },
  });
  const due = live.filter(({ expiresAt }) => isDueForExtension(deps, expiresAt.getTime(), now));
  if (due.length > 0)
    await db.session.updateMany({
      where: { id: { in: due.map(({ id }) => id) } },
      data: { lastUsedAt: new Date(now), expiresAt: new Date(now + config.sessionTtlMs) },
    });
  const liveIds = new Set(live.map(({ id }) => id));
  return {
    ended: ids.filter((id) => !liveIds.has(id)),
    fromHost: live.filter(({ fromHost }) => fromHost),
  };
}

/** The user's live sessions, newest first. Throws 'ANSWER_TOO_LARGE'. */
export function listSessions(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { id: currentId, username }: Session,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<SessionInfo[]> {
  const now = new Date(clock());
  const slices = readInSlices({
    size: sliceSize,
    keyOf: ({ id }) => id,
    signal,
    read: (before: number | undefined) =>
      db.session.findMany({
        where: {
          username,
          expiresAt: { gt: now },
          ended: false,
          ...(before !== undefined && { id: { lt: before } }),
        },
        orderBy: { id: 'desc' },
        take: sliceSize,
      }),
  });
  return collectRows(
    mapSlices(slices, ({ id, device, createdAt, lastUsedAt }) => ({
      id,
      device,
      createdAt,
      lastUsedAt: lastUsedAt ?? createdAt,
      current: id === currentId,
    })),
  );
}
