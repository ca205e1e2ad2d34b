import { AppError } from '../../core/errors.ts';
import { isDatabaseFile } from '../../infra/db/database-file.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import type { Membership } from './membership.ts';
import { has, type PowerName, type Rank, type Role } from './powers.ts';

export type Transaction = Prisma.TransactionClient;

/** Who acts on a room: a user, or null for an administrator. */
export interface Actor {
  roomId: number;
  by: string | null;
}

/**
 * Holds the room until the transaction ends. Whoever adds a member shares it with others who do; whoever takes a member away or
 * changes the room has it alone. So nobody joins a room while they are being banned, or while it is being deleted. On SQLite
 * the transaction becomes the one that writes. Resolves to undefined if there is no such room.
 */
export async function holdRoom(
  { config }: Pick<Deps, 'config'>,
  tx: Transaction,
  { roomId, shared = false }: { roomId: number; shared?: boolean },
): Promise<{ id: number; name: string; isPrivate: boolean } | undefined> {
  if (isDatabaseFile(config.databaseUrl))
    await tx.$executeRaw`UPDATE rooms SET topic = topic WHERE id = ${roomId}`;
  else
    await tx.$queryRaw`SELECT id FROM rooms WHERE id = ${roomId} ${shared ? Prisma.sql`FOR SHARE` : Prisma.sql`FOR UPDATE`}`;
  // A statement of its own, which sees what those before in the queue have done.
  const select = { id: true, name: true, isPrivate: true };
  return (await tx.room.findUnique({ where: { id: roomId }, select })) ?? undefined;
}

/** Undefined for one who is no member. */
export async function roleOf(
  db: Pick<Transaction, '$queryRaw'>,
  { roomId, username }: Membership,
): Promise<Role | undefined> {
  const [row] = await db.$queryRaw<{ role: Role }[]>`
    SELECT role FROM room_members WHERE room_id = ${roomId} AND username = ${username}`;
  return row?.role;
}

/** Throws 'NOT_A_MEMBER', also for a room that does not exist, or 'ROLE_REQUIRED'. */
export async function requirePower(
  db: Pick<Transaction, '$queryRaw'>,
  { roomId, by }: Actor,
  power: PowerName,
): Promise<Rank> {
  if (by === null) return 'administrator';
  const role = await roleOf(db, { roomId, username: by });
  if (role === undefined) throw new AppError('NOT_A_MEMBER');
  if (!has(role, power)) throw new AppError('ROLE_REQUIRED');
  return role;
}

/** Runs `work` in a transaction that has the room to itself, if the actor may. Throws what `requirePower` throws. */
export async function withPower<Result>(
  deps: Pick<Deps, 'db' | 'config'>,
  actor: Actor,
  power: PowerName,
  work: (tx: Transaction, rank: Rank) => Promise<Result>,
): Promise<Result> {
  await requirePower(deps.db, actor, power); // a refusal holds nothing
  return deps.db.$transaction(async (tx) => {
    const room = await holdRoom(deps, tx, actor);
    if (!room) throw new AppError(actor.by === null ? 'ROOM_NOT_FOUND' : 'NOT_A_MEMBER');
    return work(tx, await requirePower(tx, actor, power));
  });
}
