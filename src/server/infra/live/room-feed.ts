import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { jsonBytes } from '../../core/json-bytes.ts';
import type { Logger } from '../../core/logger.ts';
import { forEachInSlices, yieldIfBusy } from '../../core/slices.ts';
import type { EventBus } from '../bus/event-bus.ts';
import { messageIdOf, type SystemEvent } from '../stores/room-message-store.ts';
import { LiveEvent } from './batch.ts';
import type { Hub } from './hub.ts';
import { RoomFollowers, type RoomMark } from './room-followers.ts';
import type { Page, Source } from './topic-reader.ts';

/** The newest message of a room, as lists of rooms show it. */
export interface LastMessage {
  id: string;
  username: string;
  /** As it begins. */
  text: string;
  createdAt: Date;
  kind: 'user' | 'system';
  /** Of a system message. */
  event?: SystemEvent;
}

/** A room as one of its members sees it in a list. */
export interface RoomState {
  id: number;
  name: string;
  isPrivate: boolean;
  /** Null if the creator is unknown. */
  createdBy: string | null;
  topic: string;
  /** Whether its messages are held for a while or kept. */
  history: 'ephemeral' | 'kept';
  /** The member's own. */
  role: 'owner' | 'moderator' | 'member';
  /** Messages by others that the member has not read, of those that are held, or of the newest kept ones. */
  unread: number;
  /** Those of them that mention the member. */
  mentions: number;
  /** The newest message that the member has read. It may be gone. */
  readUpTo: string;
  lastMessage: LastMessage | null;
  /** Notifications are off until then. */
  mutedUntil: Date | null;
}

/** Of a room that is `deleted`, nobody is a member any more. */
export type LeaveReason = 'left' | 'removed' | 'banned' | 'deleted';

/** What happens in the list of a user's rooms. A room that is `joined` or `updated` replaces what was known of it. */
export type RoomsEvent =
  | { type: 'joined'; room: RoomState }
  | { type: 'left'; roomId: number; reason: LeaveReason }
  | { type: 'updated'; room: RoomState }
  | ({ type: 'unread'; roomId: number } & Pick<RoomState, 'unread' | 'mentions' | 'readUpTo' | 'lastMessage'>)
  /** There are other public rooms than before, or they have other names. */
  | { type: 'publicRooms' };

/** All rooms, in one event or several: what is not in any of them is not joined. */
export interface RoomsState {
  type: 'state';
  rooms: RoomState[];
  /** Whether it is the last of the state. */
  complete: boolean;
  position: string;
}

/** What is held of a room, for counting what its readers have not read. */
export interface RoomSummary {
  last: LastMessage | null;
  count(username: string, mark: RoomMark): Promise<UnreadCounts>;
}

export type UnreadCounts = Pick<RoomState, 'unread' | 'mentions'>;

/** A room in a user's list, and how far the user has read. */
export interface FollowedRoom {
  room: RoomState;
  mark: RoomMark;
}

/** Looks at what is stored. */
export interface RoomReader {
  /** All rooms of a user, in slices. */
  rooms(username: string): AsyncIterable<FollowedRoom[]>;
  /** One of them. Undefined for a room that the user has not joined. */
  room(username: string, roomId: number): Promise<FollowedRoom | undefined>;
  summary(roomId: number): Promise<RoomSummary>;
  isMember(roomId: number, username: string): boolean | Promise<boolean>;
  /** The place in the order of room messages that a later look is true at. */
  position(): Promise<string>;
}

/** Keeps lists of rooms up to date, whatever the number of rooms: one subscription for all rooms of a user. */
export interface RoomFeed {
  /** For subscribers of `roomsTopic(username)`. */
  source(username: string): Source;
  /** There is a new message in the room. */
  touch(roomId: number): void;
  /** Somebody is no longer a member. */
  left(roomId: number, username: string, reason: LeaveReason): void;
  /** A member has another role. */
  changed(roomId: number, username: string): void;
  /** The room is gone. */
  deleted(roomId: number): Promise<void>;
  /** Changes may have been missed: subscribers get the whole state again. */
  renew(): void;
  /** Tells the other servers what they have not been told yet. */
  close(): Promise<void>;
}

/** Signals of what is stored about the rooms of one user: `joined`, `updated`, `read`. */
export const roomsTopic = (username: string) => `${prefix}${username}`;

/** Signals of what concerns all members of rooms. */
export const allRoomsTopic = 'rooms';

