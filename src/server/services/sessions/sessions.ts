import { hash, randomBytes } from 'node:crypto';
import { collectRows } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import { lruCache } from '../../core/lru-cache.ts';
import type { Session } from '../../core/session.ts';
import { mapSlices, readInSlices } from '../../core/slices.ts';
import { maxRowId } from '../../core/validation.ts';
import { isDatabaseFile } from '../../infra/db/database-file.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import { storedTime } from '../../infra/db/raw-sql.ts';
import type { CachedSession } from '../../infra/stores/access-cache.ts';
import type { Deps } from '../shared/deps.ts';
import { forgetSessions, sliceSize } from './end-sessions.ts';

export type Sessions = Pick<Deps, 'sql' | 'bus' | 'clock' | 'stopwatch' | 'config' | 'accessCache'>;

/** 256 random bits, so storing an unsalted fast hash is safe. */
export const newToken = () => randomBytes(32).toString('base64url');

/** How access tokens begin, so that people and scanners for secrets know them. */
export const accessTokenPrefix = 'mirage_';

/** Each request brings its token again. Bounded: ours have 43 characters, those of hosts may be long. */
const tokenHashes = lruCache<string, string>(10_000);
const maxCachedLength = 100;

export function hashToken(token: string): string {
  const known = tokenHashes.get(token);
  if (known !== undefined) return known;
  // Servers of before 0.2.0 that share the database know no scopes, and must not find access tokens by their hashes.
  const isAccessToken = token.startsWith(accessTokenPrefix);
  const tokenHash = hash('sha256', isAccessToken ? `access token ${token}` : token, 'hex');
  if (token.length <= maxCachedLength) tokenHashes.set(token, tokenHash);
  return tokenHash;
}

/** How a session was opened: by what its user showed, in this order, or by the host. */
export type LoginMethod =
  | 'password'
  | `password+${'totp' | 'passkey' | 'recovery'}`
  | 'passkey'
  | `oidc:${string}`
  | 'host';

/** A session as its owner sees it. */
export interface SessionInfo {
  id: number;
  /** The name given at login. */
  device: string | null;
  createdAt: Date;
  /** Accurate to the hour. */
  lastUsedAt: Date;
  /** How its user logged in; null for sessions from before this was recorded. */
  method: string | null;
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
  { username, passwordHash, device, method }: LoggedIn,
): Promise<string | undefined> {
  const token = newToken();
  const isOwner = Prisma.sql`password = ${passwordHash}`;
  const started = await insertSession(deps, { token, username, device, method, isOwner, fromHost: false });
  return started ? token : undefined;
}

interface LoggedIn {
  username: string;
  passwordHash: string;
  method: Exclude<LoginMethod, 'host'>;
  device?: string | undefined;
}

interface NewSession {
  token: string;
  username: string;
  device?: string | undefined;
  method: LoginMethod;
  /** Condition on the user's row. */
  isOwner: Prisma.Sql;
  fromHost: boolean;
}

/** Resolves to false if the user fails the condition, or the token already has a session. */
export async function insertSession(
  deps: Sessions,
  { token, username, device, method, isOwner, fromHost }: NewSession,
): Promise<boolean> {
  const { clock, config, sql } = deps;
  const now = clock();
  await forgetSessions(deps, Prisma.sql`username = ${username} AND expires_at <= ${new Date(now)}`);
  // On Postgres writers run concurrently: locks the account until the session is visible.
  const lock = isDatabaseFile(config.databaseUrl) ? Prisma.empty : Prisma.sql`FOR SHARE`;
  const inserted = await sql.run(Prisma.sql`
    INSERT INTO sessions
      (token_hash, username, device, created_at, last_used_at, expires_at, from_host, method, confirmed_at)
    SELECT ${hashToken(token)}, username, ${device ?? null}, ${new Date(now)}, ${new Date(now)},
      ${new Date(now + config.sessionTtlMs)}, ${fromHost}, ${method}, ${fromHost ? null : new Date(now)}
    FROM users WHERE username = ${username} AND ${isOwner} AND disabled_at IS NULL ${lock}
    ON CONFLICT (token_hash) DO NOTHING`);
  if (inserted === 1) await endSurplusSessions(deps, username);
  return inserted === 1;
}

