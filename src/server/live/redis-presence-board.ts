import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger.ts';
import { createScript, type RedisLink, reply } from '../redis.ts';
import type { PresenceChange } from './presence.ts';
import type { PresenceBoard, Present } from './presence-board.ts';
import { beatScript, leaveScript, postScript } from './redis-presence-scripts.ts';

const beatMs = 1000;
/** A server that has said nothing for so long is taken to be gone. */
const goneAfterS = 4;

/**
 * Each server notes its own, and says every second that it is there. When one has fallen silent, the first to notice
 * takes its notes down and tells the others.
 */
export function createRedisPresenceBoard(
  { commands, prefix }: Pick<RedisLink, 'commands' | 'prefix'>,
  log: Logger,
): PresenceBoard {
  const self = randomUUID();
  const rooms = `${prefix}presence:`;
  const servers = `${prefix}servers`;
  const notes = `${prefix}server:`;
  const post = createScript(commands, postScript);
  const beat = createScript(commands, beatScript);
  const leave = createScript(commands, leaveScript);
  let onGone: Parameters<PresenceBoard['onGone']>[0] = () => {};
  let onLost = () => {};
  /** A note could not be made, so that those there are may be wrong. */
  let isAstray = false;

  async function sayHere(): Promise<void> {
    if (isAstray) {
      isAstray = false;
      try {
        tellGone((await leave([], [rooms, notes, servers, self])) as string[]); // safe: as the script answers
      } catch (error) {
        isAstray = true;
        throw error;
      }
    }
    // safe: as the script answers
    const [isKnown, gone] = (await beat([], [rooms, notes, servers, self, goneAfterS])) as [0 | 1, string[]];
    tellGone(gone);
    if (isKnown === 0) onLost();
  }

  function tellGone(gone: string[]): void {
    const changes = new Map<number, { offline: string[]; idle: string[] }>();
    for (let index = 0; index < gone.length; index += 3) {
      const [room = '', kind, username = ''] = gone.slice(index, index + 3);
      const change = changes.get(Number(room)) ?? { offline: [], idle: [] };
      changes.set(Number(room), change);
      change[kind === 'o' ? 'offline' : 'idle'].push(username);
    }
    for (const [roomId, change] of changes) onGone(roomId, changeOf(change));
  }

  let beating: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    beating = sayHere().catch((err: unknown) => log.debug({ err }, 'presence could not be told'));
  }, beatMs).unref();
  beating = sayHere().catch(() => {}); // it is tried again in a second

  return {
    async post(roomId, { online = [], typing = [], offline = [], idle = [] }) {
      try {
        const change = JSON.stringify({ online, typing, offline, idle });
        // safe: as the script answers
        const [nowOffline, nowIdle] = (await post([], [rooms, notes, self, roomId, change])) as [
          string[],
          string[],
        ];
        return changeOf({ online, typing, offline: nowOffline, idle: nowIdle });
      } catch (error) {
        isAstray = true;
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
        tellGone((await leave([], [rooms, notes, servers, self])) as string[]); // safe: as the script answers
      } catch {
        // The others will notice.
      }
    },
  };
}

/** Without the parts in which nothing has changed. */
function changeOf(parts: Omit<PresenceChange, 'type'>): PresenceChange {
  const changed = Object.entries(parts).filter(([, names]) => names.length > 0);
  return { type: 'change', ...Object.fromEntries(changed) };
}
