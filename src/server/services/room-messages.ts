import type { Deps } from '../context.ts';
import { LiveEvent } from '../live/batch.ts';
import { presenceTopic } from '../live/presence.ts';
import type { Subscription } from '../live/subscription.ts';
import { compareMessageIds, type RoomMessage, type RoomMessageDraft } from '../stores/room-message-store.ts';
import { requireWithinLimit } from './limits.ts';
import { openSubscription, type Subscriber, tell } from './live.ts';

const roomTopic = (roomId: number) => `room:${roomId}`;

export async function sendRoomMessage(deps: Deps, draft: RoomMessageDraft): Promise<RoomMessage> {
  await requireWithinLimit(deps, 'send', draft.username);
  const message = await deps.roomMessages.append(draft);
  deps.metrics.roomMessage();
  await tell(deps, roomTopic(draft.roomId));
  deps.keepAlive.touch();
  return message;
}

export type RoomEvent = { type: 'message'; message: RoomMessage };
/** Messages were lost to eviction or expiry before they could be sent. */
export type RoomNotice = { type: 'gap' };

const maxEventsRead = 500;

/** Each message is encoded once for all who read it, now or later, for as long as the store holds it. */
const events = new WeakMap<RoomMessage, LiveEvent>();

/** What is still held of the room, of that only what is newer than `lastEventId`, and then what arrives. */
export async function followRoomMessages(
  deps: Deps,
  { roomId, lastEventId, ...subscriber }: Subscriber & { roomId: number; lastEventId?: string | undefined },
): Promise<Subscription> {
  const { roomMessages } = deps;
  return openSubscription(deps, roomTopic(roomId), {
    ...subscriber,
    roomId,
    after: lastEventId === undefined ? undefined : earlier(lastEventId, await roomMessages.newestId()),
    source: {
      async read(position) {
        // What is stored between this and the read has a higher id, so that all up to it is covered.
        const newest = await roomMessages.newestId();
        const { messages, gap } =
          position === undefined
            ? { messages: await roomMessages.list(roomId, undefined, maxEventsRead + 1), gap: false }
            : await roomMessages.since(roomId, position, maxEventsRead + 1);
        if (gap) deps.metrics.gap();
        const page = messages.slice(0, maxEventsRead);
        const complete = page.length === messages.length;
        const last = page.at(-1)?.id ?? newest;
        const events = page.map(eventOf);
        return {
          events: gap ? [new LiveEvent({ type: 'gap' }), ...events] : events,
          complete,
          position: complete ? later(last, newest) : last,
        };
      },
      isNewer: (a, b) => compareMessageIds(a, b) > 0,
    },
  });
}

/** An id that has not been given yet stands for the present: what it would skip is still to come. */
const earlier = (id: string, newest: string) => (compareMessageIds(id, newest) < 0 ? id : newest);
const later = (a: string, b: string) => (compareMessageIds(a, b) > 0 ? a : b);

function eventOf(message: RoomMessage): LiveEvent {
  let event = events.get(message);
  if (!event) {
    event = new LiveEvent({ type: 'message', message }, message.id);
    events.set(message, event);
  }
  return event;
}

export function followPresence(
  deps: Deps,
  { roomId, ...subscriber }: Subscriber & { roomId: number },
): Promise<Subscription> {
  const source = deps.presence.source(roomId);
  return openSubscription(deps, presenceTopic(roomId), { ...subscriber, roomId, after: undefined, source });
}
