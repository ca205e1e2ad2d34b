import type { Clock } from '../clock.ts';
import { createScript, type RedisLink } from '../redis.ts';
import { appendScript, forgetScript, newestScript, readScript } from './redis-ring-scripts.ts';
import type { RoomMessage, RoomMessageLimits, RoomMessageStore } from './room-message-store.ts';

/**
 * For many servers: the ring is one stream in Redis, which gives the ids, so that capacity and lifespan hold over all
 * servers. Beside it each room has an index of its ids. Both are changed by scripts, each in one step. Appending costs
 * the same at any capacity, and reading a room only as much as is read.
 * The last `silences` times that a room came to hold nothing are remembered, for `since` to be exact there. After Redis
 * was restarted all that came before is in doubt, since it may have lost the last of it.
 */
export function createRedisRoomMessageStore(
  { commands, prefix, runId }: Pick<RedisLink, 'commands' | 'prefix' | 'runId'>,
  { capacity, ttlMs }: RoomMessageLimits,
  clock: Clock,
  silences = 10_000,
): RoomMessageStore {
  const ring = `${prefix}ring`;
  const keys = [ring, `${ring}:meta`, `${ring}:lost`, `${ring}:silent`];
  let size = 0;

  const prepare = (lua: string) => {
    const script = createScript(commands, lua);
    return async (now: number, ...args: (string | number)[]) =>
      script(keys, [await runId(), `${ring}:room:`, now, ttlMs, capacity, silences, ...args]);
  };
  const append = prepare(appendScript);
  const read = prepare(readScript);
  const newest = prepare(newestScript);
  const forget = prepare(forgetScript);

  async function since(roomId: number, after: string, limit: number | undefined) {
    // safe: as the script answers
    const [held, gap, rows] = (await read(clock(), roomId, after, limit ?? -1)) as [number, 0 | 1, Row[]];
    size = held;
    return { messages: rows.map((row) => toMessage(roomId, row)), gap: gap === 1 };
  }

  return {
    async append({ roomId, username, text }) {
      const now = clock();
      const [id, held] = (await append(now, roomId, username, text)) as [string, number]; // safe: as the script answers
      size = held;
      return { id, roomId, username, text, createdAt: new Date(now) };
    },

    async list(roomId, after = '', limit) {
      return (await since(roomId, after, limit)).messages;
    },

    since,

    async newestId() {
      return String(await newest(clock()));
    },

    async forgetRoom(roomId) {
      size = Number(await forget(clock(), roomId));
    },

    /** As of the last answer. */
    size: () => size,
  };
}

type Row = [id: string, username: string, text: string, createdAt: string];

const toMessage = (roomId: number, [id, username, text, createdAt]: Row): RoomMessage => ({
  id,
  roomId,
  username,
  text,
  createdAt: new Date(Number(createdAt)),
});
