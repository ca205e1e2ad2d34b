import type { Deps, Session } from '../context.ts';
import type { Source } from '../live/follower.ts';
import type { Subscription } from '../live/subscription.ts';
import { endsOfSessionsMs } from '../live/timing.ts';
import { announceEndedSessions } from './access.ts';
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
 * A session is used for as long as somebody listens with it. Now and then this prolongs those in use, and ends the
 * subscriptions of those that have expired, until the function it gives is called.
 */
export function watchSessions(deps: Deps): () => void {
  const timer = setInterval(() => {
    checkSessions(deps).catch((err: unknown) => deps.log.error({ err }, 'checking sessions failed'));
  }, endsOfSessionsMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function checkSessions(deps: Deps): Promise<void> {
  const ids = [...deps.hub.sessionIds()];
  // In parts, because a statement takes only so many parameters.
  for (let start = 0; start < ids.length; start += 500) {
    const ended = await prolongSessions(deps, ids.slice(start, start + 500));
    if (ended.length > 0) await announceEndedSessions(deps, ended);
  }
}
