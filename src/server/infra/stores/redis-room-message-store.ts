import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createScript, type RedisLink } from '../redis/redis.ts';
import { fromLargestRoom, oldestOfAll } from './redis-ring-eviction.ts';
import { ringScripts } from './redis-ring-scripts.ts';
import type { RoomIdentities } from './room-identities.ts';
import {
  mentionsOf,
  parseMentions,
  previousId,
  type Quote,
  quoteOf,
  type RoomMessage,
  type RoomMessageLimits,
  type RoomMessageStore,
  requireSame,
  storedMentions,
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

  async function read(
    mode: 'list' | 'resume',
    { roomId, after, limit }: { roomId: number; after: string; limit: number | undefined },
  ) {
    const identity = await identities.of(roomId);
    if (identity === undefined) return { messages: [], gap: false };
    const answer = await readRoom(clock(), roomId, after, limit ?? -1, mode, identity);
    const [held, gap, rows] = answer as [number, 0 | 1, Row[]]; // safe: this is what the script returns
    size = held;
    return { messages: rows.map((row) => toMessage(row)), gap: gap === 1 };
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
      const quoted =
        replyTo === '' ? null : ((await find(now, roomId, replyTo, identity)) as [string, string[]] | null); // safe: this is what the script returns
      const quote = quoted && quoteOf(toMessage([...quoted, 1]));
      const preview = quote ? JSON.stringify(quote) : '';
      const named = [clientId, replyTo, preview, storedMentions(draft) ?? ''];
      const answer = await appendNamed(now, roomId, username, text, identity, ...named);
      // safe: this is what the script returns
      const [outcome, held, known, shows] = answer as [string, number, [string, string[]]?, (0 | 1)?];
      size = held;
      if (outcome === 'missing') throw new AppError('MESSAGE_NOT_FOUND');
      if (known) {
        const message = toMessage([...known, shows ?? 0]);
        requireSame(message, draft);
        return { message, isRepeat: true };
      }
      const message = {
        ...{ id: outcome, roomId, username, text, createdAt: new Date(now) },
        ...(quote && { replyTo: quote }),
        ...(clientId !== '' && { clientId }),
        ...mentionsOf(draft),
      };
      return { message, isRepeat: false };
    },

    async list(roomId, after = '', limit) {
      return (await read('list', { roomId, after, limit })).messages;
    },

    async find(roomId, id) {
      const [next] = (await read('list', { roomId, after: previousId(id), limit: 1 })).messages;
      return next?.id === id ? next : undefined;
    },

    since: (roomId, after, limit) => read('resume', { roomId, after, limit }),

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

/** An entry as the scripts return it, and whether what it replies to is still held. */
type Row = [id: string, fields: string[], shows: 0 | 1];

function toMessage([id, fields, shows]: Row): RoomMessage {
  const [
    ,
    roomId,
    ,
    username = '',
    ,
    text = '',
    ,
    createdAt,
    ,
    ,
    ,
    clientId = '',
    ,
    quoted = '',
    ,
    preview = '',
    ,
    mentions = '',
  ] = fields;
  const replyTo =
    shows === 1 && preview !== ''
      ? (JSON.parse(preview) as Quote) // safe: as it was stored above
      : ({ id: quoted, deleted: true } as const);
  return {
    ...{ id, roomId: Number(roomId), username, text, createdAt: new Date(Number(createdAt)) },
    ...(quoted !== '' && { replyTo }),
    ...(clientId !== '' && { clientId }),
    ...parseMentions(mentions || null),
  };
}
