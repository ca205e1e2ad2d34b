import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { createMessageSearch, type MessageSearch, minIndexed, type Owners } from './message-search.ts';
import type { SearchIndex } from './search-index.ts';

/** The index over the messages of users. */
export type InboxSearch = MessageSearch<string, number>;

interface InboxSearchOptions {
  sql: RawSql;
  index: SearchIndex<string, number>;
  /** Receives failures. What failed is tried again. */
  onFailure(error: unknown): void;
}

const surveySize = 1000;
const watchSize = 1000;

export const createInboxSearch = ({ sql, index, onFailure }: InboxSearchOptions): InboxSearch =>
  createMessageSearch({ index, owners: usersWithMessages(sql), onFailure });

function usersWithMessages(sql: RawSql): Owners<string> {
  let seen: number | undefined;

  return {
    async *withNew(isIndexed) {
      if (seen === undefined) {
        const [newest] = await sql<{ id: number | bigint | null }>(
          Prisma.sql`SELECT max(id) AS id FROM inbox_messages`,
        );
        seen = Number(newest?.id ?? 0);
      }
      for (let count = watchSize; count === watchSize; ) {
        const rows: { id: number | bigint; sender: string; recipient: string }[] = await sql(Prisma.sql`
          SELECT id, sender, recipient FROM inbox_messages WHERE id > ${seen} ORDER BY id LIMIT ${watchSize}`);
        seen = Number(rows.at(-1)?.id ?? seen);
        count = rows.length;
        yield rows.flatMap(({ sender, recipient }) => [sender, recipient]).filter(isIndexed);
      }
    },

    async *withMany() {
      let [user, peer, total] = ['', '', 0];
      for (let count = surveySize; count === surveySize; ) {
        const rows: { username: string; peer: string; total: number | bigint }[] = await sql(Prisma.sql`
          SELECT username, peer, total FROM inbox_conversations WHERE (username, peer) > (${user}, ${peer})
          ORDER BY username, peer LIMIT ${surveySize}`);
        const many: string[] = [];
        for (const row of rows) {
          if (row.username !== user) {
            if (total >= minIndexed) many.push(user);
            total = 0;
          }
          total += Number(row.total);
          ({ username: user, peer } = row);
        }
        count = rows.length;
        yield many;
      }
      if (total >= minIndexed) yield [user];
    },
  };
}
