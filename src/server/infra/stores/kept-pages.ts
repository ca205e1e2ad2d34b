import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';

/** Where a message of a kept room is. */
export interface KeptPlace {
  roomId: number;
  ms: number | bigint;
  seq: number | bigint;
}

/** Messages that one statement goes through: a few milliseconds of work. */
const pageSize = 500;

const partsOf = ({ roomId, ms, seq }: KeptPlace) => Prisma.sql`(${roomId}, ${BigInt(ms)}, ${BigInt(seq)})`;

/**
 * All messages of kept rooms in pages, each as a condition on `kept_messages`: there is no index of who has written, reacted to or
 * is mentioned in a message. To be read one after the other, with other work in between.
 */
export async function* keptPages(sql: RawSql): AsyncGenerator<Prisma.Sql, void> {
  for (let after: KeptPlace | undefined = { roomId: 0, ms: 0, seq: 0 }; after; ) {
    const isAfter: Prisma.Sql = Prisma.sql`(room_id, ms, seq) > ${partsOf(after)}`;
    const [end]: KeptPlace[] = await sql<KeptPlace>(Prisma.sql`
      SELECT room_id AS "roomId", ms, seq FROM kept_messages WHERE ${isAfter}
      ORDER BY room_id, ms, seq LIMIT 1 OFFSET ${pageSize - 1}`);
    yield end ? Prisma.sql`${isAfter} AND (room_id, ms, seq) <= ${partsOf(end)}` : isAfter;
    after = end;
  }
}

/** Whether a column with JSON has this text. Rows without anything in the column do not. */
export function hasText(column: 'mentions' | 'reactions', text: string): Prisma.Sql {
  const named = Prisma.raw(column);
  return Prisma.sql`replace(${named}, ${JSON.stringify(text)}, '') <> ${named}`;
}
