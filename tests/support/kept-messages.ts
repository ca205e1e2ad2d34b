import type { Deps } from '../../src/server/services/shared/deps.ts';

interface Seeded {
  roomId: number;
  count: number;
  text?: string | ((index: number) => string);
}

/** Adds messages to a kept room, newer than all that there are, straight into the database. */
export async function seedKept(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { roomId, count, text = '~~~' }: Seeded,
): Promise<void> {
  const newest = await db.keptClock.findUniqueOrThrow({ where: { id: 1 } });
  const [ms, createdMs] = [newest.ms + 1n, BigInt(clock())];
  const textOf = typeof text === 'string' ? () => text : text;
  const row = { roomId, ms, username: 'filler', createdMs };
  await db.keptMessage.createMany({
    data: Array.from({ length: count }, (_, index) => ({ ...row, seq: BigInt(index), text: textOf(index) })),
  });
  await db.keptClock.update({ where: { id: 1 }, data: { ms, seq: BigInt(count - 1) } });
}

/** As many messages as it takes for a room to be indexed. */
export const many = 5200;

/** Adds so many that only the index leads to what was in the room before. */
export async function bury(
  deps: Pick<Deps, 'db' | 'clock' | 'roomSearch'>,
  roomId: number,
  count = many,
): Promise<void> {
  await seedKept(deps, { roomId, count });
  await indexRoom(deps, roomId);
}

/** Has the room indexed, however few messages it has. */
export async function indexRoom({ roomSearch }: Pick<Deps, 'roomSearch'>, roomId: number): Promise<void> {
  roomSearch.want(roomId);
  await roomSearch.caughtUp();
}
