import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { unavailable } from '../../infra/db/unavailable.ts';
import type { RoomUser } from '../../infra/live/subscription-index.ts';
import { recheckAccessMs } from '../../infra/live/timing.ts';
import { recheckHostSessions } from '../sessions/host-sessions.ts';
import { extendSessions, maxExtended } from '../sessions/sessions.ts';
import { announceEndedSessions } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';

/**
 * A session counts as used while it has subscriptions. Periodically extends those sessions, revalidates host sessions, and
 * ends subscriptions whose session or membership has ended without an event. Returns the function that stops it.
 */
export function watchSubscribers(deps: Deps): () => void {
  const timer = setInterval(() => {
    checkSubscribers(deps).catch((err: unknown) => deps.log.error({ err }, 'checking subscribers failed'));
  }, recheckAccessMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** For use after events may have been missed: clears the access cache and ends subscriptions that lost their access. */
export async function recheckAccess(deps: Deps): Promise<void> {
  const { accessCache, hub } = deps;
  accessCache.forgetAll();
  for (const ids of chunks(hub.sessionIds(), maxExtended)) {
    const { ended } = await extendSessions(deps, ids);
    await hub.end({ sessionIds: ended }, new AppError('UNAUTHORIZED'));
    await yieldTurn(); // SQLite answers without yielding to the event loop
  }
  await endLostMemberships(deps);
}

/** Ends room subscriptions of users who are no longer members, or whose room was deleted. */
async function endLostMemberships({ hub, sql }: Pick<Deps, 'hub' | 'sql'>): Promise<void> {
  for (const pairs of chunks([...hub.roomUsers()], pairsInStatement)) {
    const members = new Set((await sql<RoomUser>(selectMembers(pairs))).map(keyOf));
    for (const pair of pairs)
      if (!members.has(keyOf(pair))) await hub.end(pair, new AppError('NOT_A_MEMBER'));
    await yieldTurn();
  }
}

const keyOf = ({ roomId, username }: RoomUser) => `${roomId} ${username}`;

const pairsInStatement = 100;

/** The statement always has the same text, because each text is prepared once and kept. */
function selectMembers(pairs: RoomUser[]): Prisma.Sql {
  const conditions = Array.from({ length: pairsInStatement }, (_, index) => {
    const { roomId, username } = pairs[index] ?? { roomId: 0, username: '' };
    return Prisma.sql`(room_id = ${roomId} AND username = ${username})`;
  });
  return Prisma.sql`
    SELECT room_id AS "roomId", username FROM room_members WHERE ${Prisma.join(conditions, ' OR ')}`;
}

async function checkSubscribers(deps: Deps): Promise<void> {
  const ofHost: Session[] = [];
  for (const ids of chunks(deps.hub.sessionIds(), maxExtended)) {
    const { ended, fromHost } = await extendSessions(deps, ids);
    if (ended.length > 0) await announceEndedSessions(deps, ended);
    ofHost.push(...fromHost);
    await yieldTurn();
  }
  await endLostMemberships(deps);
  if (ofHost.length === 0) return;
  // Sessions the host cannot confirm lose their subscriptions; clients reconnect with their tokens until it can.
  const unconfirmed = await recheckHostSessions(deps, ofHost);
  await deps.hub.end({ sessionIds: unconfirmed }, unavailable());
}

function* chunks<T>(all: T[], size: number): Generator<T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}
