import type { EventBus } from '../bus/event-bus.ts';
import type { LiveEvent } from './batch.ts';
import type { Hub } from './hub.ts';
import type { PresenceBoard, Present } from './presence-board.ts';
import type { PresenceChange, PresenceEvent } from './presence-events.ts';
import { PresenceRoom } from './presence-room.ts';
import { type Audiences, type PresenceRecheck, RestrictedEvent, restricted } from './presence-view.ts';
import type { Source } from './topic-reader.ts';

/** What users let others see of their presence. */
export interface PresenceRules {
  /** The audiences, among these viewers, of the users with restricted presence. */
  audiences(names: string[], viewers: string[]): Promise<Audiences>;
  /** These users may let others see something else than before. */
  forget(names: string[]): void;
}

/**
 * Published on a room's topic: what others may see of the users has changed, or with `viewers`, what these may see. Without
 * `names`, of everybody present.
 */
export interface RecheckRequest {
  type: 'recheck';
  names?: string[];
  viewers?: string[];
}

export interface Presence {
  setTyping(roomId: number, username: string, isTyping: boolean): void;
  /** For subscribers of `presenceTopic(roomId)`. */
  source(roomId: number): Source;
  /** Who of these users is online anywhere, or has gone, which others have still to be told. */
  onlineOf(names: readonly string[]): Promise<string[]>;
  /** Changes may have been missed: at the next signal, subscribers get the whole state again. */
  renew(): void;
  close(): Promise<void>;
}

export const presenceTopic = (roomId: number) => `presence:${roomId}`;

/** In place of a room's id, as the ids of rooms begin with 1: whoever is subscribed to anything is in there. */
export const everybody = 0;

/** Names in one event. A longer state goes on in changes, so that no frame is large. */
const maxNamesInEvent = 1000;

/** A user is online in a room while subscribed to anything of it, in this process or, with a board, in any. */
export function createPresence(
  hub: Hub,
  bus: EventBus,
  rules: PresenceRules,
  board?: PresenceBoard,
): Presence {
  const rooms = new Map<number, PresenceRoom>();
  /** Counts the full states that subscribers have to start from. */
  let generation = 0;

  function roomOf(roomId: number): PresenceRoom {
    const known = rooms.get(roomId);
    if (known) return known;
    const room = new PresenceRoom((change) => {
      void announce(roomId, change);
      if (room.isEmpty) rooms.delete(roomId);
    });
    rooms.set(roomId, room);
    return room;
  }

  async function announce(roomId: number, change: PresenceChange): Promise<void> {
    try {
      const overall = board ? await board.post(roomId, change) : change;
      if (Object.keys(overall).length > 1) await bus.publish(presenceTopic(roomId), { ...overall });
    } catch {
      // Redis is away. The board reports a loss once it is back, and everything is posted again.
    }
  }

  async function presentIn(roomId: number): Promise<Present> {
    const here = rooms.get(roomId);
    const elsewhere = await board?.read(roomId);
    return {
      online: [...new Set([...(here?.online ?? []), ...(elsewhere?.online ?? [])])],
      typing: [...new Set([...(here?.typing ?? []), ...(elsewhere?.typing ?? [])])],
    };
  }

  /** Users with subscriptions of the room at this server. */
  const viewersOf = (roomId: number) => [...(rooms.get(roomId)?.online ?? [])];

  /** Adds to an event who may see whom of its users. */
  async function restrict(roomId: number, event: LiveEvent): Promise<LiveEvent> {
    const data = event.data as PresenceChange | RecheckRequest; // safe: what is published on this topic
    if (data.type === 'recheck') return recheck(roomId, data);
    const { online = [], typing = [], offline = [], idle = [] } = data;
    const names = [...new Set([...online, ...typing, ...offline, ...idle])];
    return restricted(data, await rules.audiences(names, viewersOf(roomId)));
  }

  async function recheck(roomId: number, { names, viewers }: RecheckRequest): Promise<LiveEvent> {
    if (names) rules.forget(names);
    const { online: present, typing } = await presentIn(roomId);
    // Viewers still see those who have gone a moment ago.
    const online = [...new Set([...present, ...(rooms.get(roomId)?.leaving ?? [])])];
    const all = names ?? [...new Set([...online, ...typing])];
    const audiences = await rules.audiences(all, viewers ?? viewersOf(roomId));
    const about = names ?? [...audiences.keys()];
    const isAbout = new Set(about);
    const result: PresenceRecheck = {
      type: 'recheck',
      names: about,
      online: online.filter((name) => isAbout.has(name)),
      typing: typing.filter((name) => isAbout.has(name)),
    };
    return new RestrictedEvent(result, audiences);
  }

  board?.onGone((roomId, change) => {
    bus.publish(presenceTopic(roomId), { ...change }).catch(() => {}); // the bus retries
  });
  board?.onLost(() => {
    for (const room of rooms.values()) room.republish();
  });

  hub.onChange((_topic, { roomId, username }, change) => {
    const by = change === 'opened' ? 1 : -1;
    roomOf(everybody).countSubscription(username, by);
    if (roomId !== undefined) roomOf(roomId).countSubscription(username, by);
  });

  return {
    setTyping(roomId, username, isTyping) {
      const room = isTyping ? roomOf(roomId) : rooms.get(roomId);
      room?.setTyping(username, isTyping);
    },

    source: (roomId) => ({
      async read(position, username) {
        // Nothing is stored: there is one thing to read, once, which is the present state. Changes are ephemeral events.
        const current = String(generation);
        if (position === current) return { events: [], complete: true, position };
        const { online, typing } = await presentIn(roomId);
        const names = [...new Set([...online, ...typing])];
        const viewers = username === undefined ? viewersOf(roomId) : [username];
        const audiences = await rules.audiences(names, viewers);
        return { events: stateEvents({ online, typing }, audiences), complete: true, position: current };
      },
      isNewer: (a, b) => Number(a) > Number(b),
      async prepare(events) {
        const prepared: LiveEvent[] = [];
        for (const event of events) prepared.push(await restrict(roomId, event));
        return prepared;
      },
    }),

    async onlineOf(names) {
      const elsewhere = new Set(await board?.readOnline(everybody, names));
      const here = rooms.get(everybody);
      return names.filter((name) => here?.shows(name) || elsewhere.has(name));
    },

    renew() {
      generation += 1;
    },

    async close() {
      for (const room of rooms.values()) room.close();
      rooms.clear();
      await board?.close();
    },
  };
}

function stateEvents({ online, typing }: Present, audiences: Audiences): LiveEvent[] {
  const events: PresenceEvent[] = [
    { type: 'state', online: online.slice(0, maxNamesInEvent), typing: typing.slice(0, maxNamesInEvent) },
  ];
  for (
    let start = maxNamesInEvent;
    start < Math.max(online.length, typing.length);
    start += maxNamesInEvent
  ) {
    const more = { online: online.slice(start, start + maxNamesInEvent) };
    const moreTyping = typing.slice(start, start + maxNamesInEvent);
    events.push({ type: 'change', ...more, ...(moreTyping.length > 0 && { typing: moreTyping }) });
  }
  return events.map((event) => restricted(event, audiences));
}
