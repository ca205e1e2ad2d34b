import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import { createTurns } from '../../core/turns.ts';
import { storedAttachments } from '../files/attachments.ts';
import { createScript, type RedisLink } from '../redis/redis.ts';
import { createRingAppends } from './redis-ring-appends.ts';
import { fromLargestRoom, oldestOfAll } from './redis-ring-eviction.ts';
import { createRingReads, type RingRead } from './redis-ring-reads.ts';
import { type Row, sentMessage, storedState, toMessage } from './redis-ring-rows.ts';
import { ringScripts } from './redis-ring-scripts.ts';
import type { RoomIdentities } from './room-identities.ts';
import {
  attachmentsOf,
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
  /** What the channels begin with in which rooms are signalled that something was stored. By default none is. */
  channels?: string;
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
  {
    limits: { capacity, ttlMs, isFair = false },
    clock,
    identities,
    channels = '',
    maxEmptyRooms = 10_000,
  }: Options,
): RoomMessageStore {
  const ring = `${prefix}ring`;
  const keys = [ring, `${ring}:meta`, `${ring}:empty`];
  let size = 0;
  const onHeld = (held: number) => {
    size = held;
  };

  const prepare = (lua: string) => {
    const script = createScript(commands, lua);
    return async (now: number, ...args: (string | number)[]) =>
      script(keys, [await runId(), `${ring}:room:`, now, ttlMs, capacity, maxEmptyRooms, ...args]);
  };
  const scripts = ringScripts(isFair ? fromLargestRoom : oldestOfAll);
  const runAppend = prepare(scripts.append);
  const append = createRingAppends((...args) => runAppend(clock(), channels, ...args), onHeld);
  const isDeleted = prepare(scripts.isDeleted);
  const find = prepare(scripts.find);
  const runRead = prepare(scripts.read);
  const readRoom = createRingReads((...args) => runRead(clock(), '', ...args), onHeld);
  const newest = prepare(scripts.newest);
  const forget = prepare(scripts.forget);
  const reviseIf = prepare(scripts.revise);
  const alone = createTurns();

  async function read(
    mode: RingRead['mode'],
    { roomId, after, limit = -1 }: { roomId: number; after: string; limit: number | undefined },
  ): Promise<Missed> {
    const owner = await identities.of(roomId);
    if (owner === undefined) return { messages: [], changes: [], gap: false, newestId: await newestId() };
    return readRoom({ roomId, after, limit, mode, owner });
  }

  const newestId = async () => String(await newest(clock(), ''));

  async function findRow(roomId: number, id: string, identity: string): Promise<Row | undefined> {
    return ((await find(clock(), roomId, id, identity)) as Row | null) ?? undefined; // safe: this is what the script returns
  }

  return {
    async append({ roomId, username, text }) {
      const identity = await identities.of(roomId);
      if (identity === undefined) throw new AppError('NOT_A_MEMBER'); // the room has just been deleted
      const createdMs = clock();
      const id = (await append({ roomId, username, text, createdMs, owner: identity })) as string; // safe: without a name it is stored
      return { id, roomId, username, text, createdAt: knownDate(createdMs) };
    },

    async appendNamed(draft) {
      const { roomId, username, text, clientId = '', replyTo = '', event = '' } = draft;
      const identity = await identities.of(roomId);
      if (identity === undefined) throw new AppError('NOT_A_MEMBER'); // the room has just been deleted
      const quoted = replyTo === '' ? undefined : await findRow(roomId, replyTo, identity);
      const original = quoted && toMessage(quoted);
      if (original?.event) throw new AppError('MESSAGE_NOT_FOUND');
      const quote = original && quoteOf(original);
      const preview = quote ? JSON.stringify(quote) : '';
      const mentions = storedMentions(draft) ?? '';
      const files = storedAttachments(draft.attachments) ?? '';
      const createdMs = clock();
      const appended = await append({
        roomId,
        username,
        text,
        createdMs,
        owner: identity,
        named: { clientId, replyTo, preview, mentions, event, files },
      });
      if (appended === 'missing') throw new AppError('MESSAGE_NOT_FOUND');
      if (typeof appended !== 'string') {
        requireSame(sentMessage(appended), draft);
        return { message: toMessage(appended), isRepeat: true };
      }
      const message = {
        id: appended,
        roomId,
        username,
        text,
        createdAt: knownDate(createdMs),
        ...(quote && { replyTo: quote }),
        ...(clientId !== '' && { clientId }),
        ...attachmentsOf(draft),
        ...mentionsOf(draft),
        ...systemOf(draft),
      };
      return { message, isRepeat: false };
    },

    async isDeleted({ roomId, username, clientId }) {
      return (await isDeleted(clock(), roomId, `${clientId} ${username}`)) === 1;
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

    newestId,
    announcesAppends: channels !== '',

    async forgetRoom(roomId) {
      identities.forget(roomId);
      size = Number(await forget(clock(), roomId));
    },

    /** As of the last reply. */
    size: () => size,
  };
}
