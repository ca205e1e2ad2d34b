import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { LeaveReason } from '../../infra/live/room-feed.ts';
import type { Deps } from './deps.ts';

/** Revocations, published to every process, which ends affected subscriptions at once. */
const accessTopic = 'access';

const revocation = z.discriminatedUnion('ended', [
  z.object({ ended: z.literal('sessions'), ids: z.array(z.number()) }),
  z.object({
    ended: z.literal('membership'),
    roomId: z.number(),
    username: z.string(),
    reason: z.enum(['left', 'removed', 'banned', 'deleted']).default('left'), // absent from servers before 0.2.0
  }),
  z.object({ ended: z.literal('room'), roomId: z.number() }),
  z.object({ ended: z.literal('role'), roomId: z.number(), username: z.string() }),
  z.object({ ended: z.literal('pause'), roomId: z.number() }),
  z.object({ ended: z.literal('host'), key: z.string() }),
]);

type Revocation = z.output<typeof revocation>;

type Bus = Pick<Deps, 'bus'>;

export const announceEndedSessions = (deps: Bus, ids: number[]) => announce(deps, { ended: 'sessions', ids });

export const announceEndedMembership = (
  deps: Bus,
  membership: { roomId: number; username: string; reason: LeaveReason },
) => announce(deps, { ended: 'membership', ...membership });

export const announceDeletedRoom = (deps: Bus, roomId: number) => announce(deps, { ended: 'room', roomId });

/** The member has another role, and so another pause between messages. */
export const announceChangedRole = (deps: Bus, membership: { roomId: number; username: string }) =>
  announce(deps, { ended: 'role', ...membership });

/** The room has another slow mode, or other owners. */
export const announceChangedPause = (deps: Bus, roomId: number) => announce(deps, { ended: 'pause', roomId });

/** Invalidates host confirmations that are in progress. */
export const announceEndByHost = (deps: Bus, key: string) => announce(deps, { ended: 'host', key });

async function announce({ bus }: Bus, end: Revocation): Promise<void> {
  await bus.publish(accessTopic, end);
}

/** Applies revocations to the access cache and to open subscriptions. Resolves to the function that stops it. */
export function watchAccess({
  bus,
  hub,
  accessCache,
  roomMessages,
  roomFeed,
  host,
  log,
}: Pick<Deps, 'bus' | 'hub' | 'accessCache' | 'roomMessages' | 'roomFeed' | 'host' | 'log'>): Promise<
  () => void
> {
  return bus.subscribe(accessTopic, (event) => {
    if (!event) return; // events may have been missed: `recheckAccess` handles that
    const end = revocation.parse(event);
    switch (end.ended) {
      case 'sessions': {
        const ids = new Set(end.ids);
        accessCache.forgetSessions(ids);
        return void hub.end({ sessionIds: ids }, new AppError('UNAUTHORIZED'));
      }
      case 'membership':
        accessCache.forgetMember(end.roomId, end.username);
        roomFeed.left(end.roomId, end.username, end.reason);
        return void hub.end({ roomId: end.roomId, username: end.username }, new AppError('NOT_A_MEMBER'));
      case 'role':
        accessCache.forgetMember(end.roomId, end.username);
        return roomFeed.changed(end.roomId, end.username);
      case 'pause':
        return accessCache.forgetRoom(end.roomId);
      case 'host':
        return host?.ended(end.key);
      case 'room':
        accessCache.forgetRoom(end.roomId);
        void roomFeed.deleted(end.roomId);
        // Another process may have deleted the room; only this one can clear its own store.
        roomMessages
          .forgetRoom(end.roomId)
          .catch((err: unknown) => log.error({ err }, 'deleting the messages of a room failed'));
        return void hub.end({ roomId: end.roomId }, new AppError('ROOM_NOT_FOUND'));
    }
  });
}
