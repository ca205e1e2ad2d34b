import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { LiveEvent } from '../../infra/live/batch.ts';
import type { Subscription } from '../../infra/live/subscription.ts';
import type { Page } from '../../infra/live/topic-reader.ts';
import type { Reaction } from '../../infra/stores/room-message-store.ts';
import { openSubscription, type Subscriber } from '../live/open-subscription.ts';
import type { Deps } from '../shared/deps.ts';
import { type ChangeRow, inboxTopic, readChanges } from './changes.ts';
import { conversationState } from './conversations.ts';
import {
  type InboxMessage,
  type InboxRow,
  messageColumns,
  messageJoins,
  toInboxMessage,
} from './inbox-rows.ts';
import { findInboxMessages, maxFound } from './list-messages.ts';
import { isLater, type Mark, parsePosition, positionOf, readMark, resumeFrom } from './positions.ts';

/** What is stored and can be resumed, each with its position as the id. */
export type InboxEvent =
  /** Where the subscription begins: its id resumes from here, although nothing has happened yet. */
  | { type: 'position' }
  /** Missed events are no longer available: reload. The subscription continues from here. */
  | { type: 'gap' }
  | { type: 'message'; message: InboxMessage }
  | { type: 'edited'; message: InboxMessage }
  | { type: 'deleted'; id: number; with: string }
  | { type: 'reaction'; id: number; with: string; reactions: Reaction[] }
  /** Everything that `reader` received up to `upTo` has been read, in one conversation or (null) in all of one's own. */
  | { type: 'read'; reader: string; with: string | null; upTo: number }
  /** One's own settings of a conversation, changed in another session. */
  | { type: 'conversation'; with: string; mutedUntil: Date | null; isBlocked: boolean; cleared: boolean };

/** What is not stored, and matters for a moment. */
export type InboxEphemeralEvent = { type: 'typing'; from: string; isTyping: boolean };

/**
 * What happens in the user's inbox: everything after `lastEventId`, however long ago that was, or without it from now on.
 */
export async function followInbox(
  deps: Deps,
  { lastEventId, signal, ...subscriber }: Subscriber & { lastEventId?: string | undefined },
): Promise<Subscription> {
  const { username } = subscriber.session;
  const mark =
    lastEventId === undefined ? await readMark(deps) : await resumeFrom(deps, username, lastEventId);
  // The first event tells the subscriber where it begins.
  const after = mark ? `position ${positionOf(mark)}` : `gap ${positionOf(await readMark(deps))}`;
  return openSubscription(deps, inboxTopic(username), {
    ...subscriber,
    signal,
    after,
    source: {
      read: (position = '') => readPage(deps, username, position),
      isNewer: (a, b) => isLater(markIn(a), markIn(b)),
    },
  });
}

/** Positions are our own here, so they are well formed. */
const markIn = (position: string): Mark =>
  parsePosition(position.slice(position.indexOf(' ') + 1)) ?? { era: '0-none', change: 0, message: 0 };

async function readPage(deps: Deps, username: string, position: string): Promise<Page> {
  const mark = markIn(position);
  const [, greeting] = /^(position|gap) /.exec(position) ?? [];
  // What is stored between this and the reads lies after it, so that everything up to it is covered.
  const now = await readMark(deps);
  const messages = await readInboxAfter(deps, username, mark, now);
  const changes = await readChanges(deps, username, mark, { until: now.change, limit: maxFound });
  const { page, reached } = mergePage({ mark, now, messages, changes });
  const end = reached ?? now;
  const events = await eventsOf(deps, username, page, { from: { ...mark, era: now.era }, end });
  return {
    events: greeting ? [new LiveEvent({ type: greeting }, positionOf(mark)), ...events] : events,
    complete: !reached,
    position: positionOf(end),
  };
}

interface ScannedMessage {
  id: number;
  /** Undefined for one that the user has hidden. */
  message: InboxMessage | undefined;
}

type Step = { message: InboxMessage; id: number } | { change: ChangeRow };

/**
 * Merges messages and changes into one order: a change follows the message that was newest when it happened. At most a
 * page of each was read; beyond the end of a full page, entries of the other must wait.
 */
