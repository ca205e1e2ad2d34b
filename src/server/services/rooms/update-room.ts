import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import { mapSlices } from '../../core/slices.ts';
import { assignmentsOf } from '../../infra/db/assignments.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import { type History, historyOf } from '../../infra/stores/room-messages.ts';
import { announceRoomPrivacy } from '../privacy/announce.ts';
import { announceChangedPause } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { isRoomNameConfusable } from '../shared/names.ts';
import { hashPassword, lineOfUser } from '../shared/passwords.ts';
import { announcePublicRooms, announceUpdatedRoom } from './announce.ts';
import { type Actor, requirePower, withPower } from './authority.ts';
import { countPublicRooms, publicRoomLimit } from './quotas.ts';
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

const detailColumns = Prisma.sql`
  id, name, is_private AS "isPrivate", created_by AS "createdBy", topic, description,
  slow_mode_seconds AS "slowModeSeconds", history, lifespan_seconds AS "lifespanSeconds"`;

type DetailRow = Omit<RoomDetails, 'isPrivate' | 'history'> & { isPrivate: unknown; history: string };

const toDetails = (row: DetailRow): RoomDetails => ({
  ...row,
  isPrivate: Boolean(row.isPrivate),
  history: historyOf(row.history),
});

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
  await requirePower(deps.sql, { roomId: changes.roomId, by }, 'rename'); // before a password is hashed
  await requireWithinLimit(deps, 'passwordWork', by);
  const passwordHash = await hashPassword(password, lineOfUser(by));
  return changeRoom(deps, { ...changes, by, passwordHash });
}

/** Throws 'NOT_A_MEMBER', 'ROLE_REQUIRED', 'ROOM_NAME_TAKEN', 'ROOM_NOT_KEPT' for a lifespan, or 'PUBLIC_ROOM_LIMIT'. */
export async function changeRoom(
  deps: Pick<Deps, 'sql'> & TellDeps,
  { roomId, by, ...changes }: Actor & Changes & { passwordHash?: string | null },
): Promise<RoomDetails> {
  const { name, topic, description, slowModeSeconds, lifespanSeconds, passwordHash } = changes;
  const isOfOwners = [name, description, lifespanSeconds, passwordHash].some((given) => given !== undefined);
  const { before, after } = await withPower(
    deps,
    { roomId, by },
    isOfOwners ? 'rename' : 'steer',
    async (tx) => {
      const [row] = await tx<DetailRow>(Prisma.sql`SELECT ${detailColumns} FROM rooms WHERE id = ${roomId}`);
      const before = toDetails(row as DetailRow); // safe: the room is held
      if (lifespanSeconds !== undefined && before.history !== 'kept') throw new AppError('ROOM_NOT_KEPT');
      const assignments = assignmentsOf({
        name,
        name_skeleton: name === undefined ? undefined : skeletonOf(name),
        topic,
        description,
        slow_mode_seconds: slowModeSeconds,
        lifespan_seconds: lifespanSeconds,
        ...(passwordHash !== undefined && { password_hash: passwordHash, is_private: passwordHash !== null }),
      });
      const after = assignments ? await writeRoom(tx, roomId, assignments) : before;
      if (after.name !== before.name && (await isRoomNameConfusable(tx, after.name)))
        throw new AppError('ROOM_NAME_TAKEN');
      const { maxPublicRooms } = deps.config;
      const isOpened = before.isPrivate && !after.isPrivate;
      if (isOpened && (await countPublicRooms(tx)) > maxPublicRooms) throw publicRoomLimit(deps.config);
      return { before, after };
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

async function writeRoom(tx: Statements, roomId: number, assignments: Prisma.Sql): Promise<RoomDetails> {
  const [row] = await tx<DetailRow>(
    Prisma.sql`UPDATE rooms SET ${assignments} WHERE id = ${roomId} RETURNING ${detailColumns}`,
  );
  return toDetails(row as DetailRow); // safe: the room is held
}