/** Ends the sessions beyond the quota that were unused for the longest time. */
async function endSurplusSessions(deps: Sessions, username: string): Promise<void> {
  const surplus = await deps.sql<{ id: number }>(Prisma.sql`
    SELECT id FROM sessions WHERE username = ${username} AND NOT ended AND scopes IS NULL
    ORDER BY last_used_at IS NULL, last_used_at DESC, id DESC
    LIMIT ${sliceSize} OFFSET ${deps.config.maxPerUser.sessions}`);
  if (surplus.length === 0) return;
  const ids = paddedList(
    surplus.map(({ id }) => id),
    sliceSize,
    0,
  );
  await forgetSessions(deps, Prisma.sql`id IN (${ids})`);
}

const hourMs = 3_600_000;

type Extended = Pick<CachedSession, 'expiresAtMs' | 'scopes' | 'usedAtMs'>;

/** Limits how often extending a busy session, or recording the use of an access token, writes to the database. */
export function isDueForExtension(
  { config }: Pick<Sessions, 'config'>,
  { expiresAtMs, scopes, usedAtMs = 0 }: Extended,
  now: number,
): boolean {
  if (scopes) return now - usedAtMs > hourMs;
  const unused = config.sessionTtlMs - (expiresAtMs - now);
  return unused > Math.min(config.sessionTtlMs / 10, hourMs);
}

/** An access token is not extended, but recorded as used. */
export async function extend(deps: Sessions, session: CachedSession): Promise<void> {
  const { sql, clock, config } = deps;
  const now = clock();
  if (session.scopes) {
    session.usedAtMs = now; // of many concurrent requests only one writes
    await sql.run(Prisma.sql`UPDATE sessions SET last_used_at = ${new Date(now)} WHERE id = ${session.id}`);
    return;
  }
  const before = session.expiresAtMs;
  // Set before the write, so that of many concurrent requests only one writes.
  session.expiresAtMs = now + config.sessionTtlMs;
  try {
    await sql.run(Prisma.sql`
      UPDATE sessions SET last_used_at = ${new Date(now)}, expires_at = ${new Date(session.expiresAtMs)}
      WHERE id = ${session.id}`);
  } catch (error) {
    session.expiresAtMs = before; // the database has the final say
    throw error;
  }
}

/** As drivers return it: SQLite has numbers for booleans, and text for times. */
interface SessionRow {
  id: number;
  username: string;
  fromHost: boolean | number;
  ended: boolean | number;
  expiresAt: Date | string;
  scopes: string | null;
  lastUsedAt: Date | string | null;
}

const selectSessions = Prisma.sql`
  SELECT id, username, from_host AS "fromHost", ended, expires_at AS "expiresAt", scopes,
    last_used_at AS "lastUsedAt" FROM sessions`;

const extendedOf = (row: SessionRow): Extended => ({
  expiresAtMs: expiryOf(row),
  ...(row.scopes !== null && {
    scopes: row.scopes.split(' '),
    usedAtMs: row.lastUsedAt === null ? 0 : new Date(row.lastUsedAt).getTime(),
  }),
});

const expiryOf = ({ expiresAt }: SessionRow): number => new Date(expiresAt).getTime();

const isLiveAt = (row: SessionRow, now: number): boolean => !row.ended && expiryOf(row) > now;