/** What is published on `allRoomsTopic`. */
export const roomsSignal = z.object({
  /** Rooms with new messages. */
  touched: z.array(z.number()).optional(),
  /** A room whose name or the like has changed. */
  updated: z.number().optional(),
  publicRooms: z.boolean().optional(),
});

const prefix = 'rooms:';

/** At most ten times a second for a room, however many messages there are. */
const intervalMs = 100;

/** Between two publications of rooms with new messages, each of which every server receives. */
const publishMs = 25;

/** Characters of rooms in one event: state arrives in parts that none has to wait long for. */
const maxStateLength = 256 * 1024;

const followersPerSlice = 50;

type Signal =
  | { type: 'joined' | 'updated' | 'read' | 'touched'; roomId: number }
  | Extract<RoomsEvent, { type: 'left' | 'publicRooms' }>;

interface Options {
  log: Logger;
  /** There are no other servers, so that nobody else has to hear of messages. */
  isAlone: boolean;
}

export function createRoomFeed(
  hub: Hub,
  bus: EventBus,
  reader: RoomReader,
  { log, isAlone }: Options,
): RoomFeed {
  const followers = new RoomFollowers();
  /** Rooms with messages that all servers have still to be told of. */
  const unpublished = new Set<number>();
  /** Rooms with messages that their followers have still to be told of. */
  let dirty = new Set<number>();
  /** As of the last interval, so that a room is read once for all its followers. */
  const summaries = new Map<number, Promise<RoomSummary>>();
  let arePublicRoomsOld = false;
  let isTicking = false;
  let isPublishing = false;
  /** Counts the states that subscribers have to start from. */
  let generation = 0;
  const stopping = new AbortController();

  const signal = (username: string, event: Signal) => hub.signal(roomsTopic(username), event);

  function markDirty(roomId: number): void {
    summaries.delete(roomId);
    dirty.add(roomId);
    void tick();
  }

  /** Tells followers what has come, then nothing for a while. */
  async function tick(): Promise<void> {
    if (isTicking) return;
    isTicking = true;
    await new Promise(setImmediate); // messages of one tick are told together
    while (!stopping.signal.aborted && (dirty.size > 0 || arePublicRoomsOld)) {
      const startedAt = performance.now();
      summaries.clear();
      const told = dirty;
      dirty = new Set();
      const isPublicChange = arePublicRoomsOld;
      arePublicRoomsOld = false;
      for (const roomId of told)
        await forEachInSlices(followers.of(roomId), followersPerSlice, (username) =>
          signal(username, { type: 'touched', roomId }),
        );
      if (isPublicChange)
        await forEachInSlices(followers.usernames, followersPerSlice, (username) =>
          signal(username, { type: 'publicRooms' }),
        );
      const restMs = Math.max(0, intervalMs - (performance.now() - startedAt));
      await wait(restMs, undefined, { ref: false, signal: stopping.signal }).catch(() => {});
    }
    summaries.clear();
    isTicking = false;
  }

  function summary(roomId: number): Promise<RoomSummary> {
    const known = summaries.get(roomId) ?? reader.summary(roomId);
    if (isTicking) summaries.set(roomId, known);
    return known;
  }

  /** All rooms of a user, of which this feed then hears. */
  async function readAll(username: string): Promise<RoomState[]> {
    for (;;) {
      const version = followers.version(username);
      const marks = new Map<number, RoomMark>();
      const states: RoomState[] = [];
      for await (const slice of reader.rooms(username))
        for (const { room, mark } of slice) {
          marks.set(room.id, mark);
          states.push(room);
        }
      if (followers.version(username) !== version) continue;
      followers.replace(username, marks);
      return states;
    }
  }

  /** Whatever is said of a room while this reads comes after it: the last of it is as new as what was read, or newer. */
  async function readState(username: string): Promise<Page> {
    const current = String(generation);
    const position = await reader.position();
    const states = await readAll(username);
    return { events: stateEvents(states, position), complete: true, position: current };
  }

  /** What to tell the user; undefined if it no longer concerns the user. */
  async function eventOf(username: string, event: Signal): Promise<RoomsEvent | undefined> {
    if (event.type === 'publicRooms' || event.type === 'left') return event;
    const { roomId } = event;
    if (event.type !== 'touched') {
      const followed = await reader.room(username, roomId);
      if (!followed) return undefined;
      const { room, mark } = followed;
      followers.set(username, roomId, mark);
      if (event.type !== 'read') return { type: event.type, room };
      const { unread, mentions, readUpTo, lastMessage } = room;
      return { type: 'unread', roomId, unread, mentions, readUpTo, lastMessage };
    }
    const isMember = reader.isMember(roomId, username);
    if (isMember !== true && !(await isMember))
      return followers.delete(username, roomId) ? { type: 'left', roomId, reason: 'left' } : undefined;
    const { last, count } = await summary(roomId);
    const mark = followers.mark(username, roomId);
    if (!mark) return undefined;
    return {
      type: 'unread',
      roomId,
      ...(await count(username, mark)),
      readUpTo: messageIdOf(mark),
      lastMessage: last,
    };
  }

  async function prepare(username: string, events: LiveEvent[]): Promise<LiveEvent[]> {
    const prepared: LiveEvent[] = [];
    const touched = new Set<number>();
    for (const { data } of events) {
      const event = data as Signal; // safe: what is published on this topic
      if (event.type === 'touched' && touched.has(event.roomId)) continue;
      if (event.type === 'touched') touched.add(event.roomId);
      await yieldIfBusy();
      const told = await eventOf(username, event);
      if (told) prepared.push(new LiveEvent(told));
    }
    return prepared;
  }

  async function publishTouched(): Promise<void> {
    const touched = [...unpublished];
    unpublished.clear();
    await bus.publish(allRoomsTopic, { touched }).catch(() => {}); // the bus retries
  }

  /** Tells the servers what has come, then nothing for a while. */
  async function keepPublishing(): Promise<void> {
    if (isPublishing) return;
    isPublishing = true;
    await new Promise(setImmediate); // messages of one tick are told together
    while (unpublished.size > 0) {
      await publishTouched();
      await wait(publishMs, undefined, { ref: false, signal: stopping.signal }).catch(() => {});
    }
    isPublishing = false;
  }

  function renew(): void {
    generation += 1;
    for (const username of followers.usernames) hub.signal(roomsTopic(username));
  }

  function hear(event: unknown): void {
    if (!event) {
      renew(); // events may have been missed
      return;
    }
    const { touched = [], updated, publicRooms } = roomsSignal.parse(event);
    for (const roomId of touched) if (followers.has(roomId)) markDirty(roomId);
    if (updated !== undefined)
      void forEachInSlices(followers.of(updated), followersPerSlice, (username) =>
        signal(username, { type: 'updated', roomId: updated }),
      );
    if (publicRooms) {
      arePublicRoomsOld = true;
      void tick();
    }
  }

  hub.onChange((topic, { username }, change) => {
    if (topic === roomsTopic(username)) followers.count(username, change === 'opened' ? 1 : -1);
  });
  const listening = bus.subscribe(allRoomsTopic, hear);
  listening.catch((err: unknown) => log.error({ err }, 'listening to changes of rooms failed'));

  return {
    source: (username) => ({
      async read(position) {
        if (position === String(generation)) return { events: [], complete: true, position };
        return readState(username);
      },
      isNewer: (a, b) => Number(a) > Number(b),
      prepare: (events) => prepare(username, events),
    }),

    touch(roomId) {
      if (isAlone) {
        if (followers.has(roomId)) markDirty(roomId);
        return;
      }
      unpublished.add(roomId);
      void keepPublishing();
    },

    left(roomId, username, reason) {
      if (followers.delete(username, roomId)) signal(username, { type: 'left', roomId, reason });
    },

    changed(roomId, username) {
      if (followers.mark(username, roomId)) signal(username, { type: 'updated', roomId });
    },

    async deleted(roomId) {
      await forEachInSlices(followers.of(roomId), followersPerSlice, (username) => {
        if (followers.delete(username, roomId)) signal(username, { type: 'left', roomId, reason: 'deleted' });
      });
    },

    renew,

    async close() {
      stopping.abort();
      if (unpublished.size > 0) await publishTouched();
      void listening.then((stop) => stop());
    },
  };
}

function stateEvents(rooms: RoomState[], position: string): LiveEvent[] {
  const parts: RoomState[][] = [[]];
  let length = 0;
  for (const room of rooms) {
    length += jsonBytes(room);
    if (length > maxStateLength) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(room);
  }
  return parts.map((part, index) => {
    const event: RoomsState = { type: 'state', rooms: part, complete: index === parts.length - 1, position };
    return new LiveEvent(event, position);
  });
}
