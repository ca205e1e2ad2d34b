import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createTurns } from '../../core/turns.ts';
import { createScript, type RedisLink } from '../redis/redis.ts';
import { fromLargestRoom, oldestOfAll } from './redis-ring-eviction.ts';
import {
  type ChangeRow,
  type Row,
  sentMessage,
  storedState,
  toChange,
  toMessage,
} from './redis-ring-rows.ts';
import { ringScripts } from './redis-ring-scripts.ts';
import type { RoomIdentities } from './room-identities.ts';
import {
  type Missed,
  mentionsOf,
  quoteOf,
  type RoomMessageLimits,
  type RoomMessageStore,
  requireSame,
  revised,
  storedMentions,
  systemOf,
} from './room-message-store.ts';

type Link = Pick<RedisLink, 'commands' | 'prefix' | 'runId'>;

interface Options {
  limits: RoomMessageLimits;
  clock: Clock;
  identities: RoomIdentities;
  /** For how many rooms without messages `since` is exact. */
  maxEmptyRooms?: number;
}

/**
 * For several servers. The messages of all rooms are one stream in Redis, which generates the ids, so capacity and
 * lifetime apply to all servers together; each room has an index of its ids. Scripts change both atomically. Appending is
 * O(1), if the ring is fair O(log rooms), and reading a room is linear in the messages read. After Redis was restarted or
 * has lost a key, everything before is in doubt, since the latest messages may be missing.
 */
export function createRedisRoomMessageStore(
  { commands, prefix, runId }: Link,
  { limits: { capacity, ttlMs, isFair = false }, clock, identities, maxEmptyRooms = 10_000 }: Options,
): RoomMessageStore {
  const ring = `${prefix}ring`;
  const keys = [ring, `${ring}:meta`, `${ring}:empty`];
  let size = 0;

  const prepare = (lua: string) => {
    const script = createScript(commands, lua);
    return async (now: number, ...args: (string | number)[]) =>
      script(keys, [await runId(), `${ring}:room:`, now, ttlMs, capacity, maxEmptyRooms, ...args]);
  };
  const scripts = ringScripts(isFair ? fromLargestRoom : oldestOfAll);
  const append = prepare(scripts.append);
  const appendNamed = prepare(scripts.appendNamed);
  const find = prepare(scripts.find);
  const readRoom = prepare(scripts.read);
  const newest = prepare(scripts.newest);
  const forget = prepare(scripts.forget);
  const reviseIf = prepare(scripts.revise);
  const alone = createTurns();

  async function read(
    mode: 'list' | 'resume',
    { roomId, after, limit }: { roomId: number; after: string; limit: number | undefined },
  ): Promise<Missed> {
    const identity = await identities.of(roomId);
    if (identity === undefined) return { messages: [], changes: [], gap: false };
    const answer = await readRoom(clock(), roomId, after, limit ?? -1, mode, identity);
    const [held, gap, rows, changes] = answer as [number, 0 | 1, Row[], ChangeRow[]]; // safe: this is what the script returns
    size = held;
    return { messages: rows.map(toMessage), changes: changes.map(toChange), gap: gap === 1 };
  }

  async function findRow(roomId: number, id: string, identity: string): Promise<Row | undefined> {
    return ((await find(clock(), roomId, id, identity)) as Row | null) ?? undefined; // safe: this is what the script returns
  }

  return {
    async append({ roomId, username, text }) {
      const identity = await identities.of(roomId);
      if (identity === undefined) throw new AppError('NOT_A_MEMBER'); // the room has just been deleted
      const now = clock();
      const answer = await append(now, roomId, username, text, identity);
      const [id, held] = answer as [string, number]; // safe: this is what the script returns
      size = held;
      return { id, roomId, username, text, createdAt: new Date(now) };
    },

    async appendNamed(draft) {
      const { roomId, username, text, clientId = '', replyTo = '' } = draft;
      const identity = await identities.of(roomId);
      if (identity === undefined) throw new AppError('NOT_A_MEMBER'); // the room has just been deleted
      const now = clock();
      const quoted = replyTo === '' ? undefined : await findRow(roomId, replyTo, identity);
      const original = quoted && toMessage(quoted);
      if (original?.event) throw new AppError('MESSAGE_NOT_FOUND');
      const quote = original && quoteOf(original);
      const preview = quote ? JSON.stringify(quote) : '';
      const named = [clientId, replyTo, preview, storedMentions(draft) ?? '', draft.event ?? ''];
      const answer = await appendNamed(now, roomId, username, text, identity, ...named);
      const [outcome, held, known] = answer as [string, number, Row?]; // safe: this is what the script returns
      size = held;
      if (outcome === 'missing') throw new AppError('MESSAGE_NOT_FOUND');
      if (known) {
        requireSame(sentMessage(known), draft);
        return { message: toMessage(known), isRepeat: true };
      }
      const message = {
        ...{ id: outcome, roomId, username, text, createdAt: new Date(now) },
        ...(quote && { replyTo: quote }),
        ...(clientId !== '' && { clientId }),
        ...mentionsOf(draft),
        ...systemOf(draft),
      };
      return { message, isRepeat: false };
    },

    async list(roomId, after = '', limit) {
      return (await read('list', { roomId, after, limit })).messages;
    },

    async find(roomId, id) {
      const identity = await identities.of(roomId);
      const row = identity === undefined ? undefined : await findRow(roomId, id, identity);
      return row && toMessage(row);
    },

    since: (roomId, after, limit) => read('resume', { roomId, after, limit }),

    async revise(roomId, id, decide) {
      const identity = await identities.of(roomId);
      if (identity === undefined) throw new AppError('MESSAGE_NOT_FOUND'); // the room has just been deleted
      return alone(`${roomId} ${id}`, async () => {
        // Each time around another server has changed the message.
        for (;;) {
          const row = await findRow(roomId, id, identity);
          if (!row) throw new AppError('MESSAGE_NOT_FOUND');
          const message = toMessage(row);
          const revision = decide(message);
          if (!revision) return { message, isChanged: false };
          const next = revision.kind === 'deleted' ? message : revised(message, revision);
          const change = [row[2], revision.kind, storedState(next)];
          const answer = await reviseIf(clock(), roomId, id, identity, ...change);
          const [outcome, held] = answer as [string, number]; // safe: this is what the script returns
          size = held;
          if (outcome === 'done') return { message: next, isChanged: true };
        }
      });
    },

    async newestId() {
      return String(await newest(clock(), ''));
    },

    async forgetRoom(roomId) {
      identities.forget(roomId);
      size = Number(await forget(clock(), roomId));
    },

    /** As of the last reply. */
    size: () => size,
  };
}
