import { randomUUID } from 'node:crypto';
import type { Logger } from '../../core/logger.ts';
import { createScript, type RedisLink, reply } from '../redis/redis.ts';
import type { PresenceBoard, Present } from './presence-board.ts';
import { withoutEmptyParts } from './presence-events.ts';
import { beatScript, leaveScript, onlineScript, postScript } from './redis-presence-scripts.ts';

const beatMs = 1000;
/** A server without a heartbeat for this long counts as gone. */
const goneAfterS = 4;

/**
 * Each server records its own users, and sends a heartbeat every second. When a server's heartbeats stop, the first
 * other server to notice removes its records and publishes the changes.
 */
export function createRedisPresenceBoard(
  { commands, prefix }: Pick<RedisLink, 'commands' | 'prefix'>,
  log: Logger,
): PresenceBoard {
  const self = randomUUID();
  const rooms = `${prefix}presence:`;
  const servers = `${prefix}servers`;
  const records = `${prefix}server:`;
  const post = createScript(commands, postScript);
  const beat = createScript(commands, beatScript);
  const leave = createScript(commands, leaveScript);
  const online = createScript(commands, onlineScript);
  let onGone: Parameters<PresenceBoard['onGone']>[0] = () => {};
  let onLost = () => {};
  /** The last question who is online. */
  let asking: Promise<unknown> = Promise.resolve();
  /** A post has failed, so this server's records may be wrong. */
  let isInDoubt = false;

  async function sendHeartbeat(): Promise<void> {
    if (isInDoubt) {
      isInDoubt = false;
      try {
        reportGone((await leave([], [rooms, records, servers, self])) as string[]); // safe: as the script answers
      } catch (error) {
        isInDoubt = true;
        throw error;
      }
    }
    // safe: as the script answers
    const [isKnown, gone] = (await beat([], [rooms, records, servers, self, goneAfterS])) as [
      0 | 1,
      string[],
    ];
    reportGone(gone);
    if (isKnown === 0) onLost();
  }

  function reportGone(gone: string[]): void {
    const changes = new Map<number, { offline: string[]; idle: string[] }>();
    for (let index = 0; index < gone.length; index += 3) {
      const [room = '', kind, username = ''] = gone.slice(index, index + 3);
      const change = changes.get(Number(room)) ?? { offline: [], idle: [] };
      changes.set(Number(room), change);
      change[kind === 'o' ? 'offline' : 'idle'].push(username);
    }
    for (const [roomId, change] of changes)
      onGone(roomId, withoutEmptyParts({ online: [], typing: [], ...change }));
  }

  let beating: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    beating = sendHeartbeat().catch((err: unknown) => log.debug({ err }, 'publishing presence failed'));
  }, beatMs).unref();
  beating = sendHeartbeat().catch(() => {}); // tried again in a second

  return {
    async post(roomId, { online = [], typing = [], offline = [], idle = [] }) {
      try {
        const change = JSON.stringify({ online, typing, offline, idle });
        // safe: as the script answers
        const [nowOffline, nowIdle] = (await post([], [rooms, records, self, roomId, change])) as [
          string[],
          string[],
        ];
        return withoutEmptyParts({ online, typing, offline: nowOffline, idle: nowIdle });
      } catch (error) {
        isInDoubt = true;
        throw error;
      }
    },

    async read(roomId) {
      const members = await reply(commands.zrange(rooms + String(roomId), '0', '-1'));
      const present = { o: new Set<string>(), t: new Set<string>() };
      for (const member of members) {
        const [kind, username = ''] = member.split('\0');
        present[kind === 't' ? 't' : 'o'].add(username);
      }
      return { online: [...present.o], typing: [...present.t] } satisfies Present;
    },

    readOnline(roomId, usernames) {
      // One after the other: when everybody asks at once, as after a lost connection, Redis answers others in between.
      const answer = asking.then(() =>
        reply(online([], [rooms, records, roomId, JSON.stringify(usernames)])),
      ) as Promise<string[]>; // safe: as the script answers
      asking = answer.catch(() => {});
      return answer;
    },

    onGone(listener) {
      onGone = listener;
    },

    onLost(listener) {
      onLost = listener;
    },

    async close() {
      clearInterval(timer);
      await beating;
      try {
        reportGone((await leave([], [rooms, records, servers, self])) as string[]); // safe: as the script answers
      } catch {
        // The other servers will notice that the heartbeats have stopped.
      }
    },
  };
}
