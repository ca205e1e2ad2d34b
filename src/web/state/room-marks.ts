import type { RoomSummary as Room } from '../../client/chat/index.ts';
import type { MirageClient } from '../../client/index.ts';
import { compareIds } from './message-ids.ts';
import { createSaver, type Saver } from './saver.ts';
import { parseKey, roomKey, type Seen } from './seen.ts';

/** The first mark is saved at once. Others follow it in quick succession, while somebody scrolls or a room is busy. */
const intervalMs = 2000;

/** What a room that nobody has read in has for a mark. */
const nothing = '0-0';

/** The newest message of a room that the user has read, here or elsewhere. */
export function readMark({ id, readUpTo }: { id: number; readUpTo: string }, seen: Seen): string | undefined {
  const here = seen.get().get(roomKey(id));
  if (readUpTo === nothing) return here;
  return here === undefined || compareIds(here, readUpTo) < 0 ? readUpTo : here;
}

/** Shares with the user's other sessions how far rooms have been read. */
export interface RoomMarks extends Pick<Saver, 'pause' | 'resume'> {
  /** The server knows of these marks. */
  learn(rooms: readonly Pick<Room, 'id' | 'readUpTo'>[]): void;
  /** The user leaves the room. Resolves when no mark of it is under way. */
  forget(roomId: number): Promise<void>;
  close(): void;
}

export function createRoomMarks(client: MirageClient, seen: Seen): RoomMarks {
  /** By room: what the server knows. */
  const known = new Map<number, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** A room in which more has been seen here than the server knows of. */
  function next(): { roomId: number; upTo: string } | undefined {
    for (const [key, upTo] of seen.get()) {
      const target = parseKey(key);
      if (!target || !('roomId' in target)) continue;
      const mark = known.get(target.roomId);
      if (mark !== undefined && compareIds(upTo, mark) > 0) return { roomId: target.roomId, upTo };
    }
    return undefined;
  }

  // If it fails, the user may have left the room. What the server says of its mark comes with the next state.
  const saver = createSaver(next, (mark) => {
    known.set(mark.roomId, mark.upTo);
    return client.chat.markRead.mutate(mark);
  });

  const schedule = () => {
    if (timer !== undefined || !next()) return;
    saver.run();
    timer = setTimeout(() => {
      timer = undefined;
      schedule();
    }, intervalMs);
  };
  const stop = seen.subscribe(schedule);

  return {
    learn(rooms) {
      for (const { id, readUpTo } of rooms) known.set(id, readUpTo);
      const marks = rooms.filter(({ readUpTo }) => readUpTo !== nothing);
      seen.mark(new Map(marks.map(({ id, readUpTo }) => [roomKey(id), readUpTo])));
      schedule();
    },
    forget(roomId) {
      known.delete(roomId);
      return saver.idle();
    },
    pause: saver.pause,
    resume: saver.resume,
    close() {
      void saver.pause();
      clearTimeout(timer);
      stop();
    },
  };
}
