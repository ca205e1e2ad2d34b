import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts } from '../db/kept-statements.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { searchedText } from '../search/search-index.ts';
import { type ExpiresAt, type KeptRange, keptIdOf, within } from './kept-message-rows.ts';

/** What searching needs of a message. */
export interface KeptText {
  id: string;
  /** As much of it as can be searched. */
  text: string;
  /** Whether it has not expired. */
  isVisible: boolean;
}

interface Row extends IdParts {
  text: string;
  createdMs: number | bigint;
  lifespan: number | bigint | null;
}

/** Texts of a room, newest first. */
export async function readKeptTexts(
  sql: RawSql,
  {
    roomId,
    range,
    size,
    expiresAt,
    now,
  }: {
    roomId: number;
    range: Omit<KeptRange, 'from'>;
    size: number;
    expiresAt: ExpiresAt;
    now: number;
  },
): Promise<KeptText[]> {
  const rows = await sql<Row>(Prisma.sql`
    SELECT k.ms, k.seq, ${searchedText(Prisma.raw('k.message'))} AS text, k.created_ms AS "createdMs",
      r.lifespan_seconds AS lifespan
    FROM rooms r JOIN kept_messages k ON k.room_id = r.id ${within(range)}
    WHERE r.id = ${roomId} ORDER BY k.ms DESC, k.seq DESC LIMIT ${size}`);
  return rows.map(({ text, createdMs, lifespan, ...parts }) => ({
    id: keptIdOf(parts),
    text,
    isVisible: now < expiresAt(createdMs, lifespan),
  }));
}