function mergePage({
  mark,
  now,
  messages,
  changes,
}: {
  mark: Mark;
  now: Mark;
  messages: ScannedMessage[];
  changes: ChangeRow[];
}): { page: Step[]; reached: Mark | undefined } {
  const isFull = messages.length === maxFound || changes.length === maxFound;
  const lastMessage = messages.length === maxFound ? (messages.at(-1)?.id ?? 0) : Number.POSITIVE_INFINITY;
  const page: Step[] = [];
  let next = 0;
  const reached = { ...mark, era: now.era };
  const takeMessages = (upTo: number) => {
    for (let scanned = messages[next]; scanned && scanned.id <= upTo; scanned = messages[next]) {
      if (scanned.message) page.push({ message: scanned.message, id: scanned.id });
      reached.message = Math.max(reached.message, scanned.id);
      next += 1;
    }
  };
  let isHeldUp = false;
  for (const change of changes) {
    const place = Number(change.after_message_id);
    isHeldUp = place > lastMessage;
    if (isHeldUp) {
      reached.change = Number(change.id) - 1;
      break;
    }
    takeMessages(place);
    page.push({ change });
    reached.change = Number(change.id);
    reached.message = Math.max(reached.message, place);
  }
  if (changes.length < maxFound || isHeldUp) takeMessages(lastMessage);
  if (changes.length < maxFound && !isHeldUp) reached.change = now.change;
  return { page, reached: isFull ? reached : undefined };
}

/** Changes tell the state that a message is in now, so that an older one never follows a newer one. */
async function eventsOf(
  deps: Deps,
  username: string,
  page: Step[],
  { from, end }: { from: Mark; end: Mark },
): Promise<LiveEvent[]> {
  const ids = page.flatMap((step) =>
    'change' in step && (step.change.kind === 'edited' || step.change.kind === 'reaction')
      ? [Number(step.change.message_id)]
      : [],
  );
  const found = await findInboxMessages(deps, username, [...new Set(ids)]);
  const messages = new Map(found.map((message) => [message.id, message]));
  const events: LiveEvent[] = [];
  const mark = { ...from };
  const covered = coveredChanges(page, end);
  for (const [index, step] of page.entries()) {
    if ('message' in step) {
      mark.change = Math.max(mark.change, covered[index] ?? 0);
      mark.message = Math.max(mark.message, step.id);
      events.push(
        new LiveEvent({ type: 'message', message: step.message } satisfies InboxEvent, positionOf(mark)),
      );
      continue;
    }
    mark.change = Number(step.change.id);
    mark.message = Math.max(mark.message, Number(step.change.after_message_id));
    const event = await eventOf(deps, username, step.change, messages);
    if (event) events.push(new LiveEvent(event, positionOf(mark)));
  }
  return events;
}

/**
 * For each step, the newest change of anybody before the next one of this user. A message is told as it is after it: its place must
 * not lie before that of a page that was read before the message was sent.
 */
function coveredChanges(page: Step[], end: Mark): number[] {
  let covered = end.change;
  return page
    .toReversed()
    .map((step) => {
      const before = covered;
      if ('change' in step) covered = Number(step.change.id) - 1;
      return before;
    })
    .reverse();
}

/** Undefined if the message has been deleted since; the event for the deletion follows. */
async function eventOf(
  deps: Deps,
  username: string,
  { kind, peer, message_id: messageId, reader }: ChangeRow,
  messages: Map<number, InboxMessage>,
): Promise<InboxEvent | undefined> {
  const id = Number(messageId);
  const message = messages.get(id);
  switch (kind) {
    case 'deleted':
      return { type: 'deleted', id, with: peer ?? '' };
    case 'read':
      return { type: 'read', reader: reader ?? '', with: peer, upTo: id };
    case 'conversation':
      return {
        type: 'conversation',
        with: peer ?? '',
        ...(await conversationState(deps, username, peer ?? '')),
        cleared: messageId !== null,
      };
    case 'edited':
      return message && { type: 'edited', message };
    case 'reaction':
      return message && { type: 'reaction', id, with: peer ?? '', reactions: message.reactions };
  }
}

/** The next messages after the mark, hidden ones included, so that these do not hold up what follows. */
async function readInboxAfter(
  deps: Pick<Deps, 'sql' | 'fileUrls'>,
  username: string,
  mark: Mark,
  now: Mark,
): Promise<ScannedMessage[]> {
  if (mark.message >= now.message) return [];
  const oldest = (side: Prisma.Sql) => Prisma.sql`
    SELECT id FROM (
      SELECT id FROM inbox_messages WHERE ${side} AND id > ${mark.message} AND id <= ${now.message}
      ORDER BY id LIMIT ${maxFound}) AS side`;
  const rows = await deps.sql<InboxRow>(Prisma.sql`
    SELECT ${messageColumns(username)}
    FROM (${oldest(Prisma.sql`sender = ${username}`)} UNION ${oldest(Prisma.sql`recipient = ${username}`)}
      ORDER BY id LIMIT ${maxFound}) AS page
    JOIN inbox_messages m ON m.id = page.id ${messageJoins(username)}
    ORDER BY m.id`);
  return rows.map((row) => ({
    id: Number(row.id),
    message: row.is_visible ? toInboxMessage(row, username, deps) : undefined,
  }));
}
