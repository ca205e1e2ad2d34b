import type { Logger } from '../core/logger.ts';
import { sparingLog } from '../core/sparing-log.ts';
import type { RawSql } from '../infra/db/raw-sql.ts';
import { createInboxSearch, type InboxSearch } from '../infra/search/inbox-search.ts';
import { createPostgresRoomSearchIndex } from '../infra/search/postgres-room-search-index.ts';
import { createPostgresSearchIndex } from '../infra/search/postgres-search-index.ts';
import { createRoomSearch, type RoomSearch } from '../infra/search/room-search.ts';
import { createSqliteRoomSearchIndex } from '../infra/search/sqlite-room-search-index.ts';
import { createSqliteSearchIndex } from '../infra/search/sqlite-search-index.ts';

interface Options {
  /** Whether the database is a file of SQLite. */
  isFile: boolean;
  sql: RawSql;
  log: Logger;
}

/** The indexes over messages, as the database can have them. */
export function openSearches({ isFile, sql, log }: Options): {
  inboxSearch: InboxSearch;
  roomSearch: RoomSearch;
} {
  const [createInboxIndex, createRoomIndex] = isFile
    ? [createSqliteSearchIndex, createSqliteRoomSearchIndex]
    : [createPostgresSearchIndex, createPostgresRoomSearchIndex];
  return {
    inboxSearch: createInboxSearch({
      sql,
      index: createInboxIndex(sql),
      onFailure: (err) => sparingLog(log).warn({ err }, 'indexing inbox messages failed'),
    }),
    roomSearch: createRoomSearch({
      sql,
      index: createRoomIndex(sql),
      onFailure: (err) => sparingLog(log).warn({ err }, 'indexing room messages failed'),
    }),
  };
}
