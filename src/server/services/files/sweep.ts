import { systemClock } from '../../core/clock.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import { parsePreviews } from '../../infra/files/previews.ts';
import { messageIdOf } from '../../infra/stores/room-message-store.ts';
import type { Comparison, Deps, Files, Swept } from '../shared/deps.ts';
import { removeHeldUses } from './attach.ts';

type SweepDeps = Pick<Deps, 'sql' | 'clock' | 'roomMessages' | 'keptMessages' | 'log'> &
  Pick<Files, 'storage'> & {
    /** Keys without rows that could not be removed: the next sweep tries again. */
    unremoved?: Set<string>;
    /** Ends a sweep or a comparison between two slices. */
    signal?: AbortSignal;
  };

/** Rows looked at or deleted by one statement. */
const sliceSize = 200;

/**
 * Deletes the files that no message has any more, and those that were never attached to one. Messages in memory are known only to
 * the process that holds them: without `knowsHeld` their files stay.
 */
export async function sweepFiles(deps: SweepDeps, { knowsHeld = true } = {}): Promise<Swept> {
  await removeAgain(deps);
  if (knowsHeld) await forgetLostMessages(deps);
  await deps.keptMessages.sweepRoomsWithFiles();
  const all: Swept = { files: 0, bytes: 0 };
  for (;;) {
    const { files, bytes } = await deleteUnused(deps);
    all.files += files;
    all.bytes += bytes;
    if (files < sliceSize) return all;
    await yieldTurn(deps.signal);
  }
}

interface Place {
  roomId: number;
  ms: number | bigint;
  seq: number | bigint;
}

/** Messages in memory are evicted and expire without a trace in the database. */
async function forgetLostMessages(deps: SweepDeps): Promise<void> {
  let after: Place = { roomId: 0, ms: 0, seq: 0 };
  for (;;) {
    const places = await deps.sql<Place>(Prisma.sql`
      SELECT DISTINCT room_id AS "roomId", ms, seq FROM file_uses
      WHERE is_held AND (room_id, ms, seq) > (${after.roomId}, ${after.ms}, ${after.seq})
      ORDER BY room_id, ms, seq LIMIT ${sliceSize}`);
    for (const [roomId, ids] of byRoom(places)) {
      const held = new Set(await deps.roomMessages.present(roomId, ids));
      for (const id of ids) if (!held.has(id)) await removeHeldUses(deps, { roomId, id });
    }
    const last = places.at(-1);
    if (!last || places.length < sliceSize) return;
    after = last;
    await yieldTurn(deps.signal);
  }
}

function byRoom(places: Place[]): Map<number, string[]> {
  const rooms = new Map<number, string[]>();
  for (const { roomId, ms, seq } of places) {
    const id = messageIdOf({ ms: Number(ms), seq: Number(seq) });
    rooms.set(roomId, [...(rooms.get(roomId) ?? []), id]);
  }
  return rooms;
}

/** The rows first: bytes without a row are found by the next comparison, a row without bytes would be a broken link. */
async function deleteUnused(deps: SweepDeps): Promise<Swept> {
  const { sql, clock } = deps;
  const now = clock();
  const { keys, ...swept } = await sql.transaction(async (tx) => {
    // The conditions stand outside, too: Postgres looks at these again if another server has claimed the file meanwhile.
    const files = await tx<{ contentId: string }>(Prisma.sql`
      DELETE FROM files WHERE id IN (
        SELECT id FROM files WHERE keep_until_ms <= ${now} AND claimed_until_ms <= ${now} ORDER BY keep_until_ms LIMIT ${sliceSize})
        AND keep_until_ms <= ${now} AND claimed_until_ms <= ${now}
        AND NOT EXISTS (SELECT 1 FROM file_uses u WHERE u.file_id = files.id)
      RETURNING content_id AS "contentId"`);
    if (files.length === 0) return { files: 0, bytes: 0, keys: [] };
    const contents = paddedList([...new Set(files.map(({ contentId }) => contentId))], sliceSize, '');
    const gone = await tx<{ id: string; previews: string; storedSize: number | bigint }>(Prisma.sql`
      DELETE FROM file_contents
      WHERE id IN (${contents}) AND NOT EXISTS (SELECT 1 FROM files f WHERE f.content_id = file_contents.id)
      RETURNING id, previews, stored_size AS "storedSize"`);
    const bytes = gone.reduce((sum, { storedSize }) => sum + Number(storedSize), 0);
    return { files: files.length, bytes, keys: gone.flatMap(keysOf) };
  });
  if (keys.length > 0) await remove(deps, keys);
  return swept;
}

/** The most keys that are remembered. What is beyond is found by the comparison after the next start. */
const maxUnremoved = 10_000;

async function remove({ storage, unremoved }: SweepDeps, keys: string[]): Promise<void> {
  try {
    await storage.remove(keys);
  } catch (error) {
    if (unremoved && unremoved.size < maxUnremoved) for (const key of keys) unremoved.add(key);
    throw error;
  }
}

