import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts } from '../db/kept-statements.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { keptIdOf, within } from '../stores/kept-message-rows.ts';
import { compareMessageIds, noMessageId } from '../stores/room-message-store.ts';
import { createMessageSearch, type MessageSearch, minIndexed, type Owners } from './message-search.ts';
import type { SearchIndex } from './search-index.ts';

/** The index over the messages of kept rooms, by the ids of rooms and of messages. */
export type RoomSearch = MessageSearch<number, string>;

interface RoomSearchOptions {
  sql: RawSql;
  index: SearchIndex<number, string>;
  /** Receives failures. What failed is tried again. */
  onFailure(error: unknown): void;
}

const surveySize = 500;

export const createRoomSearch = ({ sql, index, onFailure }: RoomSearchOptions): RoomSearch =>
  createMessageSearch({ index, owners: roomsWithMessages(sql), onFailure });

interface RoomRow {
  id: number | bigint;
}

const idsOf = (rows: RoomRow[]) => rows.map(({ id }) => Number(id));

function roomsWithMessages(sql: RawSql): Owners<number> {
  let seen: string | undefined;

  async function newestId(): Promise<string> {
    const [newest] = await sql<IdParts>(Prisma.sql`SELECT ms, seq FROM kept_clock WHERE id = 1`);
    return newest ? keptIdOf(newest) : noMessageId;
  }

  async function hasMany(roomId: number): Promise<boolean> {
    const rows = await sql<unknown>(Prisma.sql`
      SELECT 1 FROM kept_messages WHERE room_id = ${roomId} ORDER BY ms, seq LIMIT 1 OFFSET ${minIndexed - 1}`);
    return rows.length > 0;
  }

  return {
    /** Looks at one message of each room in the index, and only if there is a new one anywhere. */
    async *withNew() {
      const newest = await newestId();
      if (seen !== undefined && compareMessageIds(newest, seen) > 0)
        yield idsOf(
          await sql<RoomRow>(Prisma.sql`
            SELECT p.room_id AS id FROM (SELECT DISTINCT room_id FROM room_search_parts) AS p
            WHERE EXISTS (SELECT 1 FROM kept_messages k WHERE k.room_id = p.room_id ${within({ after: seen })})`),
        );
      seen = newest;
    },

    async *withMany() {
      let last = 0;
      for (let count = surveySize; count === surveySize; ) {
        const ids: number[] = idsOf(
          await sql<RoomRow>(Prisma.sql`
            SELECT id FROM rooms WHERE history = 'kept' AND id > ${last} ORDER BY id LIMIT ${surveySize}`),
        );
        for (const id of ids) if (await hasMany(id)) yield [id];
        last = ids.at(-1) ?? last;
        count = ids.length;
        yield [];
      }
    },
  };
}
