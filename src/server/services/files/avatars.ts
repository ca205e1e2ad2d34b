import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { hashOf } from '../../infra/files/hash-of.ts';
import { avatarSize, pictureType } from '../../infra/files/pictures.ts';
import { refuseIfFull } from '../../infra/files/system-errors.ts';
import type { Deps, Files } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { requireRoom } from './quotas.ts';
import type { ReadableFile } from './read-file.ts';
import { storeOnce } from './store-upload.ts';

export interface AvatarSource {
  owner: string;
  /** Of any file that the owner has uploaded, whatever for. */
  fileId: string;
  /** The caller's network address. */
  address: string;
}

/**
 * Makes an avatar of a file, stores it, and resolves to its id. Without a profile that has it, it goes within the hour. Throws 'FILES_OFF',
 * 'FILE_NOT_FOUND', 'NOT_A_PICTURE', 'FILE_QUOTA', 'STORAGE_FULL', 'TOO_MANY_UPLOADS', 'TOO_MANY_REQUESTS'.
 */
export async function makeAvatar(deps: Deps, source: AvatarSource): Promise<string> {
  const { files } = deps;
  const { owner, address } = source;
  if (!files) throw new AppError('FILES_OFF');
  // It takes as much of the disk, and more of the processor.
  await requireWithinLimit(deps, 'uploads', owner);
  const leave = files.uploads.enter({ user: owner, address: networkOf(address) });
  const path = join(files.storage.incoming, randomUUID());
  const made = [path];
  try {
    await requireRoom(deps, owner, 0);
    const picture = await openPicture(deps, files, source);
    await pipeline(picture, createWriteStream(path, { mode: 0o600 })).catch(refuseIfFull);
    const avatar = await files.pictures.makeAvatar(path, { line: owner });
    if (!avatar) throw new AppError('NOT_A_PICTURE');
    made.push(avatar.path);
    return await storeMade(deps, files, owner, avatar);
  } finally {
    leave();
    await Promise.all(made.map((path) => rm(path, { force: true })));
  }
}

/** As it is stored. Nothing else than a picture is read: it would be for nothing. */
async function openPicture({ sql, clock }: Deps, { storage }: Files, { owner, fileId }: AvatarSource) {
  const [file] = await sql<{ contentId: string; mediaType: string; width: number | null }>(Prisma.sql`
    SELECT f.content_id AS "contentId", f.media_type AS "mediaType", c.width
    FROM files f JOIN file_contents c ON c.id = f.content_id
    WHERE f.id = ${fileId} AND f.owner = ${owner} AND (f.keep_until_ms IS NULL OR f.keep_until_ms > ${clock()})`);
  if (!file) throw new AppError('FILE_NOT_FOUND');
  if (file.width === null || !pictureType.safeParse(file.mediaType).success)
    throw new AppError('NOT_A_PICTURE');
  const bytes = await storage.open(file.contentId);
  if (!bytes) throw new AppError('FILE_NOT_FOUND');
  return bytes;
}

async function storeMade(
  deps: Deps,
  files: Files,
  owner: string,
  { path, size }: { path: string; size: number },
) {
  const sha256 = await hashOf(createReadStream(path));
  const mediaType = 'image/webp';
  const sides = { width: avatarSize, height: avatarSize };
  const { id } = await storeOnce(deps, files, {
    owner,
    file: { path, size, sha256, name: 'avatar.webp', claimedType: mediaType, head: Buffer.alloc(0) },
    type: { mediaType, isInline: true },
    parts: {
      added: [{ suffix: '', path, size, mediaType }],
      facts: { size, storedSha256: sha256, previews: '', ...sides, durationMs: null, placeholder: null },
    },
  });
  return id;
}

/** The avatar with this id. Undefined if no profile has it (any more). */
export async function findAvatar({ sql }: Pick<Deps, 'sql'>, id: string): Promise<ReadableFile | undefined> {
  const [row] = await sql<{ key: string; size: number | bigint }>(Prisma.sql`
    SELECT c.id AS key, c.size FROM files f JOIN file_contents c ON c.id = f.content_id
    WHERE f.id = ${id} AND f.room_id IS NULL AND f.recipient IS NULL AND f.keep_until_ms IS NULL`);
  return (
    row && {
      key: row.key,
      size: Number(row.size),
      etag: `"${row.key}"`,
      name: 'avatar.webp',
      mediaType: 'image/webp',
      isInline: true,
    }
  );
}
