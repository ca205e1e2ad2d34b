import { LRUCache } from 'lru-cache';

export interface CachedSession {
  id: number;
  username: string;
  /** Whether the host must vouch for it: that is looked up elsewhere. */
  fromHost?: boolean;
  expiresAtMs: number;
  /** When the database said so. */
  readAtMs: number;
}

/**
 * Who is who and who is where, so that a request need not ask the database. Bounded; only what is so is kept, never
 * what is not. Whoever ends a session or a membership has it forgotten before the caller is answered.
 */
export interface AccessCache {
  /**
   * Changes whenever something is forgotten. Taken before the database is read and given along with what it said:
   * if anything has been forgotten since, the answer may be out of date and is not kept.
   */
  readonly version: number;
  session(tokenHash: string): CachedSession | undefined;
  /** Whether the session is known, and has not expired by then. */
  isLive(sessionId: number, atMs: number): boolean;
  rememberSession(tokenHash: string, session: CachedSession, version: number): void;
  isMember(roomId: number, username: string): boolean;
  rememberMember(roomId: number, username: string, version: number): void;
  forgetSessions(ids: Iterable<number>): void;
  forgetMember(roomId: number, username: string): void;
  forgetRoom(roomId: number): void;
  forgetAll(): void;
}

/** How long an end of access may stay unknown that was made beside this process, and that nobody could tell it. */
export const recheckMs = 30_000;

/** Where others can end access too, the cache must know when it has not heard of that. */
export interface AccessCacheLimits {
  max?: number;
  /** What is older is looked up again. */
  ttlMs?: number;
  /** Whether all that was to be forgotten has been, up to a moment ago. While not, the cache knows nothing. */
  isUpToDate?: () => boolean;
}

export function createAccessCache({
  max = 100_000,
  ttlMs = 0,
  isUpToDate = () => true,
}: AccessCacheLimits = {}): AccessCache {
  const hashes = new Map<number, string>();
  const sessions = new LRUCache<string, CachedSession>({
    max,
    ttl: ttlMs,
    dispose: ({ id }, hash) => {
      if (hashes.get(id) === hash) hashes.delete(id);
    },
  });
  const members = new LRUCache<string, true>({ max, ttl: ttlMs || recheckMs, ttlResolution: 1000 });
  const keyOf = (roomId: number, username: string) => `${roomId} ${username}`;
  let version = 0;

  return {
    get version() {
      return version;
    },

    session: (tokenHash) => (isUpToDate() ? sessions.get(tokenHash) : undefined),
    isLive(id, atMs) {
      const hash = hashes.get(id);
      const session = hash === undefined || !isUpToDate() ? undefined : sessions.get(hash);
      return session !== undefined && session.expiresAtMs > atMs;
    },

    rememberSession(tokenHash, session, readAt) {
      if (readAt !== version) return;
      sessions.set(tokenHash, session, { noDisposeOnSet: true });
      hashes.set(session.id, tokenHash);
    },

    isMember: (roomId, username) => isUpToDate() && members.has(keyOf(roomId, username)),

    rememberMember(roomId, username, readAt) {
      if (readAt === version) members.set(keyOf(roomId, username), true);
    },

    forgetSessions(ids) {
      version += 1;
      for (const id of ids) {
        const hash = hashes.get(id);
        if (hash !== undefined) sessions.delete(hash);
      }
    },

    forgetMember(roomId, username) {
      version += 1;
      members.delete(keyOf(roomId, username));
    },

    forgetRoom(roomId) {
      version += 1;
      // Rooms are seldom deleted, so it may take a look at every key.
      for (const key of members.keys()) if (key.startsWith(`${roomId} `)) members.delete(key);
    },

    forgetAll() {
      version += 1;
      sessions.clear();
      members.clear();
    },
  };
}
