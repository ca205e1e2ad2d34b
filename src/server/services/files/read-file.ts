import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { FileScope, FileUrl } from '../../infra/files/file-urls.ts';
import { parsePreviews } from '../../infra/files/previews.ts';
import type { Deps } from '../shared/deps.ts';

/** What is needed to send a file. */
export interface ReadableFile {
  /** In the storage. */
  key: string;
  name: string;
  /** In bytes. */
  size: number;
  mediaType: string;
  /** Whether a browser may show it. */
  isInline: boolean;
  /** Identifies the bytes. */
  etag: string;
  /** Whether nobody may keep a copy on the way. */
  isPersonal?: boolean;
}

interface Row {
  contentId: string;
  name: string;
  mediaType: string;
  isInline: boolean | number;
  owner: string;
  roomId: number | null;
  recipient: string | null;
  size: number | bigint;
  previews: string;
}

/**
 * The file that a URL is of. Undefined if the URL is not valid (any more), or the file is gone: with its last message, or because
 * nobody has attached it in time.
 */
export async function findFile(
  { sql, fileUrls, clock }: Pick<Deps, 'sql' | 'fileUrls' | 'clock'>,
  url: FileUrl,
): Promise<ReadableFile | undefined> {
  const [row] = await sql<Row>(Prisma.sql`
    SELECT f.content_id AS "contentId", f.name, f.media_type AS "mediaType", f.is_inline AS "isInline", f.owner,
      f.room_id AS "roomId", f.recipient, c.size, c.previews
    FROM files f JOIN file_contents c ON c.id = f.content_id
    WHERE f.id = ${url.id} AND (f.keep_until_ms IS NULL OR f.keep_until_ms > ${clock()})`);
  if (!row || !fileUrls.isValid(url, scopeOf(row))) return undefined;
  const { contentId, name, mediaType, isInline, size, previews } = row;
  if (url.variant === 'file') {
    const facts = { name, mediaType, isInline: Boolean(isInline), size: Number(size) };
    return { ...facts, key: contentId, etag: `"${contentId}"` };
  }
  const bytes = parsePreviews(previews).get(url.variant);
  if (bytes === undefined) return undefined;
  const key = `${contentId}-${url.variant}`;
  return {
    key,
    name: 'preview.webp',
    mediaType: 'image/webp',
    isInline: true,
    size: bytes,
    etag: `"${key}"`,
  };
}

const scopeOf = ({ owner, roomId, recipient }: Row): FileScope =>
  roomId === null ? { sender: owner, recipient: recipient ?? '' } : { roomId };
