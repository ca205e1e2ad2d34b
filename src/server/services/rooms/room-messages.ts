import { AnswerRows } from '../../core/answer-size.ts';
import { shownClientId } from '../../core/client-ids.ts';
import { AppError, reasonOfUnknown } from '../../core/errors.ts';
import { LiveEvent } from '../../infra/live/batch.ts';
import { presenceTopic } from '../../infra/live/presence.ts';
import { presenceView } from '../../infra/live/presence-view.ts';
import type { Subscription } from '../../infra/live/subscription.ts';
import { compareMessageIds, type Mentions, type NamedDraft } from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import { addHeldUses, claimFiles } from '../files/attach.ts';
import { openSubscription, type Subscriber } from '../live/open-subscription.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { publish } from '../shared/publish.ts';
import { requireMember } from './membership.ts';
import { findMentions } from './mentions.ts';
import { eventsInOrder, type RoomEphemeralEvent, roomTopic } from './message-events.ts';
import { resumeAfter } from './room-positions.ts';
import { takeTurn } from './slow-mode.ts';

export { messageId } from '../../infra/stores/room-message-store.ts';

/** What is sent, with the ids of its files. */
export type SentDraft = Omit<NamedDraft, keyof Mentions | 'attachments' | 'event'> & {
  files?: readonly string[] | undefined;
};

export async function sendRoomMessage(deps: Deps, sent: SentDraft): Promise<ShownRoomMessage> {
  await requireWithinLimit(deps, 'send', sent.username);
  const attachments = sent.files?.length ? await claim(deps, sent, sent.files) : undefined;
  const mentions = sent.text.includes('@') ? await findMentions(deps, sent) : undefined;
  // Most have neither, and a copy would cost more than to look.
  const draft: NamedDraft = attachments || mentions ? { ...sent, attachments, ...mentions } : sent;
  const hasPause = deps.accessCache.pauseOf(draft.roomId, draft.username) !== 0;
  const turn = hasPause ? await takeTurn(deps, draft) : undefined;
  if (mentions || draft.clientId !== undefined || draft.replyTo !== undefined || draft.attachments) {
    const appending = deps.roomMessages.appendNamed(draft);
    const { message, isRepeat } = await (turn ? turn.keepFor(appending) : appending);
    try {
      if (draft.attachments && !(await deps.roomMessages.isKept(draft.roomId)))
        await addHeldUses(deps, message);
    } finally {
      // It is there, whatever becomes of the record of its files.
      if (!isRepeat) await announce(deps, message);
    }
    return shownTo(draft.username, message);
  }
  const message = await deps.roomMessages.append(draft);
  await announce(deps, message);
  return message;
}

async function claim(deps: Deps, { roomId, username, clientId }: SentDraft, ids: readonly string[]) {
  try {
    return await claimFiles(deps, { ids, owner: username, target: { roomId } });
  } catch (error) {
    // A message that is sent again after it was deleted has no files any more.
    if (clientId === undefined || reasonOfUnknown(error) !== 'FILE_NOT_FOUND') throw error;
    if (!(await deps.roomMessages.isDeleted({ roomId, username, clientId }))) throw error;
    throw new AppError('MESSAGE_NOT_FOUND');
  }
}

/** One of the messages is another than before, which lists of rooms show unless only its reactions are. */
export function announceChange(
  deps: Pick<Deps, 'bus' | 'log' | 'roomFeed'>,
  roomId: number,
  { isListed }: { isListed: boolean },
): Promise<void> {
  if (isListed) deps.roomFeed.touch(roomId);
  return publish(deps, roomTopic(roomId));
}

function announce(deps: Deps, { roomId }: ShownRoomMessage): Promise<void> | undefined {
  deps.metrics.roomMessage();
  deps.keepAlive.touch();
  deps.roomFeed.touch(roomId);
  return deps.roomMessages.announcesAppends(roomId) ? undefined : publish(deps, roomTopic(roomId));
}

/** Tells those who have the room open. Readers that miss it read the pins when they open the room. */
export function announceChangedPins(deps: Pick<Deps, 'bus' | 'log'>, roomId: number): Promise<void> {
  const event: RoomEphemeralEvent = { type: 'pins' };
  return publish(deps, roomTopic(roomId), event);
}

/**
 * The messages still held of a room, oldest first; with `after`, only those with a higher id. If not all fit into one
 * answer, it has the newest that do.
 */
