import type { Notice } from '../bus/event-bus.ts';
import type { Deps, Session } from '../context.ts';
import { unavailable } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import type { Source } from '../live/follower.ts';
import type { Subscription } from '../live/subscription.ts';
import { endsOfAccessMs } from '../live/timing.ts';
import { announceEndedSessions } from './access.ts';
import { recheckHostSessions } from './host-sessions.ts';
import { requireWithinLimit } from './limits.ts';
import { requireMember } from './rooms.ts';
import { prolongSessions, requireLiveSession } from './sessions.ts';

/** Who subscribes, by which connection, and until when. */
export interface Subscriber {
  session: Session;
  connection?: object | undefined;
  signal?: AbortSignal | undefined;
}

interface Request extends Subscriber {
  source: Source;
  after: string | undefined;
  roomId?: number | undefined;
}

export async function openSubscription(
  deps: Deps,
  topic: string,
  { session, connection, signal, source, after, roomId }: Request,
): Promise<Subscription> {
  await requireWithinLimit(deps, 'subscribe', session.username);
  const facts = { username: session.username, sessionId: session.id, roomId, connection };
  const subscription = await deps.hub.open(topic, source, facts, { after, signal });
  try {
    // Once more, now that an end of access would reach it: one that came since the first look would be missed.
    await requireLiveSession(deps, session);
    if (roomId !== undefined) await requireMember(deps, { roomId, username: session.username });
  } catch (error) {
    subscription.end();
    throw error;
  }
  return subscription;
}

/**
 * A session is used for as long as somebody listens with it. Now and then this prolongs those in use, asks the host
 * about its own, and ends the subscriptions of those that have expired and of memberships that were ended by who could
 * not tell us, until the function it gives is called.
 */
export function watchSubscribers(deps: Deps): () => void {
  const timer = setInterval(() => {
    checkSubscribers(deps).catch((err: unknown) => deps.log.error({ err }, 'checking subscribers failed'));
  }, endsOfAccessMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Ends the subscriptions of those who may no longer listen, though nobody has told us: ends of access may have been
 * missed. What was known of access is forgotten.
 */
export async function recheckAccess(deps: Deps): Promise<void> {
  const { accessCache, hub } = deps;
  accessCache.forgetAll();
  for (const ids of inParts([...hub.sessionIds()])) {
    const ended = new Set((await prolongSessions(deps, ids)).ended);
    hub.endWhere(({ sessionId }) => ended.has(sessionId), new AppError('UNAUTHORIZED'));
  }
  await endLostMemberships(deps);
}

/** Ends the subscriptions to rooms of those who are no members any more, or whose rooms are gone. */
async function endLostMemberships({ hub, db }: Pick<Deps, 'hub' | 'db'>): Promise<void> {
  for (const shown of inParts(hub.roomsShown())) {
    const found = await db.roomMember.findMany({
      where: { OR: shown },
      select: { roomId: true, username: true },
    });
    const members = new Set(found.map(({ roomId, username }) => `${roomId} ${username}`));
    const lost = shown
      .map(({ roomId, username }) => `${roomId} ${username}`)
      .filter((key) => !members.has(key));
    const outside = new Set(lost);
    hub.endWhere(
      ({ roomId, username }) => outside.has(`${roomId} ${username}`),
      new AppError('NOT_A_MEMBER'),
    );
  }
}

async function checkSubscribers(deps: Deps): Promise<void> {
  const ofHost: Session[] = [];
  for (const ids of inParts([...deps.hub.sessionIds()])) {
    const { ended, fromHost } = await prolongSessions(deps, ids);
    if (ended.length > 0) await announceEndedSessions(deps, ended);
    ofHost.push(...fromHost);
  }
  await endLostMemberships(deps);
  if (ofHost.length === 0) return;
  // Nobody listens on a word that cannot be had: clients come back, with their tokens, until it can.
  const unsaid = await recheckHostSessions(deps, ofHost);
  deps.hub.endWhere(({ sessionId }) => unsaid.has(sessionId), unavailable());
}

/** As many as a statement takes for parameters. */
function* inParts<T>(all: T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += 500) yield all.slice(start, start + 500);
}

/**
 * Says that there is something new which is stored already, or does not matter for long. Where the bus is away nothing
 * is refused for it: those concerned look by themselves when it is back.
 */
export async function tell(
  { bus, log }: Pick<Deps, 'bus' | 'log'>,
  topic: string,
  notice?: Notice,
): Promise<void> {
  try {
    await bus.publish(topic, notice);
  } catch (err) {
    log.debug({ err, topic }, 'nobody could be told');
  }
}
