import { sparingLog } from '../../core/sparing-log.ts';
import { isDatabaseFile } from '../../infra/db/database-file.ts';
import { discardExport } from '../exports/exports.ts';
import type { Deps } from '../shared/deps.ts';
import { publish } from '../shared/publish.ts';
import { createRounds } from '../shared/rounds.ts';
import { departuresTopic } from './departed-names.ts';
import { releaseFiles } from './release-files.ts';
import { renameInInboxes } from './rename-in-inboxes.ts';
import { leaveRooms, renameInKeptRooms, renameInRooms } from './rename-in-rooms.ts';
import { type Departed, type Pass, renameRest } from './rename-rest.ts';

/** For how long nobody else gets the name. */
export const reservedMs = 30 * 24 * 3_600_000;

const pollMs = 30_000;
/** For how long nobody else goes through the database for a user. Each step renews it. */
const claimMs = 5 * 60_000;
/** Calls that were under way when the account was removed have ended by then, also at a server that has not heard of it. */
const settledMs = 60_000;
const retryMs = 30_000;
const readAtOnce = 20;

/** Runs until it is closed. */
export interface Departures {
  /** Resolves when nothing is due and nothing is being done. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Hands over and renames what users have left, in slices. It goes through the database at once, again when everything that was under
 * way has ended, and for the last time before the name is given free. Each time it does what is left to do, so that it can end
 * anywhere. Several servers may share the work.
 */
export function startDepartures(deps: Deps): Departures & { wake(): void } {
  const { db, log } = deps;
  const stopping = new AbortController();
  async function round(): Promise<void> {
    for (const departed of await readDue(deps)) {
      if (stopping.signal.aborted) return;
      await attend(departed);
    }
  }

  async function attend(departed: Due): Promise<void> {
    if (!(await claim(deps, departed))) return;
    try {
      await goThrough(deps, departed, stopping.signal);
    } catch (err) {
      if (!stopping.signal.aborted) sparingLog(log).warn({ err }, 'renaming what a user has left failed');
      const dueMs = BigInt(deps.clock() + (stopping.signal.aborted ? 0 : retryMs));
      await db.departure.updateMany({ where: { username: departed.username }, data: { dueMs } });
    }
  }

  const { wake, idle } = createRounds({
    round,
    everyMs: pollMs,
    stop: stopping.signal,
    onError: (err) => sparingLog(log).warn({ err }, 'reading who has left failed'),
  });
  const subscribed = deps.bus.subscribe(departuresTopic, (event) => {
    if (event) wake();
  });
  const started = takeUp(deps)
    .catch((err: unknown) => log.warn({ err }, 'reading who has left failed'))
    .then(wake);
  return {
    wake,
    async idle() {
      await started;
      await idle();
    },
    async close() {
      stopping.abort();
      (await subscribed)();
      await started;
      await idle();
    },
  };
}

type Due = Departed & { dueMs: bigint; leftMs: bigint; passes: number };

/** A database file has one server: what an earlier run had begun waits for nobody. */
async function takeUp({ db, clock, config }: Deps): Promise<void> {
  if (isDatabaseFile(config.databaseUrl))
    await db.departure.updateMany({ where: { passes: 0 }, data: { dueMs: BigInt(clock()) } });
}

const readDue = ({ db, clock }: Deps): Promise<Due[]> =>
  db.departure.findMany({
    where: { dueMs: { lte: BigInt(clock()) } },
    orderBy: { dueMs: 'asc' },
    take: readAtOnce,
  });

/** Puts it off, unless another server has done so since it was read. */
async function claim({ db, clock }: Deps, { username, dueMs }: Due): Promise<boolean> {
  const { count } = await db.departure.updateMany({
    where: { username, dueMs },
    data: { dueMs: BigInt(clock() + claimMs) },
  });
  return count === 1;
}

async function goThrough(deps: Deps, due: Due, signal: AbortSignal): Promise<void> {
  const { db, clock, config } = deps;
  const { username, leftMs, passes } = due;
  const freeMs = Number(leftMs) + Math.max(reservedMs, config.roomMessages.ttlMs);
  const isLast = clock() >= freeMs;
  const pass: Pass = {
    signal,
    isLast,
    async renew() {
      signal.throwIfAborted();
      await db.departure.updateMany({ where: { username }, data: { dueMs: BigInt(clock() + claimMs) } });
    },
  };
  const steps = [
    leaveRooms,
    renameInRooms,
    releaseFiles,
    renameInInboxes,
    renameInKeptRooms,
    renameRest,
  ] as const;
  await discardExport(deps, username);
  for (const step of steps) {
    await step(deps, due, pass);
    await pass.renew();
  }
  if (!isLast) {
    const dueMs = BigInt(passes === 0 ? Math.min(clock() + settledMs, freeMs) : freeMs);
    await db.departure.updateMany({ where: { username }, data: { dueMs, passes: { increment: 1 } } });
    return;
  }
  await db.departure.deleteMany({ where: { username } });
  await publish(deps, departuresTopic);
}