export async function listRoomMessages(
  { roomMessages }: Pick<Deps, 'roomMessages'>,
  { roomId, after, username }: { roomId: number; after?: string | undefined; username: string },
): Promise<ShownRoomMessage[]> {
  const answer = new AnswerRows<ShownRoomMessage>();
  for await (const messages of roomMessages.listInSlices(roomId, { after, from: 'newest' }))
    if (!answer.add(messages.map((message) => shownTo(username, message)))) break;
  return answer.rows.reverse();
}

/** What a sender calls a message is not for others. */
export function shownTo(reader: string, message: ShownRoomMessage): ShownRoomMessage {
  if (message.clientId === undefined) return message;
  if (message.username === reader && shownClientId(message.clientId) !== undefined) return message;
  const { clientId: _, ...shown } = message;
  return shown;
}

/** All messages that a room lists, oldest first, in slices. Without system messages, which the original did not know. */
export const roomMessageSlices = (
  { roomMessages }: Pick<Deps, 'roomMessages'>,
  roomId: number,
  { signal }: { signal?: AbortSignal | undefined } = {},
): AsyncIterable<ShownRoomMessage[]> =>
  roomMessages.listInSlices(roomId, { from: 'oldest', sentOnly: true, signal });

/** Shows the user as typing, or no longer typing, to all subscribers of the room's presence. */
export function setTyping(
  { presence }: Pick<Deps, 'presence'>,
  { roomId, username, isTyping }: { roomId: number; username: string; isTyping: boolean },
) {
  return presence.setTyping(roomId, username, isTyping);
}

const maxEventsRead = 500;

/**
 * The messages still held, only those after `lastEventId` if given and what has changed since, followed by new ones and changes
 * as they come.
 */
export async function followRoomMessages(
  deps: Deps,
  { roomId, lastEventId, ...subscriber }: Subscriber & { roomId: number; lastEventId?: string | undefined },
): Promise<Subscription> {
  const { roomMessages } = deps;
  return openSubscription(deps, roomTopic(roomId), {
    ...subscriber,
    room: membersOnly(deps, { roomId, username: subscriber.session.username }),
    after: lastEventId === undefined ? undefined : await resumeAfter(deps, roomId, lastEventId),
    source: {
      async read(position) {
        const { messages, changes, gap, newestId } =
          position === undefined
            ? await readHeld(deps, roomId)
            : await roomMessages.since(roomId, position, maxEventsRead + 1);
        if (gap) deps.metrics.gap();
        const all = eventsInOrder(messages, changes);
        const events = all.slice(0, maxEventsRead);
        const complete = events.length === all.length;
        const last = events.at(-1)?.id ?? newestId;
        const readUpTo = complete ? later(last, newestId) : last;
        // Without messages after it, a gap itself moves the reader on; otherwise it would be reported at every reconnect.
        const gapEvent = new LiveEvent(
          { type: 'gap' },
          undefined,
          events.length === 0 ? readUpTo : undefined,
        );
        return { events: gap ? [gapEvent, ...events] : events, complete, position: readUpTo };
      },
      isNewer: (a, b) => compareMessageIds(a, b) > 0,
    },
  });
}

/** For a reader that knows of nothing yet. */
async function readHeld({ roomMessages }: Pick<Deps, 'roomMessages'>, roomId: number) {
  // Messages stored between this and the read have higher ids, so everything up to it is covered.
  const newestId = await roomMessages.newestId(roomId);
  const messages = await roomMessages.list(roomId, undefined, maxEventsRead + 1);
  return { messages, changes: [], gap: false, newestId };
}

const later = (a: string, b: string) => (compareMessageIds(a, b) > 0 ? a : b);

export function followPresence(
  deps: Deps,
  { roomId, ...subscriber }: Subscriber & { roomId: number },
): Promise<Subscription> {
  const source = deps.presence.source(roomId);
  return openSubscription(deps, presenceTopic(roomId), {
    ...subscriber,
    room: membersOnly(deps, { roomId, username: subscriber.session.username }),
    after: undefined,
    view: (sink) => presenceView(subscriber.session.username, sink),
    source,
  });
}

const membersOnly = (deps: Deps, membership: { roomId: number; username: string }) => ({
  id: membership.roomId,
  requireAccess: () => requireMember(deps, membership),
});
