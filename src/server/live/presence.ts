import type { EventBus } from '../bus/event-bus.ts';
import { LiveEvent } from './batch.ts';
import type { Source } from './follower.ts';
import type { Hub } from './hub.ts';
import type { PresenceBoard } from './presence-board.ts';

/** Who is here now. Sent first, and to be kept up to date with the changes that follow. */
export interface PresenceState {
  /** Which of the two it is. */
  type: 'state';
  /** Names of users. */
  online: string[];
  /** Names of users. */
  typing: string[];
}

/** What has changed since. Told again, a change makes no difference. */
export interface PresenceChange {
  /** Which of the two it is. */
  type: 'change';
  /** Who came. */
  online?: string[];
  /** Who went. */
  offline?: string[];
  /** Who began to type. */
  typing?: string[];
  /** Who stopped typing. */
  idle?: string[];
}

/** What `chat.onPresence` sends. */
export type PresenceEvent = PresenceState | PresenceChange;

export interface Presence {
  setTyping(roomId: number, username: string, isTyping: boolean): void;
  /** For subscribers of `presenceTopic(roomId)`. */
  source(roomId: number): Source;
  /** Changes may have been missed: subscribers get the whole state again once they are signalled. */
  renew(): void;
  close(): Promise<void>;
}

export const presenceTopic = (roomId: number) => `presence:${roomId}`;

/** Whoever says no more is taken to have stopped typing. */
const typingMs = 6000;
/** Changes are told together, this often at most: a room that fills costs one message and not one for each. */
const coalesceMs = 200;

interface Room {
  /** Subscriptions of each user. */
  online: Map<string, number>;
  typing: Map<string, NodeJS.Timeout>;
  /** What has been told. */
  toldOnline: Set<string>;
  toldTyping: Set<string>;
  timer: NodeJS.Timeout | undefined;
}

/** Online is who has a subscription to anything of the room: in this process, or with a board in any. */
export function createPresence(hub: Hub, bus: EventBus, board?: PresenceBoard): Presence {
  const rooms = new Map<number, Room>();
  /** Counts the states that subscribers were to start from. */
  let state = 0;

  function roomOf(roomId: number): Room {
    let room = rooms.get(roomId);
    if (!room) {
      room = {
        online: new Map(),
        typing: new Map(),
        toldOnline: new Set(),
        toldTyping: new Set(),
        timer: undefined,
      };
      rooms.set(roomId, room);
    }
    return room;
  }

  function changed(roomId: number, room: Room): void {
    room.timer ??= setTimeout(() => tell(roomId, room), coalesceMs).unref();
  }

  function tell(roomId: number, room: Room): void {
    room.timer = undefined;
    const change: PresenceChange = {
      type: 'change',
      ...difference('online', 'offline', room.toldOnline, room.online),
      ...difference('typing', 'idle', room.toldTyping, room.typing),
    };
    if (Object.keys(change).length > 1) void announce(roomId, change);
    if (room.online.size + room.typing.size === 0) rooms.delete(roomId);
  }

  async function announce(roomId: number, change: PresenceChange): Promise<void> {
    try {
      const told = board ? await board.post(roomId, change) : change;
      if (Object.keys(told).length > 1) await bus.publish(presenceTopic(roomId), { ...told });
    } catch {
      // Where others cannot be told now, the board has it noted anew as soon as it can be.
    }
  }

  board?.onGone((roomId, change) => {
    bus.publish(presenceTopic(roomId), { ...change }).catch(() => {}); // told as soon as the bus can
  });
  board?.onLost(() => {
    for (const [roomId, room] of rooms) {
      room.toldOnline.clear();
      room.toldTyping.clear();
      changed(roomId, room);
    }
  });

  function stopTyping(room: Room, username: string): void {
    clearTimeout(room.typing.get(username));
    room.typing.delete(username);
  }

  hub.onChange((_topic, { roomId, username }, change) => {
    if (roomId === undefined) return;
    const room = roomOf(roomId);
    const count = (room.online.get(username) ?? 0) + (change === 'opened' ? 1 : -1);
    if (count > 0) room.online.set(username, count);
    else {
      room.online.delete(username);
      stopTyping(room, username);
    }
    changed(roomId, room);
  });

  return {
    setTyping(roomId, username, isTyping) {
      const room = roomOf(roomId);
      stopTyping(room, username);
      if (isTyping) {
        const expire = () => {
          room.typing.delete(username);
          changed(roomId, room);
        };
        room.typing.set(username, setTimeout(expire, typingMs).unref());
      }
      changed(roomId, room);
    },

    source: (roomId) => ({
      async read(position) {
        // Nothing is stored, so there is one thing to read, once: how it is now. Changes come as notices.
        const now = String(state);
        if (position === now) return { events: [], complete: true, position };
        const { online, typing } = roomOf(roomId);
        const elsewhere = await board?.read(roomId);
        const event: PresenceState = {
          type: 'state',
          online: [...new Set([...online.keys(), ...(elsewhere?.online ?? [])])],
          typing: [...new Set([...typing.keys(), ...(elsewhere?.typing ?? [])])],
        };
        return { events: [new LiveEvent(event)], complete: true, position: now };
      },
      isNewer: (a, b) => Number(a) > Number(b),
    }),

    renew() {
      state += 1;
    },

    async close() {
      for (const room of rooms.values()) {
        clearTimeout(room.timer);
        for (const timer of room.typing.values()) clearTimeout(timer);
      }
      rooms.clear();
      await board?.close();
    },
  };
}

/** What has come and gone, after which `told` is as `now`. Parts without a change are left out. */
function difference(came: string, went: string, told: Set<string>, now: Map<string, unknown>) {
  const added = [...now.keys()].filter((name) => !told.has(name));
  const removed = [...told].filter((name) => !now.has(name));
  for (const name of added) told.add(name);
  for (const name of removed) told.delete(name);
  return { ...(added.length > 0 && { [came]: added }), ...(removed.length > 0 && { [went]: removed }) };
}
