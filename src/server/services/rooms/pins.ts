import { AnswerRows } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import { yieldIfBusy } from '../../core/slices.ts';
import { messageIdOf, partsOf, type RoomMessage } from '../../infra/stores/room-message-store.ts';
import type { Deps } from '../shared/deps.ts';
import { type Actor, requirePower, withPower } from './authority.ts';
import type { Membership } from './membership.ts';
import { announceChangedPins, shownTo } from './room-messages.ts';

/** The most pinned messages of a room. */
const maxPins = 50;

type PinDeps = Pick<Deps, 'db' | 'bus' | 'log' | 'config' | 'clock' | 'roomMessages'>;

interface Pinning extends Actor {
  by: string;
  /** Of the message. */
  id: string;
}

/**
 * Pins a message that the room still has. Idempotent. Throws 'MESSAGE_NOT_FOUND', 'PIN_LIMIT', and what `requirePower`
 * throws.
 */
export async function pinMessage(deps: PinDeps, { roomId, by, id }: Pinning): Promise<void> {
  await requirePower(deps.db, { roomId, by }, 'pin');
  const message = await deps.roomMessages.find(roomId, id);
  if (!message || message.kind === 'system') throw new AppError('MESSAGE_NOT_FOUND');
  await makeRoom(deps, roomId);
  const place = placeOf(roomId, id);
  const isNew = await withPower(deps, { roomId, by }, 'pin', async (tx) => {
    if ((await tx.roomPin.count({ where: place })) > 0) return false;
    if ((await tx.roomPin.count({ where: { roomId } })) >= maxPins) throw new AppError('PIN_LIMIT');
    await tx.roomPin.create({ data: { ...place, pinnedBy: by, pinnedAt: new Date(deps.clock()) } });
    return true;
  });
  if (isNew) await announceChangedPins(deps, roomId);
}

/** Idempotent. Throws what `requirePower` throws. */
export async function unpinMessage(deps: PinDeps, { roomId, by, id }: Pinning): Promise<void> {
  const { count } = await withPower(deps, { roomId, by }, 'pin', (tx) =>
    tx.roomPin.deleteMany({ where: placeOf(roomId, id) }),
  );
  if (count > 0) await announceChangedPins(deps, roomId);
}

/** A message was deleted, and with it its pin. */
export async function forgetPin(
  deps: Pick<Deps, 'db' | 'bus' | 'log'>,
  { roomId, id }: { roomId: number; id: string },
): Promise<void> {
  const { count } = await deps.db.roomPin.deleteMany({ where: placeOf(roomId, id) });
  if (count > 0) await announceChangedPins(deps, roomId);
}

export interface Pin {
  message: RoomMessage;
  pinnedBy: string;
  pinnedAt: Date;
}

interface PinPage {
  pins: Pin[];
  /** Of the next page; null if there is none. */
  nextCursor: number | null;
}

/** What is pinned, the latest pin first, as much as one answer can hold. Without messages that are gone. */
export async function listPins(
  { db, roomMessages }: Pick<Deps, 'db' | 'roomMessages'>,
  {
    roomId,
    username,
    cursor,
    signal,
  }: Membership & { cursor?: number | undefined; signal?: AbortSignal | undefined },
): Promise<PinPage> {
  const rows = await db.roomPin.findMany({
    where: { roomId, ...(cursor !== undefined && { id: { lt: cursor } }) },
    orderBy: { id: 'desc' },
    take: maxPins,
  });
  const found = await roomMessages.findAll(roomId, rows.map(idOf));
  const messages = new Map(found.map((message) => [message.id, message]));
  const answer = new AnswerRows<Pin>();
  let reached: number | undefined;
  for (const { id, pinnedBy, pinnedAt, ...parts } of rows) {
    await yieldIfBusy(signal);
    const message = messages.get(idOf(parts));
    if (message && !answer.add([{ message: shownTo(username, message), pinnedBy, pinnedAt }])) break;
    reached = id;
  }
  const isComplete = reached === rows.at(-1)?.id;
  return { pins: answer.rows, nextCursor: isComplete ? null : (reached ?? null) };
}

/** Forgets pins of messages that are gone, if the room has as many pins as it can have. */
async function makeRoom({ db, roomMessages }: PinDeps, roomId: number): Promise<void> {
  const rows = await db.roomPin.findMany({ where: { roomId }, take: maxPins });
  if (rows.length < maxPins) return;
  const held = new Set((await roomMessages.findAll(roomId, rows.map(idOf))).map(({ id }) => id));
  const gone = rows.filter((row) => !held.has(idOf(row))).map(({ id }) => id);
  if (gone.length > 0) await db.roomPin.deleteMany({ where: { id: { in: gone } } });
}

const placeOf = (roomId: number, id: string) => {
  const { ms, seq } = partsOf(id);
  return { roomId, ms: BigInt(ms), seq: BigInt(seq) };
};

const idOf = ({ ms, seq }: { ms: bigint; seq: bigint }) => messageIdOf({ ms: Number(ms), seq: Number(seq) });
