import type { MirageClient, Outputs } from '../../client/index.ts';
import { compareIds } from './message-ids.ts';
import { withRetry } from './retry.ts';
import { applyChange } from './room-changes.ts';
import type { RoomEvent } from './room-types.ts';

type History = Outputs['chat']['history'];

export interface RoomPage extends History {
  /** The page tells how the room was when it had everything up to this id. */
  upTo: string;
}

export interface RoomPages {
  /** A page as it is when it arrives: what has happened since it was read may have been told of before. */
  read(range: { before?: string; after?: string; around?: string; limit: number }): Promise<RoomPage>;
  /** An event has come. */
  note(event: RoomEvent): void;
}

/** Pages of a room, beside which events come. */
export function createRoomPages(client: MirageClient, roomId: number): RoomPages {
  /** What has come while each page was being read. */
  const meanwhile = new Set<RoomEvent[]>();

  return {
    async read(range) {
      const events: RoomEvent[] = [];
      meanwhile.add(events);
      try {
        const page = await withRetry(() => client.chat.history.query({ roomId, ...range }));
        const upTo = idOf(page.position);
        let { messages } = page;
        const isEnd = !page.hasMoreAfter && range.before === undefined;
        for (const { id, data } of events) {
          if (compareIds(id, upTo) <= 0) continue;
          if (data.type !== 'message') messages = applyChange(messages, data);
          // It may have been stored after the position was read, and before the page was.
          else if (isEnd && !messages.some((message) => message.id === data.message.id))
            messages.push(data.message);
        }
        return { ...page, messages, upTo };
      } finally {
        meanwhile.delete(events);
      }
    },

    note(event) {
      for (const events of meanwhile) events.push(event);
    },
  };
}

/** A position is the id of a message or a change, after what tells the histories of databases apart. */
const idOf = (position: string) => position.split('-').slice(-2).join('-');
