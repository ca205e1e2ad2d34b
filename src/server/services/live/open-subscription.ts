import type { Session } from '../../core/session.ts';
import type { Sink } from '../../infra/live/sink.ts';
import type { Subscription } from '../../infra/live/subscription.ts';
import type { Source } from '../../infra/live/topic-reader.ts';
import { requireLiveSession } from '../sessions/sessions.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';

/** Who subscribes, over which connection, and until when. */
export interface Subscriber {
  session: Session;
  connection?: object | undefined;
  signal?: AbortSignal | undefined;
}

interface Request extends Subscriber {
  source: Source;
  after: string | undefined;
  /** The users whose presence it is about, if it is about certain ones. */
  watched?: readonly string[];
  /** What stands between the topic and the subscriber, if not all see the same. */
  view?: (sink: Sink) => Sink;
  /** Restricts the subscription to members of a room; `requireAccess` throws for anyone else. */
  room?: { id: number; requireAccess(): Promise<void> | undefined };
}

export async function openSubscription(
  deps: Deps,
  topic: string,
  { session, connection, signal, source, after, watched, view, room }: Request,
): Promise<Subscription> {
  const isResumed = deps.hub.takeResumeCredit(session.username);
  await requireWithinLimit(deps, isResumed ? 'resume' : 'subscribe', session.username);
  const facts = {
    username: session.username,
    sessionId: session.id,
    expiresAtMs: session.scopes && session.expiresAtMs,
    roomId: room?.id,
    watched,
    connection,
  };
  const subscription = await deps.hub.open(topic, source, facts, { after, signal, view });
  try {
    // Checked again: access revoked between the first check and `open` would otherwise go unnoticed.
    await requireLiveSession(deps, session);
    await room?.requireAccess();
  } catch (error) {
    subscription.end();
    throw error;
  }
  return subscription;
}
