import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import { inputHashOf } from '../db/message-keys.ts';
import { countUpTo, findById } from './held-messages.ts';
import { isEmpty, type KnownRoom, KnownRooms } from './known-rooms.ts';
import { createMessageIds, type ReserveIds } from './message-ids.ts';
import { createMessageRing } from './message-ring.ts';
import { RingBuffer } from './ring-buffer.ts';
import type { RoomMessageSnapshot, SnapshotChange } from './room-message-snapshot.ts';
import {
  attachmentsOf,
  compareMessageIds,
  mentionsOf,
  noMessageId,
  quoteOf,
  type RoomChange,
  type RoomMessage,
  type RoomMessageDraft,
  type RoomMessageLimits,
  type RoomMessageStore,
  requireSame,
  revised,
  systemOf,
} from './room-message-store.ts';
import { RoomRevisions } from './room-revisions.ts';

type Deletion = Extract<SnapshotChange, { kind: 'deleted' }>;

export interface MemoryRoomMessageStore extends RoomMessageStore {
  /** The whole state, from which another store can continue. */
  snapshot(): RoomMessageSnapshot;
  /** The number of messages removed so far, except for those of deleted rooms. */
  readonly lost: Readonly<{ evicted: number; expired: number }>;
  /** Adds imported messages, oldest first, before any is appended. */
  restore(messages: Iterable<RoomMessageDraft & { createdAt: Date }>): void;
}

interface Options {
  /** For how many rooms without messages `since` is exact. */
  maxEmptyRooms?: number;
  /** The state of an earlier store, to be continued. Messages that have expired since are dropped. */
  earlier?: RoomMessageSnapshot | undefined;
  /** Called before ids are given, so that a later run can start above them. */
  reserve?: ReserveIds | undefined;
}

/**
 * For a single process. Appending is O(1), if the ring is fair O(log rooms), and reading a room is linear in the messages
 * read.
 */
