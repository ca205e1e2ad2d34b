import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { type Actor, requirePower, roleOf, withPower } from './authority.ts';
import { addMember } from './joining.ts';
import { countMembers } from './room-lists.ts';
import type { TellDeps } from './system-messages.ts';

export const maxUses = z.number().int().min(1).max(1_000_000);
/** How long an invitation can be used: at most a year. */
export const inviteSeconds = z
  .number()
  .int()
  .min(1)
  .max(365 * 24 * 3600);

/** Few enough for one answer. */
const maxInvites = 100;

/** 128 random bits, so storing an unsalted fast hash is safe. */
const newCode = () => randomBytes(16).toString('base64url');
const hashCode = (code: string) => hash('sha256', code, 'hex');

/** An invitation as those who may invite see it. Its code is shown once, when it is created. */
export interface Invite {
  id: number;
  /** Null for an administrator. */
  createdBy: string | null;
  createdAt: Date;
  /** Null for one that does not expire. */
  expiresAt: Date | null;
  /** Null for any number. */
  maxUses: number | null;
  /** How many have joined by it. */
  uses: number;
}

/** As drivers return it. */
interface InviteRow extends Omit<Invite, 'createdAt' | 'expiresAt'> {
  createdAt: Date | string;
  expiresAt: Date | string | null;
}

const columns = Prisma.sql`
  room_invites.id, room_invites.created_by AS "createdBy", room_invites.created_at AS "createdAt",
  expires_at AS "expiresAt", max_uses AS "maxUses", uses`;

const toInvite = ({ id, createdBy, createdAt, expiresAt, maxUses, uses }: InviteRow): Invite => ({
  id,
  createdBy,
  createdAt: new Date(createdAt),
  expiresAt: expiresAt === null ? null : new Date(expiresAt),
  maxUses,
  uses,
});

/** All of a room, in order of creation. */
const invitesOf = (roomId: number) =>
  Prisma.sql`SELECT ${columns} FROM room_invites WHERE room_id = ${roomId} ORDER BY id`;

type Limited = Pick<Invite, 'expiresAt' | 'maxUses' | 'uses'>;

const isUsable = ({ expiresAt, maxUses, uses }: Limited, now: number): boolean =>
  (expiresAt === null || expiresAt.getTime() > now) && (maxUses === null || uses < maxUses);

interface NewInvite extends Actor {
  maxUses?: number | null | undefined;
  expiresInSeconds?: number | undefined;
}

/** What can no longer be used makes room for new ones. Throws 'INVITE_LIMIT'. */
export async function createInvite(
  deps: Pick<Deps, 'sql' | 'config' | 'clock'>,
  { roomId, by, maxUses = null, expiresInSeconds }: NewInvite,
): Promise<Invite & { code: string }> {
  const code = newCode();
  const now = deps.clock();
  const expiresAt = expiresInSeconds === undefined ? null : new Date(now + expiresInSeconds * 1000);
  const invite = await withPower(deps, { roomId, by }, 'invite', async (tx) => {
    const others = (await tx<InviteRow>(invitesOf(roomId))).map(toInvite);
    const over = others.filter((other) => !isUsable(other, now));
    for (const { id } of over) await tx.run(Prisma.sql`DELETE FROM room_invites WHERE id = ${id}`);
    if (others.length - over.length >= maxInvites) throw new AppError('INVITE_LIMIT');
    const [created] = await tx<InviteRow>(Prisma.sql`
      INSERT INTO room_invites (room_id, code_hash, created_by, created_at, expires_at, max_uses)
      VALUES (${roomId}, ${hashCode(code)}, ${by}, ${new Date(now)}, ${expiresAt}, ${maxUses})
      RETURNING ${columns}`);
    return created as InviteRow; // safe: one row was inserted
  });
  return { ...toInvite(invite), code };
}

/** Those that can still be used, in order of creation. */
export async function listInvites(
  { sql, clock }: Pick<Deps, 'sql' | 'clock'>,
  actor: Actor,
): Promise<Invite[]> {
  await requirePower(sql, actor, 'invite');
  const invites = (await sql<InviteRow>(invitesOf(actor.roomId))).map(toInvite);
  const now = clock();
  return invites.filter((invite) => isUsable(invite, now));
}