/** Reads a session from the database and caches it. 'ended' means that its user has ended it. */
export async function readSession(
  { sql, accessCache, stopwatch }: Sessions,
  tokenHash: string,
): Promise<CachedSession | 'ended' | undefined> {
  const { version } = accessCache;
  const readAtMs = stopwatch();
  const [row] = await sql<SessionRow>(Prisma.sql`${selectSessions} WHERE token_hash = ${tokenHash}`);
  if (!row || row.ended) {
    const known = accessCache.session(tokenHash);
    if (known) accessCache.forgetSessions([known.id]);
    return row ? 'ended' : undefined;
  }
  const { id, username } = row;
  const session = { id, username, fromHost: Boolean(row.fromHost), readAtMs, ...extendedOf(row) };
  accessCache.rememberSession(tokenHash, session, version);
  return session;
}

/** Throws 'UNAUTHORIZED' if the session has ended since it was authenticated. */
export async function requireLiveSession({ sql, clock, accessCache }: Sessions, { id }: Session) {
  if (accessCache.isLive(id, clock())) return;
  const [row] = await sql<SessionRow>(Prisma.sql`${selectSessions} WHERE id = ${id}`);
  if (!row || !isLiveAt(row, clock())) throw new AppError('UNAUTHORIZED');
}

/** The most sessions that `extendSessions` takes at a time, which is some 2 ms of work. */
export const maxExtended = 500;

/** Extends the sessions that are still live, and records the use of access tokens. Resolves to the ids of the others, and to the live sessions of the host. */
export async function extendSessions(
  deps: Sessions,
  ids: number[],
): Promise<{ ended: number[]; fromHost: Session[] }> {
  const { sql, clock, config } = deps;
  const now = clock();
  const rows = await sql<SessionRow>(
    Prisma.sql`${selectSessions} WHERE id IN (${paddedList(ids, maxExtended, 0)})`,
  );
  const live = rows.filter((row) => isLiveAt(row, now));
  const due = live.filter((row) => isDueForExtension(deps, extendedOf(row), now));
  const listOf = (some: SessionRow[]) =>
    paddedList(
      some.map(({ id }) => id),
      maxExtended,
      0,
    );
  const sessions = due.filter(({ scopes }) => scopes === null);
  if (sessions.length > 0)
    await sql.run(Prisma.sql`
      UPDATE sessions SET last_used_at = ${new Date(now)}, expires_at = ${new Date(now + config.sessionTtlMs)}
      WHERE id IN (${listOf(sessions)})`);
  const tokens = due.filter(({ scopes }) => scopes !== null);
  if (tokens.length > 0)
    await sql.run(
      Prisma.sql`UPDATE sessions SET last_used_at = ${new Date(now)} WHERE id IN (${listOf(tokens)})`,
    );
  const liveIds = new Set(live.map(({ id }) => id));
  return {
    ended: ids.filter((id) => !liveIds.has(id)),
    fromHost: live
      .filter(({ fromHost }) => fromHost)
      .map(({ id, username }) => ({ id, username, fromHost: true })),
  };
}

interface ListedRow {
  id: number;
  device: string | null;
  createdAt: Date | string;
  lastUsedAt: Date | string | null;
  method: string | null;
}

/** The user's live sessions, newest first. Throws 'ANSWER_TOO_LARGE'. */
export function listSessions(
  { sql, clock }: Pick<Deps, 'sql' | 'clock'>,
  { id: currentId, username }: Session,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<SessionInfo[]> {
  const now = storedTime(new Date(clock()));
  const slices = readInSlices({
    size: sliceSize,
    keyOf: ({ id }) => id - 1,
    signal,
    read: (upTo: number = maxRowId) =>
      sql<ListedRow>(Prisma.sql`
        SELECT id, device, method, created_at AS "createdAt", last_used_at AS "lastUsedAt" FROM sessions
        WHERE username = ${username} AND expires_at > ${now} AND NOT ended AND scopes IS NULL AND id <= ${upTo}
        ORDER BY id DESC LIMIT ${sliceSize}`),
  });
  return collectRows(
    mapSlices(slices, ({ id, device, method, createdAt, lastUsedAt }) => ({
      id,
      device,
      createdAt: knownDate(createdAt),
      lastUsedAt: knownDate(lastUsedAt ?? createdAt),
      method,
      current: id === currentId,
    })),
  );
}
