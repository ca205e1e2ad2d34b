import { z } from 'zod';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { partsOf } from '../../infra/stores/room-message-store.ts';
import { readEra } from '../inbox/positions.ts';
import type { Deps } from '../shared/deps.ts';

const form = /^(?:(\d{1,10}-[a-z0-9]{1,16})-)?(\d{1,15}-\d{1,15})$/;

/** The id of a message, or a position: such an id behind the era that it was given in. */
export const roomPosition = z.string().regex(form);

/** The place in the order of room messages that a look is true at which comes after `newest` was the newest. */
export async function positionAt(deps: Pick<Deps, 'sql'>, newest: string): Promise<string> {
  return `${await readEra(deps)}-${newest}`;
}

/** Beyond all that is stored: whoever resumes from there is told of a gap, and gets all that is held. */
const nowhere = '999999999999999-999999999999999';

/**
 * The id to resume after. A position that no store before this one can have given leads to a gap: one of another database, or
 * one beyond what a restored backup has.
 */
export async function resumeAfter(
  deps: Pick<Deps, 'sql' | 'roomMessages'>,
  roomId: number,
  position: string,
): Promise<string> {
  const [, era, id = nowhere] = form.exec(position) ?? [];
  if (era !== undefined && !(await isOfEra(deps, era, id, roomId))) return nowhere;
  return (await deps.roomMessages.isKept(roomId)) && (await wasNeverGiven(deps, id)) ? nowhere : id;
}

async function isOfEra(
  deps: Pick<Deps, 'sql' | 'roomMessages'>,
  era: string,
  id: string,
  roomId: number,
): Promise<boolean> {
  const { ms, seq } = partsOf(id);
  const [known] = await deps.sql<{ isBeyond: unknown }>(Prisma.sql`
    SELECT (n.kept_ms < ${ms} OR (n.kept_ms = ${ms} AND n.kept_seq < ${seq})) AS "isBeyond"
    FROM inbox_eras e LEFT JOIN inbox_eras n ON n.id = (SELECT min(id) FROM inbox_eras WHERE id > e.id)
    WHERE e.id || '-' || e.name = ${era} AND e.id = ${Number.parseInt(era, 10)}`);
  // The ring has its own record of what it gave.
  return known !== undefined && !(known.isBeyond && (await deps.roomMessages.isKept(roomId)));
}

/** Whether an id lies where no kept message can: between the last one before a start and the first one after it. */
async function wasNeverGiven({ sql }: Pick<Deps, 'sql'>, id: string): Promise<boolean> {
  const { ms, seq } = partsOf(id);
  const found = await sql(Prisma.sql`
    SELECT 1 AS found FROM inbox_eras
    WHERE kept_from_ms > ${ms} AND (kept_ms < ${ms} OR (kept_ms = ${ms} AND kept_seq < ${seq})) LIMIT 1`);
  return found.length > 0;
}
