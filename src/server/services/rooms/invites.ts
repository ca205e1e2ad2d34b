import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { type Actor, requirePower, roleOf, withPower } from './authority.ts';
import { addMember } from './joining.ts';
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

const columns = {
  id: true,
  createdBy: true,
  createdAt: true,
  expiresAt: true,
  maxUses: true,
  uses: true,
} as const;

type Limited = Pick<Invite, 'expiresAt' | 'maxUses' | 'uses'>;

const isUsable = ({ expiresAt, maxUses, uses }: Limited, now: number): boolean =>
  (expiresAt === null || expiresAt.getTime() > now) && (maxUses === null || uses < maxUses);

interface NewInvite extends Actor {
  maxUses?: number | undefined;
  expiresInSeconds?: number | undefined;
}

/** What can no longer be used makes room for new ones. Throws 'INVITE_LIMIT'. */
export async function createInvite(
  deps: Pick<Deps, 'db' | 'config' | 'clock'>,
  { roomId, by, maxUses, expiresInSeconds }: NewInvite,
): Promise<Invite & { code: string }> {
  const code = newCode();
  const now = deps.clock();
  const expiresAt = expiresInSeconds === undefined ? null : new Date(now + expiresInSeconds * 1000);
  const invite = await withPower(deps, { roomId, by }, 'invite', async (tx) => {
    const others = await tx.roomInvite.findMany({ where: { roomId }, select: columns });
    const over = others.filter((other) => !isUsable(other, now)).map(({ id }) => id);
    if (over.length > 0) await tx.roomInvite.deleteMany({ where: { id: { in: over } } });
    if (others.length - over.length >= maxInvites) throw new AppError('INVITE_LIMIT');
    return tx.roomInvite.create({
      data: {
        roomId,
        codeHash: hashCode(code),
        createdBy: by,
        createdAt: new Date(now),
        expiresAt,
        maxUses: maxUses ?? null,
      },
      select: columns,
    });
  });
  return { ...invite, code };
}

/** Those that can still be used, in order of creation. */
export async function listInvites(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  actor: Actor,
): Promise<Invite[]> {
  await requirePower(db, actor, 'invite');
  const { roomId } = actor;
  const invites = await db.roomInvite.findMany({
    where: { roomId },
    orderBy: { id: 'asc' },
    select: columns,
  });
  const now = clock();
  return invites.filter((invite) => isUsable(invite, now));
}

/** Throws 'INVITE_NOT_FOUND', or, with `roomId` given, 'NOT_A_MEMBER' for one who is not in that room. */
export async function revokeInvite(
  deps: Pick<Deps, 'db' | 'config'>,
  { id, roomId, by }: { id: number; roomId?: number | undefined; by: string | null },
): Promise<void> {
  const found = roomId ?? (await roomIdOf(deps, { id, by }));
  const { count } = await withPower(deps, { roomId: found, by }, 'invite', (tx) =>
    tx.roomInvite.deleteMany({ where: { id, roomId: found } }),
  );
  if (count === 0) throw new AppError('INVITE_NOT_FOUND');
}

/** Throws 'INVITE_NOT_FOUND' for that of a room that the caller is not in, as its ids are not for outsiders. */
async function roomIdOf(
  { db }: Pick<Deps, 'db'>,
  { id, by }: { id: number; by: string | null },
): Promise<number> {
  const invite = await db.roomInvite.findUnique({ where: { id }, select: { roomId: true } });
  const isInside = invite && (by === null || (await roleOf(db, { roomId: invite.roomId, username: by })));
  if (!isInside) throw new AppError('INVITE_NOT_FOUND');
  return invite.roomId;
}

async function findByCode({ db }: Pick<Deps, 'db'>, code: string) {
  const room = { select: { id: true, name: true, isPrivate: true } };
  const invite = await db.roomInvite.findUnique({
    where: { codeHash: hashCode(code) },
    select: { ...columns, room },
  });
  if (!invite) throw new AppError('INVITE_NOT_FOUND');
  return invite;
}

/** What the invited see before they join. Every call counts, as counting members is work that strangers can ask for. */
export async function getInvite(
  deps: Pick<Deps, 'db' | 'clock' | 'limits' | 'metrics'>,
  { code, address }: { code: string; address: string },
): Promise<{ name: string; memberCount: number }> {
  await requireWithinLimit(deps, 'invites', networkOf(address));
  const { room, ...invite } = await findByCode(deps, code);
  if (!isUsable(invite, deps.clock())) throw new AppError('INVITE_NOT_FOUND');
  return { name: room.name, memberCount: await deps.db.roomMember.count({ where: { roomId: room.id } }) };
}

/**
 * Joins without a password. Counts a use only where it adds a membership; a member may ask again, also when the code is used up.
 * Throws 'INVITE_NOT_FOUND' and what `addMember` throws.
 */
export async function joinByInvite(
  deps: Pick<Deps, 'db' | 'sql' | 'clock'> & TellDeps,
  { code, username }: { code: string; username: string },
): Promise<{ id: number; name: string; isPrivate: boolean }> {
  const { room, id, ...invite } = await findByCode(deps, code);
  const isMember = (await roleOf(deps.db, { roomId: room.id, username })) !== undefined;
  if (isMember) return room;
  if (!isUsable(invite, deps.clock())) throw new AppError('INVITE_NOT_FOUND');
  const isGone = (error: unknown) => error instanceof AppError && error.reason === 'ROOM_NOT_FOUND';
  await addMember(deps, {
    roomId: room.id,
    username,
    isAdmitted: true,
    async onAdded(tx) {
      // The condition is evaluated again with the row locked, so that concurrent uses never exceed the number.
      const used = await tx.$executeRaw`
        UPDATE room_invites SET uses = uses + 1 WHERE id = ${id}
          AND (max_uses IS NULL OR uses < max_uses)
          AND (expires_at IS NULL OR expires_at > ${new Date(deps.clock())})`;
      if (used === 0) throw new AppError('INVITE_NOT_FOUND');
    },
  }).catch((error: unknown) => {
    throw isGone(error) ? new AppError('INVITE_NOT_FOUND') : error;
  });
  return room;
}
