import { lruCache } from '../../core/lru-cache.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import { maySeePresence } from '../../infra/db/privacy-sql.ts';
import type { PresenceRules } from '../../infra/live/presence.ts';
import type { Audience } from '../../infra/live/presence-view.ts';
import type { AccessCacheLimits } from '../../infra/stores/access-cache.ts';
import type { Deps } from '../shared/deps.ts';

/** Who may see whom. Viewers are looked up only for users with restricted presence. */
export interface KnownPresenceRules extends PresenceRules {
  forgetAll(): void;
}

/** Names and pairs in one statement, whose text stays the same. */
const namesInStatement = 100;
const ownersInStatement = 20;

/**
 * Keeps in memory which users everybody may see, which are nearly all of them. What has changed is forgotten when it is
 * announced.
 */
export function createPresenceRules(
  { sql }: Pick<Deps, 'sql'>,
  { max = 100_000, ttlMs = 0, isUpToDate = () => true }: AccessCacheLimits = {},
): KnownPresenceRules {
  const visibleToAll = lruCache<string, boolean>(max, { ttl: ttlMs, ttlResolution: 1000 });
  let version = 0;

  async function restrictedOf(names: string[]): Promise<string[]> {
    const restricted: string[] = [];
    const unknown: string[] = [];
    for (const name of names) {
      const isVisible = isUpToDate() ? visibleToAll.get(name) : undefined;
      if (isVisible === undefined) unknown.push(name);
      else if (!isVisible) restricted.push(name);
    }
    for (const chunk of chunks(unknown, namesInStatement)) {
      if (chunk[0] !== unknown[0]) await yieldTurn(); // SQLite answers without yielding to the event loop
      const readAt = version;
      const rows = await sql<{ username: string; is_visible: boolean | number | bigint }>(Prisma.sql`
        SELECT u.username, u.presence = 'everyone'
          AND NOT EXISTS (SELECT 1 FROM user_blocks b WHERE b.username = u.username)
          AND NOT EXISTS (SELECT 1 FROM user_blocks b WHERE b.blocked = u.username) AS is_visible
        FROM users u WHERE u.username IN (${padded(chunk, namesInStatement)})`);
      for (const { username, is_visible: isVisible } of rows) {
        if (!isVisible) restricted.push(username);
        if (readAt === version) visibleToAll.set(username, Boolean(isVisible));
      }
    }
    return restricted;
  }

  async function addAllowed(owners: Map<string, { allowed: Set<string> }>, viewers: string[]): Promise<void> {
    for (const ownersChunk of chunks([...owners.keys()], ownersInStatement))
      for (const viewersChunk of chunks(viewers, namesInStatement)) {
        const rows = await sql<{ owner: string; viewer: string }>(Prisma.sql`
          SELECT owner.username AS owner, viewer.username AS viewer FROM users owner CROSS JOIN users viewer
          WHERE owner.username IN (${padded(ownersChunk, ownersInStatement)})
            AND viewer.username IN (${padded(viewersChunk, namesInStatement)})
            AND ${maySeePresence(Prisma.sql`viewer.username`, Prisma.raw('owner'))}`);
        if (rows.length > ownersInStatement) await yieldTurn();
        for (const { owner, viewer } of rows) owners.get(owner)?.allowed.add(viewer);
      }
  }

  return {
    async audiences(names, viewers) {
      const asked = new Set(viewers);
      const restricted = await restrictedOf(names);
      const owners = new Map<string, Audience & { allowed: Set<string> }>(
        restricted.map((name) => [name, { asked, allowed: new Set() }]),
      );
      await addAllowed(owners, viewers);
      return owners;
    },

    forget(names) {
      version += 1;
      for (const name of names) visibleToAll.delete(name);
    },

    forgetAll() {
      version += 1;
      visibleToAll.clear();
    },
  };
}

/** No user has an empty name. */
const padded = (names: string[], length: number) => paddedList(names, length, '');

function* chunks<T>(all: T[], size: number): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