async function removeAgain({ storage, unremoved }: SweepDeps): Promise<void> {
  if (!unremoved || unremoved.size === 0) return;
  const keys = [...unremoved];
  await storage.remove(keys);
  for (const key of keys) unremoved.delete(key);
}

/** Under which keys the bytes of a content are. */
export const keysOf = ({ id, previews }: { id: string; previews: string }): string[] => [
  id,
  ...[...parsePreviews(previews).keys()].map((pixels) => `${id}-${pixels}`),
];

/** How old an object must be to be removed for having no row, where a server may be about to store the row. */
export const graceMs = 60 * 60 * 1000;

/** What a comparison may remove. */
interface Removable {
  /** Not what was stored later than this, in milliseconds since 1970: an upload may be about to store its row. */
  storedUntil?: number;
  /** Nor these contents, whose rows are about to be stored. */
  storing?: ReadonlySet<string>;
}

/** Removes what is stored without a row, as a crash can leave it, and counts what is missing. Nothing that is not ours by its name. */
export async function compareStorage(
  { sql, clock, storage, signal }: Pick<SweepDeps, 'sql' | 'clock' | 'storage' | 'signal'>,
  { storedUntil = Number.POSITIVE_INFINITY, storing = new Set() }: Removable,
): Promise<Comparison> {
  // Of the rows stored until now, whatever the clock of the machine that holds the objects.
  const before = clock();
  let removed = 0;
  let found = 0;
  for await (const listed of storage.list()) {
    // Before the rows are read: what is no longer being stored then has its rows.
    const objects = listed.filter(({ key }) => isContentKey(key) && !storing.has(idOf(key)));
    const ids = [...new Set(objects.map(({ key }) => idOf(key)))];
    if (ids.length === 0) continue;
    const rows = await sql<{ id: string; previews: string }>(
      Prisma.sql`SELECT id, previews FROM file_contents WHERE id IN (${Prisma.join(ids)})`,
    );
    const known = new Set(rows.flatMap(keysOf));
    const unknown = objects.filter(
      ({ key, storedAt }) => !known.has(key) && storedAt.getTime() <= storedUntil,
    );
    if (unknown.length > 0) await storage.remove(unknown.map(({ key }) => key));
    removed += unknown.length;
    found += objects.filter(({ key }) => known.has(key)).length;
    await yieldTurn(signal);
  }
  return { removed, missing: Math.max(0, (await countKeys({ sql }, before)) - found) };
}

/** Whether a key is of a content or a preview. A bucket may hold objects of other programs. */
export const isContentKey = (key: string) => /^[0-9a-f]{32}(-\d+)?$/.test(key);

/** Of the content that a key belongs to. */
export const idOf = (key: string) => key.split('-', 1)[0] ?? key;

/** How many objects there have to be, of what was stored before a time. */
async function countKeys({ sql }: Pick<Deps, 'sql'>, before: number): Promise<number> {
  const [row] = await sql<{ keys: number | bigint | null }>(Prisma.sql`
    SELECT sum(1 + length(previews) - length(replace(previews, ':', ''))) AS keys FROM file_contents
    WHERE created_ms < ${before}`);
  return Number(row?.keys ?? 0);
}

const everyMs = 10_000;

/** Sweeps every ten seconds until it is closed, and compares the storage with the database at the start and when it is asked to. */
export function startFileSweeps(
  given: Omit<SweepDeps, 'unremoved' | 'signal'>,
  { isAlone, isInStep }: { isAlone: boolean; isInStep: boolean },
) {
  const stopping = new AbortController();
  const deps: SweepDeps = { ...given, unremoved: new Set(), signal: stopping.signal };
  const storing = new Set<string>();
  let running: Promise<Swept> | undefined;

  /** One at a time: whoever comes while one is under way waits for the next. */
  async function sweep(): Promise<Swept> {
    while (running !== undefined) await running.catch(() => {});
    running = sweepFiles(deps).finally(() => {
      running = undefined;
    });
    return running;
  }

  async function compare(): Promise<Comparison> {
    // Other servers may be about to store the rows of what has been stored lately.
    const found = await compareStorage(
      deps,
      isAlone ? { storing } : { storing, storedUntil: systemClock() - graceMs },
    );
    const { removed, missing } = found;
    if (removed > 0) deps.log.info({ removed }, 'files without a record removed');
    if (missing > 0) deps.log.warn({ missing }, 'files are missing from the storage');
    return found;
  }

  const report = (err: unknown) => {
    if (!stopping.signal.aborted) deps.log.warn({ err }, 'removing files failed');
  };
  if (!isInStep)
    deps.log.warn(
      'the storage of files has been used with another copy of the database; nothing was removed from it',
    );
  const compared = isInStep ? compare().then(() => {}, report) : Promise.resolve();
  const timer = setInterval(() => void sweep().catch(report), everyMs);
  timer.unref();
  return {
    compared,
    storing,
    sweep,
    compare,
    async close(): Promise<void> {
      stopping.abort();
      clearInterval(timer);
      await compared;
      await running?.catch(() => {});
    },
  };
}