/** Throws 'INVITE_NOT_FOUND', or, with `roomId` given, 'NOT_A_MEMBER' for one who is not in that room. */
export async function revokeInvite(
  deps: Pick<Deps, 'sql' | 'config'>,
  { id, roomId, by }: { id: number; roomId?: number | undefined; by: string | null },
): Promise<void> {
  const found = roomId ?? (await roomIdOf(deps, { id, by }));
  const revoked = await withPower(deps, { roomId: found, by }, 'invite', (tx) =>
    tx.run(Prisma.sql`DELETE FROM room_invites WHERE id = ${id} AND room_id = ${found}`),
  );
  if (revoked === 0) throw new AppError('INVITE_NOT_FOUND');
}

/** Throws 'INVITE_NOT_FOUND' for that of a room that the caller is not in, as its ids are not for outsiders. */
async function roomIdOf(
  { sql }: Pick<Deps, 'sql'>,
  { id, by }: { id: number; by: string | null },
): Promise<number> {
  const [invite] = await sql<{ roomId: number }>(
    Prisma.sql`SELECT room_id AS "roomId" FROM room_invites WHERE id = ${id}`,
  );
  const isInside = invite && (by === null || (await roleOf(sql, { roomId: invite.roomId, username: by })));
  if (!isInside) throw new AppError('INVITE_NOT_FOUND');
  return invite.roomId;
}

async function findByCode({ sql }: Pick<Deps, 'sql'>, code: string) {
  const [found] = await sql<InviteRow & { roomId: number; name: string; isPrivate: unknown }>(Prisma.sql`
    SELECT ${columns}, r.id AS "roomId", r.name, r.is_private AS "isPrivate"
    FROM room_invites JOIN rooms r ON r.id = room_id WHERE code_hash = ${hashCode(code)}`);
  if (!found) throw new AppError('INVITE_NOT_FOUND');
  const room = { id: found.roomId, name: found.name, isPrivate: Boolean(found.isPrivate) };
  return { ...toInvite(found), room };
}

/** What the invited see before they join. Every call counts, as counting members is work that strangers can ask for. */
export async function getInvite(
  deps: Pick<Deps, 'sql' | 'clock' | 'limits' | 'metrics'>,
  { code, address }: { code: string; address: string },
): Promise<{ name: string; memberCount: number }> {
  await requireWithinLimit(deps, 'invites', networkOf(address));
  const { room, ...invite } = await findByCode(deps, code);
  if (!isUsable(invite, deps.clock())) throw new AppError('INVITE_NOT_FOUND');
  return { name: room.name, memberCount: await countMembers(deps, room.id) };
}

/**
 * Joins without a password. Counts a use only where it adds a membership; a member may ask again, also when the code is used up.
 * Throws 'INVITE_NOT_FOUND' and what `addMember` throws.
 */
export async function joinByInvite(
  deps: Pick<Deps, 'sql' | 'clock'> & TellDeps,
  { code, username }: { code: string; username: string },
): Promise<{ id: number; name: string; isPrivate: boolean }> {
  const { room, id, ...invite } = await findByCode(deps, code);
  const isMember = (await roleOf(deps.sql, { roomId: room.id, username })) !== undefined;
  if (isMember) return room;
  if (!isUsable(invite, deps.clock())) throw new AppError('INVITE_NOT_FOUND');
  const isGone = (error: unknown) => error instanceof AppError && error.reason === 'ROOM_NOT_FOUND';
  await addMember(deps, {
    roomId: room.id,
    username,
    isAdmitted: true,
    async onAdded(tx) {
      // The condition is evaluated again with the row locked, so that concurrent uses never exceed the number.
      const used = await tx.run(Prisma.sql`
        UPDATE room_invites SET uses = uses + 1 WHERE id = ${id}
          AND (max_uses IS NULL OR uses < max_uses)
          AND (expires_at IS NULL OR expires_at > ${new Date(deps.clock())})`);
      if (used === 0) throw new AppError('INVITE_NOT_FOUND');
    },
  }).catch((error: unknown) => {
    throw isGone(error) ? new AppError('INVITE_NOT_FOUND') : error;
  });
  return room;
}
