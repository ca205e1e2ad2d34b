import { z } from 'zod';
import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';

/** Ends of access, told to every process, so that whoever is listening there is cut off at once. */
const accessTopic = 'access';

const endOfAccess = z.discriminatedUnion('ended', [
  z.object({ ended: z.literal('sessions'), ids: z.array(z.number()) }),
  z.object({ ended: z.literal('membership'), roomId: z.number(), username: z.string() }),
  z.object({ ended: z.literal('room'), roomId: z.number() }),
  z.object({ ended: z.literal('host'), key: z.string() }),
]);

type EndOfAccess = z.output<typeof endOfAccess>;

type Bus = Pick<Deps, 'bus'>;

export const announceEndedSessions = (deps: Bus, ids: number[]) => announce(deps, { ended: 'sessions', ids });

export const announceEndedMembership = (deps: Bus, membership: { roomId: number; username: string }) =>
  announce(deps, { ended: 'membership', ...membership });

export const announceDeletedRoom = (deps: Bus, roomId: number) => announce(deps, { ended: 'room', roomId });

/** For those who are just being let in on the host's word: it was given before. */
export const announceEndByHost = (deps: Bus, key: string) => announce(deps, { ended: 'host', key });

async function announce({ bus }: Bus, end: EndOfAccess): Promise<void> {
  await bus.publish(accessTopic, end);
}

/**
 * Forgets who has lost a right, and cuts off the subscriptions they had by it, until the function it gives is called.
 */
export function watchAccess({
  bus,
  hub,
  accessCache,
  roomMessages,
  host,
  log,
}: Pick<Deps, 'bus' | 'hub' | 'accessCache' | 'roomMessages' | 'host' | 'log'>): Promise<() => void> {
  return bus.subscribe(accessTopic, (notice) => {
    if (!notice) return; // what may have been missed is looked up: see `recheckAccess`
    const end = endOfAccess.parse(notice);
    switch (end.ended) {
      case 'sessions': {
        const ids = new Set(end.ids);
        accessCache.forgetSessions(ids);
        return hub.endWhere(({ sessionId }) => ids.has(sessionId), new AppError('UNAUTHORIZED'));
      }
      case 'membership':
        accessCache.forgetMember(end.roomId, end.username);
        return hub.endWhere(
          ({ roomId, username }) => roomId === end.roomId && username === end.username,
          new AppError('NOT_A_MEMBER'),
        );
      case 'host':
        return host?.ended(end.key);
      case 'room':
        accessCache.forgetRoom(end.roomId);
        // Who deleted it may be another process, which cannot reach what is held in this one.
        roomMessages
          .forgetRoom(end.roomId)
          .catch((err: unknown) => log.error({ err }, 'forgetting a room failed'));
        return hub.endWhere(({ roomId }) => roomId === end.roomId, new AppError('ROOM_NOT_FOUND'));
    }
  });
}
