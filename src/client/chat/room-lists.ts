import type { Core } from './core.ts';
import { createPagedList } from './list.ts';
import { type Context, toMessage } from './messages.ts';
import { fromRoom } from './source.ts';
import type { List, Member, Pin } from './types.ts';

interface Options {
  context(): Context;
  /** Are told when others are pinned than before. */
  pinListeners: Set<() => void>;
  /** Whether pins can be read already; otherwise the listeners are told later. */
  isReady(): boolean;
}

/** Who is in a room, and what is pinned there. Without a room both stay empty. */
export function createRoomLists(
  core: Core,
  roomId: number | undefined,
  { context, pinListeners, isReady }: Options,
): { members: List<Member>; pins: List<Pin> } {
  const { chat } = core.client;

  function createRoomList<T>(
    read: (page: { roomId: number; cursor?: number }) => Promise<{ items: T[]; next: number | null }>,
    options?: { listeners: Set<() => void>; isReady(): boolean },
  ): List<T> {
    return createPagedList<T, number>(
      core,
      async (cursor) =>
        roomId === undefined
          ? { items: [], next: null }
          : core.call(() => read({ roomId, ...(cursor !== undefined && { cursor }) })),
      options,
    );
  }

  return {
    members: createRoomList(async (page) => {
      const { members, nextCursor } = await chat.members.query(page);
      return { items: members, next: nextCursor };
    }),
    pins: createRoomList(
      async (page) => {
        const { pins, nextCursor } = await chat.listPins.query(page);
        const items = pins.map(({ message, ...pin }) => {
          return { ...pin, message: toMessage(fromRoom(message), { ...context(), overlays: new Map() }) };
        });
        return { items, next: nextCursor };
      },
      { listeners: pinListeners, isReady },
    ),
  };
}
