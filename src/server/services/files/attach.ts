import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { StoredAttachment } from '../../infra/files/attachments.ts';
import { parsePreviews } from '../../infra/files/previews.ts';
import { partsOf } from '../../infra/stores/room-message-store.ts';
import type { Deps } from '../shared/deps.ts';
import type { FileTarget } from './targets.ts';

/** How long a file stays that is about to be attached, if nothing comes of it: longer than storing a message takes. */
const claimMs = 20_000;

interface FileRow {
  id: string;
  name: string;
  mediaType: string;
  size: number | bigint;
  width: number | null;
  height: number | null;
  durationMs: number | null;
  placeholder: string | null;
  previews: string;
}

interface Asked {
  ids: readonly string[];
  owner: string;
  target: FileTarget;
}

/** Only who has uploaded a file may attach it, and only to what it was uploaded for. */
const areOwn = ({ ids, owner, target }: Asked) => Prisma.sql`
  id IN (${Prisma.join(ids)}) AND owner = ${owner}
  AND ${'roomId' in target ? Prisma.sql`room_id = ${target.roomId}` : Prisma.sql`recipient = ${target.recipient}`}`;

/** Those of these files that may be attached. */
export async function findOwnFiles({ sql }: Pick<Deps, 'sql'>, asked: Asked): Promise<Set<string>> {
  const rows = await sql<{ id: string }>(Prisma.sql`SELECT id FROM files WHERE ${areOwn(asked)}`);
  return new Set(rows.map(({ id }) => id));
}

/**
 * What a message is to keep of these files, in the same order. Throws 'FILE_NOT_FOUND' if one of them may not be
 * attached.
 */
export async function claimFiles(
  { sql, clock }: Pick<Deps, 'sql' | 'clock'>,
  asked: Asked,
): Promise<StoredAttachment[]> {
  const { ids } = asked;
  const claimed = await sql<{ id: string }>(Prisma.sql`
    UPDATE files SET claimed_until_ms = ${clock() + claimMs}
    WHERE ${areOwn(asked)} RETURNING id`);
  if (claimed.length !== ids.length) throw new AppError('FILE_NOT_FOUND');
  const rows = await sql<FileRow>(Prisma.sql`
    SELECT f.id, f.name, f.media_type AS "mediaType", c.size, c.width, c.height, c.duration_ms AS "durationMs", c.placeholder,
      c.previews
    FROM files f JOIN file_contents c ON c.id = f.content_id WHERE f.id IN (${Prisma.join(ids)})`);
  const found = new Map(rows.map((row) => [row.id, toAttachment(row)]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

function toAttachment({ id, name, mediaType, size, previews, ...row }: FileRow): StoredAttachment {
  const { width, height, durationMs, placeholder } = row;
  return {
    id,
    name,
    size: Number(size),
    mediaType,
    ...(width !== null && { width }),
    ...(height !== null && { height }),
    ...(durationMs !== null && { durationMs }),
    ...(placeholder !== null && { placeholder }),
    ...(previews !== '' && { previews: [...parsePreviews(previews).keys()] }),
  };
}

interface HeldMessage {
  roomId: number;
  id: string;
}

/** Records which files a message in memory has. For messages in the database, triggers do. */
export async function addHeldUses(
  { sql }: Pick<Deps, 'sql'>,
  { roomId, id, attachments = [] }: HeldMessage & { attachments?: readonly { id: string }[] },
): Promise<void> {
  if (attachments.length === 0) return;
  const { ms, seq } = partsOf(id);
  const rows = attachments.map((file) => Prisma.sql`(${roomId}, ${ms}, ${seq}, ${file.id}, true)`);
  await sql(Prisma.sql`
    INSERT INTO file_uses (room_id, ms, seq, file_id, is_held) VALUES ${Prisma.join(rows)} ON CONFLICT DO NOTHING`);
}

/** Records that a message in memory is gone. */
export async function removeHeldUses({ sql }: Pick<Deps, 'sql'>, { roomId, id }: HeldMessage): Promise<void> {
  const { ms, seq } = partsOf(id);
  await sql(
    Prisma.sql`DELETE FROM file_uses WHERE room_id = ${roomId} AND ms = ${ms} AND seq = ${seq} AND is_held`,
  );
}
