import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { mapSlices } from '../../core/slices.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import { type History, historyOf } from '../../infra/stores/room-messages.ts';
import { announceRoomPrivacy } from '../privacy/announce.ts';
import { announceChangedPause } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { isRoomNameConfusable } from '../shared/names.ts';
import { hashPassword, lineOfUser } from '../shared/passwords.ts';
import { announcePublicRooms, announceUpdatedRoom } from './announce.ts';
import { type Actor, requirePower, withPower } from './authority.ts';
import { publicRoomLimit } from './quotas.ts';
import { memberSlices } from './room-lists.ts';
import { type TellDeps, tellRoom } from './system-messages.ts';

/** A room with what its members see of it. */
export interface RoomDetails {
  id: number;
  name: string;
  isPrivate: boolean;
  createdBy: string | null;
  topic: string;
  description: string;
  slowModeSeconds: number;
  history: History;
  /** How long its messages are kept; null for as long as the server keeps any. */
  lifespanSeconds: number | null;
}

const details = {
  id: true,
  name: true,
  isPrivate: true,
  createdBy: true,
  topic: true,
  description: true,
  slowModeSeconds: true,
  history: true,
  lifespanSeconds: true,
} as const;

interface Changes {
  name?: string | undefined;
  topic?: string | undefined;
  description?: string | undefined;
  slowModeSeconds?: number | undefined;
  lifespanSeconds?: number | null | undefined;
}

/** Changes what is given. A password makes the room private, null makes it public. */
export async function updateRoom(
  deps: Deps,
  {
    by,
    password,
    ...changes
  }: Changes & { roomId: number; by: string; password?: string | null | undefined },
): Promise<RoomDetails> {
  if (password === undefined) return changeRoom(deps, { ...changes, by });
  if (password === null) return changeRoom(deps, { ...changes, by, passwordHash: null });
  await requirePower(deps.db, { roomId: changes.roomId, by }, 'rename'); // before a password is hashed
  await requireWithinLimit(deps, 'passwordWork', by);
  const passwordHash = await hashPassword(password, lineOfUser(by));
  return changeRoom(deps, { ...changes, by, passwordHash });
}

/** Throws 'NOT_A_MEMBER', 'ROLE_REQUIRED', 'ROOM_NAME_TAKEN', 'ROOM_NOT_KEPT' for a lifespan, or 'PUBLIC_ROOM_LIMIT'. */
export async function changeRoom(
  deps: Pick<Deps, 'db' | 'sql'> & TellDeps,
  { roomId, by, ...changes }: Actor & Changes & { passwordHash?: string | null },
): Promise<RoomDetails> {
  const { name, topic, description, slowModeSeconds, lifespanSeconds, passwordHash } = changes;
  const isOfOwners = [name, description, lifespanSeconds, passwordHash].some((given) => given !== undefined);
  const { before, after } = await withPower(
    deps,
    { roomId, by },
    isOfOwners ? 'rename' : 'steer',
    async (tx) => {
      const before = await tx.room.findUniqueOrThrow({ where: { id: roomId }, select: details });
      if (lifespanSeconds !== undefined && before.history !== 'kept') throw new AppError('ROOM_NOT_KEPT');
      const after = await tx.room.update({
        where: { id: roomId },
        data: {
          ...(name !== undefined && { name, nameSkeleton: skeletonOf(name) }),
          ...(topic !== undefined && { topic }),
          ...(description !== undefined && { description }),
          ...(slowModeSeconds !== undefined && { slowModeSeconds }),
          ...(lifespanSeconds !== undefined && { lifespanSeconds }),
          ...(passwordHash !== undefined && { passwordHash, isPrivate: passwordHash !== null }),
        },
        select: details,
      });
      if (after.name !== before.name && (await isRoomNameConfusable(tx, after.name)))
        throw new AppError('ROOM_NAME_TAKEN');
      const { maxPublicRooms } = deps.config;
      const isOpened = before.isPrivate && !after.isPrivate;
      if (isOpened && (await tx.room.count({ where: { isPrivate: false } })) > maxPublicRooms)
        throw publicRoomLimit(deps.config);
      return { before, after: { ...after, history: historyOf(after.history) } };
    },
  ).catch((error: unknown) => {
    throw isTaken(error, 'name') ? new AppError('ROOM_NAME_TAKEN') : error;
  });
  // Who only asks how a room is, as for a form, tells nobody.
  if (passwordHash === undefined && Object.values(changes).every((given) => given === undefined))
    return after;
  if (after.slowModeSeconds !== before.slowModeSeconds) await announceChangedPause(deps, roomId);
  await announceUpdatedRoom(deps, roomId);
  if (after.name !== before.name || after.isPrivate !== before.isPrivate) await announcePublicRooms(deps);
  const told = { roomId, username: by ?? '' };
  if (after.name !== before.name) await tellRoom(deps, { ...told, event: 'renamed', text: after.name });
  if (after.topic !== before.topic) await tellRoom(deps, { ...told, event: 'topic', text: after.topic });
  // Its members share a private room from now on, or no longer.
  if (after.isPrivate !== before.isPrivate) {
    const members = mapSlices(memberSlices(deps, roomId), ({ username }) => username);
    await announceRoomPrivacy(deps, members);
  }
  return after;
}
