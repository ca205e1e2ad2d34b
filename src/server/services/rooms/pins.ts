import { AnswerRows } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import { yieldIfBusy } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { messageIdOf, partsOf } from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import type { Deps } from '../shared/deps.ts';
import { type Actor, requirePower, withPower } from './authority.ts';
import type { Membership } from './membership.ts';
import { announceChangedPins, shownTo } from './room-messages.ts';

/** The most pinned messages of a room. */
const maxPins = 50;

type PinDeps = Pick<Deps, 'sql' | 'bus' | 'log' | 'config' | 'clock' | 'roomMessages'>;

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
  await requirePower(deps.sql, { roomId, by }, 'pin');
  const message = await deps.roomMessages.find(roomId, id);
  if (!message || message.kind === 'system') throw new AppError('MESSAGE_NOT_FOUND');
  await makeRoom(deps, roomId);
  const isNew = await withPower(deps, { roomId, by }, 'pin', async (tx) => {
    const others = await tx<PinRow>(pinsOf(roomId));
    if (others.some((other) => idOf(other) === id)) return false;
    if (others.length >= maxPins) throw new AppError('PIN_LIMIT');
    const { ms, seq } = bigPartsOf(id);
    await tx.run(Prisma.sql`
      INSERT INTO room_pins (room_id, ms, seq, pinned_by, pinned_at)
      VALUES (${roomId}, ${ms}, ${seq}, ${by}, ${new Date(deps.clock())})`);
    return true;
  });
  if (isNew) await announceChangedPins(deps, roomId);
}

/** Idempotent. Throws what `requirePower` throws. */
export async function unpinMessage(deps: PinDeps, { roomId, by, id }: Pinning): Promise<void> {
  const removed = await withPower(deps, { roomId, by }, 'pin', (tx) => tx.run(removal(roomId, id)));
  if (removed > 0) await announceChangedPins(deps, roomId);
}

/** A message was deleted, and with it its pin. */
export async function forgetPin(
  deps: Pick<Deps, 'sql' | 'bus' | 'log'>,
  { roomId, id }: { roomId: number; id: string },
): Promise<void> {
  const removed = await deps.sql.run(removal(roomId, id));
  if (removed > 0) await announceChangedPins(deps, roomId);
}

export interface Pin {
  message: ShownRoomMessage;
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
  { sql, roomMessages }: Pick<Deps, 'sql' | 'roomMessages'>,
  {
    roomId,
    username,
    cursor,
    signal,
  }: Membership & { cursor?: number | undefined; signal?: AbortSignal | undefined },
): Promise<PinPage> {
  const rows = (await sql<PinRow>(pinsOf(roomId))).filter(({ id }) => cursor === undefined || id < cursor);
  const found = await roomMessages.findAll(roomId, rows.map(idOf));
  const messages = new Map(found.map((message) => [message.id, message]));
  const answer = new AnswerRows<Pin>();
  let reached: number | undefined;
  for (const { id, pinnedBy, pinnedAt, ...parts } of rows) {
    await yieldIfBusy(signal);
    const message = messages.get(idOf(parts));
    const pin = message && { message: shownTo(username, message), pinnedBy, pinnedAt: knownDate(pinnedAt) };
    if (pin && !answer.add([pin])) break;
    reached = id;
  }
  const isComplete = reached === rows.at(-1)?.id;
  return { pins: answer.rows, nextCursor: isComplete ? null : (reached ?? null) };
}

/** Forgets pins of messages that are gone, if the room has as many pins as it can have. */
async function makeRoom({ sql, roomMessages }: PinDeps, roomId: number): Promise<void> {
  const rows = await sql<PinRow>(pinsOf(roomId));
  if (rows.length < maxPins) return;
  const held = new Set((await roomMessages.findAll(roomId, rows.map(idOf))).map(({ id }) => id));
  for (const row of rows)
    if (!held.has(idOf(row))) await sql.run(Prisma.sql`DELETE FROM room_pins WHERE id = ${row.id}`);
}

interface PinRow {
  id: number;
  ms: number | bigint;
  seq: number | bigint;
  pinnedBy: string;
  pinnedAt: Date | string;
}

/** All of a room, the latest pin first. */
const pinsOf = (roomId: number) => Prisma.sql`
  SELECT id, ms, seq, pinned_by AS "pinnedBy", pinned_at AS "pinnedAt" FROM room_pins
  WHERE room_id = ${roomId} ORDER BY id DESC LIMIT ${maxPins}`;

function removal(roomId: number, id: string): Prisma.Sql {
  const { ms, seq } = bigPartsOf(id);
  return Prisma.sql`DELETE FROM room_pins WHERE room_id = ${roomId} AND ms = ${ms} AND seq = ${seq}`;
}

/** A driver takes a number of this size for one of 32 bits unless it is told otherwise. */
function bigPartsOf(id: string) {
  const { ms, seq } = partsOf(id);
  return { ms: BigInt(ms), seq: BigInt(seq) };
}

const idOf = ({ ms, seq }: Pick<PinRow, 'ms' | 'seq'>) => messageIdOf({ ms: Number(ms), seq: Number(seq) });
