import { lruCache } from '../../core/lru-cache.ts';

export interface CachedSession {
  id: number;
  username: string;
  /** Whether the host must confirm it, which is checked elsewhere. */
  fromHost?: boolean;
  /** Of an access token. */
  scopes?: readonly string[];
  /** When the use of an access token was last recorded; 0 for never. */
  usedAtMs?: number;
  expiresAtMs: number;
  /** When it was read from the database, by the stopwatch. */
  readAtMs: number;
}

/**
 * Sessions, access tokens and memberships, so that requests need not read the database. Bounded; holds positive answers only. Ending a
 * session or a membership removes it here before the caller is answered.
 */
export interface AccessCache {
  /**
   * Changes with every removal. Callers take it before reading the database and pass it with the result, which is
   * discarded if anything was removed in between, since it may be stale.
   */
  readonly version: number;
  session(tokenHash: string): CachedSession | undefined;
  /** Whether the session is cached and has not expired at `atMs`. */
  isLive(sessionId: number, atMs: number): boolean;
  rememberSession(tokenHash: string, session: CachedSession, version: number): void;
  isMember(roomId: number, username: string): boolean;
  /** The seconds that a member waits between two messages, 0 for most; undefined if the membership is not cached. */
  pauseOf(roomId: number, username: string): number | undefined;
  rememberMember(roomId: number, username: string, known: { version: number; pause: number }): void;
  forgetSessions(ids: Iterable<number>): void;
  forgetMember(roomId: number, username: string): void;
  forgetRoom(roomId: number): void;
  forgetAll(): void;
}

/** How long a revocation outside this process may go unnoticed if its event was lost. */
export const recheckMs = 30_000;

/** For deployments where other processes can revoke access. */
export interface AccessCacheLimits {
  max?: number;
  /** Older entries are read again. */
  ttlMs?: number;
  /** Whether all revocations have been received up to now. While false, the cache answers nothing. */
  isUpToDate?: () => boolean;
}

interface CachedRoom {
  id: number;
  /** How many memberships refer to it. */
  members: number;
}

interface CachedMember {
  room: CachedRoom;
  pause: number;
}

export function createAccessCache({
  max = 100_000,
  ttlMs = 0,
  isUpToDate = () => true,
}: AccessCacheLimits = {}): AccessCache {
  const hashes = new Map<number, string>();
  const sessions = lruCache<string, CachedSession>(max, {
    ttl: ttlMs,
    dispose: ({ id }, hash) => {
      if (hashes.get(id) === hash) hashes.delete(id);
    },
  });
  // A membership counts while its room is the one in `rooms`, so that forgetting a room takes no scan.
  const rooms = new Map<number, CachedRoom>();
  const members = lruCache<string, CachedMember>(max, {
    ttl: ttlMs || recheckMs,
    ttlResolution: 1000,
    dispose({ room }) {
      room.members -= 1;
      if (room.members === 0 && rooms.get(room.id) === room) rooms.delete(room.id);
    },
  });
  const keyOf = (roomId: number, username: string) => `${roomId} ${username}`;
  let version = 0;

  function member(roomId: number, username: string): CachedMember | undefined {
    const room = isUpToDate() ? rooms.get(roomId) : undefined;
    const known = room && members.get(keyOf(roomId, username));
    return known?.room === room ? known : undefined;
  }

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

    isMember: (roomId, username) => member(roomId, username) !== undefined,
    pauseOf: (roomId, username) => member(roomId, username)?.pause,

    rememberMember(roomId, username, { version: readAt, pause }) {
      if (readAt !== version) return;
      const room = rooms.get(roomId) ?? { id: roomId, members: 0 };
      room.members += 1;
      rooms.set(roomId, room);
      members.set(keyOf(roomId, username), { room, pause }); // disposes of what was known before
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
      rooms.delete(roomId);
    },

    forgetAll() {
      version += 1;
      sessions.clear();
      members.clear();
    },
  };
}
