import { readInSlices } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';

/** A file as an administrator, or whoever has uploaded it, sees it. */
export interface FileSummary {
  id: string;
  owner: string;
  name: string;
  /** In bytes. */
  size: number;
  mediaType: string;
  /** For which room it was uploaded; null if for a user. An avatar is for neither. */
  roomId: number | null;
  /** For which user; null if for a room. */
  recipient: string | null;
  createdAt: Date;
  /** How many messages have it. Without any it goes within the hour, unless it is an avatar. */
  messages: number;
}

type Row = Omit<FileSummary, 'size' | 'createdAt' | 'messages'> & {
  contentId: string;
  size: number | bigint;
  createdMs: number | bigint;
  messages: number | bigint;
};

interface Filter {
  owner?: string | undefined;
  roomId?: number | undefined;
}

const rowsRead = 500;

/** All files, or those of a user, of a room, or of both; of each user in order of upload. Read slice by slice. */
export async function* listFiles(
  { sql }: Pick<Deps, 'sql'>,
  filter: Filter,
): AsyncGenerator<FileSummary, void> {
  for await (const { contentId: _, ...file } of listStoredFiles({ sql }, filter)) yield file;
}

/** As `listFiles`, with the keys of their contents. */
export async function* listStoredFiles(
  { sql }: Pick<Deps, 'sql'>,
  { owner, roomId }: Filter,
): AsyncGenerator<FileSummary & { contentId: string }, void> {
  const isOf = owner === undefined ? Prisma.empty : Prisma.sql`AND f.owner = ${owner}`;
  const isFor = roomId === undefined ? Prisma.empty : Prisma.sql`AND f.room_id = ${roomId}`;
  const slices = readInSlices({
    size: rowsRead,
    keyOf: (row: Row) => row,
    read: (after) =>
      sql<Row>(Prisma.sql`
        SELECT f.id, f.owner, f.name, f.content_id AS "contentId", c.size, f.media_type AS "mediaType", f.room_id AS "roomId",
          f.recipient, f.created_ms AS "createdMs", (SELECT count(*) FROM file_uses u WHERE u.file_id = f.id) AS messages
        FROM files f JOIN file_contents c ON c.id = f.content_id
        WHERE (f.owner, f.created_ms, f.id) > (${after?.owner ?? ''}, ${after?.createdMs ?? -1}, ${after?.id ?? ''})
          ${isOf} ${isFor}
        ORDER BY f.owner, f.created_ms, f.id LIMIT ${rowsRead}`),
  });
  for await (const slice of slices)
    for (const { createdMs, size, messages, ...row } of slice)
      yield {
        ...row,
        size: Number(size),
        createdAt: new Date(Number(createdMs)),
        messages: Number(messages),
      };
}

/** What a user's files, or all of them, take. */
export interface FileUsage {
  files: number;
  /** Of all that is stored, previews included; of equal bytes of one user once. */
  bytes: number;
}

/** Of the users whose files take the most, and of all. */
export async function measureFiles({ sql, config }: Pick<Deps, 'sql' | 'config'>, { top }: { top: number }) {
  const used = await sql<{ username: string; bytes: number | bigint }>(Prisma.sql`
    SELECT owner AS username, bytes FROM file_usage WHERE owner <> '' AND bytes > 0 ORDER BY bytes DESC, owner LIMIT ${top}`);
  const names = used.map(({ username }) => username);
  const counted =
    names.length === 0
      ? []
      : await sql<{ owner: string; files: number | bigint }>(
          Prisma.sql`SELECT owner, count(*) AS files FROM files WHERE owner IN (${Prisma.join(names)}) GROUP BY owner`,
        );
  const filesOf = new Map(counted.map(({ owner, files }) => [owner, Number(files)]));
  const [all] = await sql<{ files: number | bigint; bytes: number | bigint | null }>(Prisma.sql`
    SELECT (SELECT count(*) FROM files) AS files, (SELECT bytes FROM file_usage WHERE owner = '') AS bytes`);
  return {
    users: used.map(({ username, bytes }) => ({
      username,
      files: filesOf.get(username) ?? 0,
      bytes: Number(bytes),
    })),
    all: { files: Number(all?.files ?? 0), bytes: Number(all?.bytes ?? 0) },
    userQuotaBytes: config.files.userQuotaBytes,
    totalQuotaBytes: config.files.totalQuotaBytes,
  };
}
