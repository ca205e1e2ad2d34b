import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sparingLog } from '../../core/sparing-log.ts';
import { isDatabaseFile } from '../../infra/db/database-file.ts';
import { writeArchive } from '../../infra/files/archive.ts';
import { tellOwner } from '../accounts/email.ts';
import type { Deps, Files } from '../shared/deps.ts';
import { createRounds } from '../shared/rounds.ts';
import {
  discard,
  exportsTopic,
  isUnderWay,
  keptMs,
  keyOf,
  keysUpTo,
  maxAttempts,
  requireTotal,
  type StoredExport,
} from './exports.ts';
import { ownData } from './own-data.ts';

const pollMs = 30_000;
/** For how long nobody else makes an archive. Whoever makes it renews this. */
const claimMs = 2 * 60_000;
const renewMs = 20_000;
const retryMs = 30_000;
/** How often progress is stored. */
const progressMs = 1000;

/**
 * Makes the archives that users ask for, one at a time, and removes them when their time is over, until it is closed. Several servers
 * may share the work. What a server that dies had begun is begun again, at most twice; after that it has failed.
 */
export function startExports(deps: Deps): { close(): Promise<void> } {
  const { log } = deps;
  const stopping = new AbortController();
  async function round(): Promise<void> {
    for (const due of await readDue(deps)) {
      if (stopping.signal.aborted) return;
      const claimed = await claim(deps, due);
      if (claimed) await attend(deps, claimed, stopping.signal);
    }
  }

  const { wake, idle } = createRounds({
    round,
    everyMs: pollMs,
    stop: stopping.signal,
    onError: (err) => sparingLog(log).warn({ err }, 'making archives failed'),
  });
  const subscribed = deps.bus.subscribe(exportsTopic, wake);
  const started = takeUp(deps)
    .catch((err: unknown) => log.warn({ err }, 'reading which archives to make failed'))
    .then(wake);
  return {
    async close() {
      stopping.abort();
      (await subscribed)();
      await started;
      await idle();
    },
  };
}

/** A database file has one server: what an earlier run had begun waits for nobody. */
async function takeUp({ db, clock, config }: Deps): Promise<void> {
  if (isDatabaseFile(config.databaseUrl))
    await db.export.updateMany({ where: { state: 'running' }, data: { dueMs: BigInt(clock()) } });
}

const readDue = ({ db, clock }: Deps): Promise<StoredExport[]> =>
  db.export.findMany({ where: { dueMs: { lte: BigInt(clock()) } }, orderBy: { dueMs: 'asc' }, take: 20 });

/**
 * Puts it off, unless another server has done so since it was read. To make one is another attempt, by whose number everything is
 * written from then on: whoever has lost it to another server writes nothing more.
 */
async function claim({ db, clock }: Deps, due: StoredExport): Promise<StoredExport | undefined> {
  const { id, dueMs, state, attempts } = due;
  const claimed = { ...due, attempts: isUnderWay(due) ? attempts + 1 : attempts };
  const { count } = await db.export.updateMany({
    where: { id, dueMs, state, attempts },
    data: {
      dueMs: BigInt(clock() + claimMs),
      ...(isUnderWay(due) && { state: 'running', attempts: claimed.attempts, progress: 0 }),
    },
  });
  return count === 1 ? claimed : undefined;
}

type Change = Parameters<Deps['db']['export']['updateMany']>[0]['data'];

/** Resolves to whether the attempt is still the one that makes the archive; nothing is written otherwise. */
async function write({ db }: Deps, { id, attempts }: StoredExport, data: Change): Promise<boolean> {
  const { count } = await db.export.updateMany({ where: { id, attempts, state: 'running' }, data });
  return count === 1;
}

async function attend(deps: Deps, claimed: StoredExport, signal: AbortSignal): Promise<void> {
  const { files, clock, log } = deps;
  if (!isUnderWay(claimed)) return discard(deps, claimed);
  const { attempts } = claimed;
  try {
    if (!files || attempts > maxAttempts) throw new Error('given up');
    await make(deps, files, claimed, signal);
  } catch (err) {
    // Begun again by the next server, as if this one had not.
    if (signal.aborted) {
      await write(deps, claimed, { dueMs: BigInt(clock()), attempts: attempts - 1 });
      return;
    }
    sparingLog(log).warn({ err }, 'making an archive failed');
    await files?.storage.remove(keysUpTo(claimed)).catch(() => {});
    const isLast = attempts >= maxAttempts || !files;
    await write(
      deps,
      claimed,
      isLast
        ? { state: 'failed', size: 0, dueMs: BigInt(clock() + keptMs) }
        : { state: 'waiting', size: 0, dueMs: BigInt(clock() + retryMs) },
    );
  }
}

async function make(
  deps: Deps,
  { storage }: Files,
  claimed: StoredExport,
  stopping: AbortSignal,
): Promise<void> {
  const { db, clock, stopwatch } = deps;
  const { username } = claimed;
  const path = join(storage.incoming, randomUUID());
  const key = keyOf(claimed);
  const lost = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  let toldAt = stopwatch();

  function tell(data: Change): void {
    write(deps, claimed, { ...data, dueMs: BigInt(clock() + claimMs) }).then(
      (isOurs) => isOurs || lost.abort(new Error('nobody waits for this archive any more')),
      () => {}, // the next one tells
    );
  }

  function onProgress(done: number): void {
    if (stopwatch() - toldAt < progressMs) return;
    toldAt = stopwatch();
    tell({ progress: Math.min(99, Math.floor(done * 100)) });
  }

  async function store(): Promise<void> {
    const entries = await ownData(deps, { username, storage, signal, onProgress });
    await writeArchive(path, entries, { at: new Date(clock()), signal });
    const { size } = await stat(path);
    // Counted before it is stored, so that the disk never has more than is known.
    await write(deps, claimed, { size: BigInt(size) });
    await requireTotal(deps, '');
    await storage.remove(keysUpTo(claimed)); // what servers that have died or were closed had stored
    await storage.add(key, path, { mediaType: 'application/zip', signal });
  }

  // Also while nothing tells how far it is, as when one large file is read or the archive is stored.
  const renewing = setInterval(() => tell({}), renewMs);
  try {
    await store();
  } finally {
    clearInterval(renewing);
    await rm(path, { force: true });
  }
  const expiry = BigInt(clock() + keptMs);
  if (!(await write(deps, claimed, { state: 'ready', progress: 100, dueMs: expiry }))) {
    await storage.remove([key]);
    return;
  }
  const owner = await db.user.findUnique({ where: { username }, select: { email: true } });
  if (owner) await tellOwner(deps, 'archive', { username, ...owner });
}
