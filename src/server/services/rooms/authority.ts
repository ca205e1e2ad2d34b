import { AppError } from '../../core/errors.ts';
import { isDatabaseFile } from '../../infra/db/database-file.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { Deps } from '../shared/deps.ts';
import type { Membership } from './membership.ts';
import { has, type PowerName, type Rank, type Role } from './powers.ts';

/** Who acts on a room: a user, or null for an administrator. */
export interface Actor {
  roomId: number;
  by: string | null;
}

/**
 * Holds the room until the transaction ends. Whoever adds a member shares it with others who do; whoever takes a member away or
 * changes the room has it alone. So nobody joins a room while they are being banned, or while it is being deleted. On SQLite
 * there is one transaction at a time. Resolves to undefined if there is no such room.
 */
export async function holdRoom(
  { config }: Pick<Deps, 'config'>,
  tx: Statements,
  { roomId, shared = false }: { roomId: number; shared?: boolean },
): Promise<{ isPrivate: boolean } | undefined> {
  if (!isDatabaseFile(config.databaseUrl))
    await tx(
      Prisma.sql`SELECT id FROM rooms WHERE id = ${roomId} ${shared ? Prisma.sql`FOR SHARE` : Prisma.sql`FOR UPDATE`}`,
    );
  // A statement of its own, which sees what those before in the queue have done.
  const [room] = await tx<{ isPrivate: unknown }>(
    Prisma.sql`SELECT is_private AS "isPrivate" FROM rooms WHERE id = ${roomId}`,
  );
  return room && { isPrivate: Boolean(room.isPrivate) };
}

/** Undefined for one who is no member. */
export async function roleOf(sql: Statements, { roomId, username }: Membership): Promise<Role | undefined> {
  const [row] = await sql<{ role: Role }>(Prisma.sql`
    SELECT role FROM room_members WHERE room_id = ${roomId} AND username = ${username}`);
  return row?.role;
}

/** Throws 'NOT_A_MEMBER', also for a room that does not exist, or 'ROLE_REQUIRED'. */
export async function requirePower(sql: Statements, { roomId, by }: Actor, power: PowerName): Promise<Rank> {
  if (by === null) return 'administrator';
  const role = await roleOf(sql, { roomId, username: by });
  if (role === undefined) throw new AppError('NOT_A_MEMBER');
  if (!has(role, power)) throw new AppError('ROLE_REQUIRED');
  return role;
}

/** Runs `work` in a transaction that has the room to itself, if the actor may. Throws what `requirePower` throws. */
export async function withPower<Result>(
  deps: Pick<Deps, 'sql' | 'config'>,
  actor: Actor,
  power: PowerName,
  work: (tx: Statements, rank: Rank) => Promise<Result>,
): Promise<Result> {
  await requirePower(deps.sql, actor, power); // a refusal holds nothing
  return deps.sql.transaction(async (tx) => {
    const room = await holdRoom(deps, tx, actor);
    if (!room) throw new AppError(actor.by === null ? 'ROOM_NOT_FOUND' : 'NOT_A_MEMBER');
    return work(tx, await requirePower(tx, actor, power));
  });
}