export function createMemoryRoomMessageStore(
  { ttlMs, ...bounds }: RoomMessageLimits,
  clock: Clock,
  { maxEmptyRooms = 10_000, earlier, reserve }: Options = {},
): MemoryRoomMessageStore {
  const ids = createMessageIds(clock, earlier?.newest, reserve);
  const log = createMessageRing<RoomMessage>(bounds);
  const rooms = new KnownRooms({
    capacity: bounds.capacity + 1, // a message is added before another one goes
    maxEmptied: maxEmptyRooms,
    lostByOthers: earlier?.lostByOthers ?? noMessageId,
  });
  /** What their senders have named, which is held or was deleted a while ago. */
  const named = new Map<string, RoomMessage | Deletion>();
  /** Those that are still to be told, oldest first. */
  const deletions = new RingBuffer<Deletion>(bounds.capacity);
  const doubt = earlier?.doubt ?? noMessageId;
  const counts = { evicted: 0, expired: 0 };
  let createdAt = knownDate(clock());
  let hasUnreadImports = false;

  const isExpired = (message: RoomMessage, now: number) => now >= message.createdAt.getTime() + ttlMs;

  /** Removes what has expired, and returns the time. */
  function expire(now = clock()): number {
    for (let oldest = log.oldest; oldest && isExpired(oldest, now); oldest = log.oldest) {
      log.shift();
      recordLoss(oldest);
      counts.expired += 1;
    }
    while (deletions.oldest && now >= deletions.oldest.deletedMs + ttlMs) dropDeletion(deletions.shift());
    return now;
  }

  function recordLoss(message: RoomMessage): void {
    forgetName(message);
    const room = rooms.get(message.roomId);
    if (!room) return;
    room.held.shift(); // the same message: whichever goes is the oldest in its room
    room.lost = message.id;
    forget(room, message.id);
  }

  function dropDeletion(deletion: Deletion | undefined): void {
    if (!deletion) return;
    forgetName(deletion);
    const room = rooms.get(deletion.roomId);
    if (!room) return;
    if (compareMessageIds(deletion.id, room.lostApart) > 0) room.lostApart = deletion.id;
    forget(room, deletion.messageId);
  }

  /** What was known of a message is lost. */
  function forget(room: KnownRoom, messageId: string): void {
    room.revisions?.forget(messageId);
    if (isEmpty(room)) rooms.close(room);
  }

  function rememberName(sent: RoomMessage | Deletion): void {
    if (sent.clientId !== undefined) named.set(nameOf(sent.username, sent.clientId), sent);
  }

  function forgetName(sent: RoomMessage | Deletion): void {
    if (sent.clientId === undefined) return;
    const name = nameOf(sent.username, sent.clientId);
    if (named.get(name) === sent) named.delete(name);
  }

  /** Goes through all once, and puts those of other rooms back. */
  function dropRoom<Item extends RoomMessage | Deletion>(
    queue: Pick<RingBuffer<Item>, 'size' | 'push' | 'shift'>,
    roomId: number,
  ): void {
    for (let turns = queue.size; turns > 0; turns -= 1) {
      const item = queue.shift() as Item; // safe: one turn per item
      if (item.roomId !== roomId) queue.push(item);
      else forgetName(item);
    }
  }

  /** The message with this id as it was sent, if the room holds it. */
  function find(roomId: number, id: string, now: number): RoomMessage | undefined {
    const room = rooms.get(roomId);
    const found = room && findById(room.held, id);
    return found && !isExpired(found, now) ? found : undefined;
  }

  const current = (message: RoomMessage) => rooms.get(message.roomId)?.revisions?.current(message) ?? message;

  /** As readers see it: it may have been changed, and what it replies to changed or gone. */
  function shown(sent: RoomMessage, now: number): RoomMessage {
    const message = current(sent);
    const { roomId, replyTo } = message;
    if (replyTo === undefined) return message;
    const quoted = find(roomId, replyTo.id, now);
    if (!quoted) return { ...message, replyTo: { id: replyTo.id, deleted: true } };
    return current(quoted).editedAt ? { ...message, replyTo: quoteOf(current(quoted)) } : message;
  }

  function hold(message: RoomMessage): void {
    const evicted = log.push(message);
    // First, as the room does not become empty that loses one for another.
    (rooms.get(message.roomId) ?? rooms.open(message.roomId)).held.push(message);
    if (evicted) {
      recordLoss(evicted);
      counts.evicted += 1;
    }
    rememberName(message);
  }

  /** What its sender called it stays taken until the deletion itself is forgotten. */
  function addDeletion(room: KnownRoom, deletion: Deletion): void {
    rememberName(deletion);
    revisionsOf(room).add(deletion);
    dropDeletion(deletions.push(deletion));
  }

  function revisionsOf(room: KnownRoom): RoomRevisions {
    room.revisions ??= new RoomRevisions();
    return room.revisions;
  }

  if (earlier) {
    for (const [roomId, lost] of earlier.silent) rooms.close(rooms.open(roomId, lost));
    for (const [roomId, lost] of earlier.held) rooms.open(roomId, lost);
    for (const message of earlier.messages) hold(message);
    const changes = earlier.changes?.toSorted((a, b) => compareMessageIds(a.id, b.id)) ?? [];
    for (const change of changes) restoreChange(change);
  }

  function restoreChange(change: SnapshotChange): void {
    const room = rooms.get(change.roomId);
    const message = room && findById(room.held, change.messageId);
    if (room && change.kind === 'deleted') addDeletion(room, change);
    else if (room && message) revisionsOf(room).add(change, message);
  }

  async function read(roomId: number, after?: string) {
    const now = expire();
    // Imported messages are kept in the database until somebody may have read them.
    if (hasUnreadImports) await reserved(now);
    const room = rooms.get(roomId);
    const messages: RoomMessage[] = [];
    if (!room) return { messages, complete: true };
    const { held, revisions } = room;
    const start = after === undefined ? 0 : countUpTo(held, after);
    for (let index = start; index < held.size; index += 1) {
      const message = held.at(index) as RoomMessage; // safe: index < size
      // If the clock was set back, an expired message can follow one that has not expired.
      if (!isExpired(message, now))
        messages.push(revisions || message.replyTo ? shown(message, now) : message);
    }
    return { messages, complete: messages.length === held.size - start };
  }

  function changesAfter(roomId: number, id: string, limit: number): RoomChange[] {
    const room = rooms.get(roomId);
    if (!room?.revisions) return [];
    const now = clock();
    return room.revisions.after(id, limit).map(({ id, kind, messageId }): RoomChange => {
      const message = find(roomId, messageId, now);
      if (kind === 'deleted' || !message) return { kind: 'deleted', id, messageId };
      return { kind, id, message: shown(message, now) };
    });
  }

  async function reserved(now: number): Promise<void> {
    await ids.reserved(now);
    hasUnreadImports = false;
  }

  return {
    lost: counts,

    snapshot() {
      const now = expire();
      return {
        version: 1,
        newest: ids.newest,
        lostByOthers: rooms.lostByOthers,
        doubt,
        silent: rooms.losses({ ofEmpty: true }).sort(([, a], [, b]) => compareMessageIds(a, b)),
        held: rooms.losses({ ofEmpty: false }),
        messages: [...log].map((message) => shown(message, now)),
        changes: [...rooms.values()].flatMap(({ revisions }) => revisions?.all() ?? []),
      };
    },

    async append({ roomId, username, text }) {
      const time = clock();
      const pending = ids.reserved(time);
      if (pending) await pending;
      const now = expire(pending ? undefined : time);
      if (createdAt.getTime() !== now) createdAt = knownDate(now);
      const message = { id: ids.next(now), roomId, username, text, createdAt };
      hold(message);
      return message;
    },

    async appendNamed(draft) {
      const { roomId, username, text, clientId } = draft;
      const pending = ids.reserved(clock());
      if (pending) await pending;
      const now = expire();
      const first = clientId === undefined ? undefined : named.get(nameOf(username, clientId));
      if (first && 'deletedMs' in first) throw new AppError('MESSAGE_NOT_FOUND');
      if (first && !isExpired(first, now)) {
        const sentHash = rooms.get(first.roomId)?.revisions?.sentHash(first.id);
        requireSame(first, draft, sentHash === undefined ? undefined : sentHash === hashOf(text));
        return { message: shown(first, now), isRepeat: true };
      }
      const quoted = draft.replyTo === undefined ? undefined : find(roomId, draft.replyTo, now);
      if (draft.replyTo !== undefined && (!quoted || quoted.event)) throw new AppError('MESSAGE_NOT_FOUND');
      const message = {
        id: ids.next(now),
        roomId,
        username,
        text,
        createdAt: knownDate(now),
        ...(quoted && { replyTo: quoteOf(current(quoted)) }),
        ...(clientId !== undefined && { clientId }),
        ...attachmentsOf(draft),
        ...mentionsOf(draft),
        ...systemOf(draft),
      };
      hold(message);
      return { message, isRepeat: false };
    },

    async isDeleted({ username, clientId }) {
      expire();
      const first = named.get(nameOf(username, clientId));
      return first !== undefined && 'deletedMs' in first;
    },

    async list(roomId, after) {
      return (await read(roomId, after)).messages;
    },

    async find(roomId, id) {
      const now = expire();
      if (hasUnreadImports) await reserved(now);
      const found = find(roomId, id, now);
      return found && shown(found, now);
    },

    async since(roomId, after, limit = Number.POSITIVE_INFINITY) {
      const newestId = ids.newest;
      if (ids.isForeign(after))
        return { messages: (await read(roomId)).messages, changes: [], gap: true, newestId };
      const { messages, complete } = await read(roomId, after);
      const isAfter = (id: string) => compareMessageIds(after, id) >= 0;
      return {
        messages,
        changes: changesAfter(roomId, after, limit),
        gap: !(complete && isAfter(rooms.lostBy(roomId)) && isAfter(doubt)),
        newestId,
      };
    },

    async revise(roomId, messageId, decide) {
      const pending = ids.reserved(clock());
      if (pending) await pending;
      const now = expire();
      const room = rooms.get(roomId);
      const sent = find(roomId, messageId, now);
      if (!room || !sent) throw new AppError('MESSAGE_NOT_FOUND');
      const message = shown(sent, now);
      const revision = decide(message);
      if (!revision) return { message, isChanged: false };
      const place = { roomId, id: ids.next(now), messageId };
      if (revision.kind === 'deleted') {
        const { username, clientId } = sent;
        log.remove(sent);
        room.held.remove(sent);
        const names = { username, ...(clientId !== undefined && { clientId }) };
        addDeletion(room, { ...place, kind: 'deleted', deletedMs: now, ...names });
        return { message, isChanged: true };
      }
      const { kind } = revision;
      const isNamedEdit = kind === 'edited' && sent.clientId !== undefined;
      const sentHash = isNamedEdit ? (revisionsOf(room).sentHash(messageId) ?? hashOf(sent.text)) : undefined;
      const change = { ...place, kind, ...(sentHash !== undefined && { sentHash }) };
      revisionsOf(room).add(change, revised(current(sent), revision));
      return { message: shown(sent, now), isChanged: true };
    },

    restore(messages) {
      const now = clock();
      for (const message of messages) {
        hold({ ...message, id: ids.next(now) });
        hasUnreadImports = true;
      }
    },

    async newestId() {
      return ids.newest;
    },

    async forgetRoom(roomId) {
      const room = rooms.get(roomId);
      rooms.delete(roomId);
      if (!room || isEmpty(room)) return;
      dropRoom(log, roomId);
      dropRoom(deletions, roomId);
      // Removes the snapshot of the previous run, which contains the room. The room stays deleted even if that fails.
      reserved(clock()).catch(() => {});
    },

    size() {
      expire();
      return log.size;
    },
  };
}

const hashOf = (text: string) => inputHashOf([text]);

const nameOf = (username: string, clientId: string) => `${clientId} ${username}`;
