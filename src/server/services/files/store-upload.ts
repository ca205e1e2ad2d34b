import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { isReferenceMissing, isTaken } from '../../infra/db/is-taken.ts';
import { pictureTypeOf, type StoredType, storedTypeOf } from '../../infra/files/media-type.ts';
import type { PictureType } from '../../infra/files/pictures.ts';
import type { Deps, Files } from '../shared/deps.ts';
import { type Content, type Parts, partsOf } from './content.ts';
import { requireQuotas, requireRoom } from './quotas.ts';
import type { FileTarget } from './targets.ts';

/** A file that has been received as a whole. */
export interface ReceivedFile {
  /** In the storage's folder for files that are being received, from which it is taken when it is stored. */
  path: string;
  /** In bytes. */
  size: number;
  /** In hex. */
  sha256: string;
  /** As it is to be shown, without what does not belong into names. */
  name: string;
  /** What its sender says it is, without parameters. */
  claimedType: string;
  /** How it begins. */
  head: Buffer;
}

/** What an uploader is told. */
export interface UploadedFile {
  /** For `attachments`. */
  id: string;
  /** Without what does not belong into names. */
  name: string;
  /** In bytes, as it is downloaded: a picture may be stored without its metadata. */
  size: number;
  /** What its bytes say, as far as they tell. */
  mediaType: string;
  /** Of pictures and videos, in pixels, as they are shown. */
  width?: number;
  /** Likewise. */
  height?: number;
  /** Of audio and video. */
  durationMs?: number;
  /** Whether there are smaller pictures of it. */
  hasPreview: boolean;
}

interface Upload {
  owner: string;
  target: FileTarget;
  file: ReceivedFile;
  /** Chosen by the uploader: an upload with the same one is not repeated. */
  uploadKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface TypedUpload extends Omit<Upload, 'target'> {
  /** Undefined for an avatar, which no message can have. */
  target?: FileTarget;
  /** What it may be a picture of. */
  picture?: PictureType | undefined;
  /** What it is, unless it turns out not to be that picture. */
  type: StoredType;
  /** What is to be stored, if that has been made already. */
  parts?: Parts;
}

const typeOf = ({ head, claimedType, name }: ReceivedFile, picture: PictureType | undefined) =>
  storedTypeOf(head, { mediaType: claimedType, name, picture });

/** How long a file stays that nobody attaches to a message. */
const unattachedMs = 60 * 60 * 1000;

/**
 * Stores a file durably. The same bytes of one user are stored once. Throws 'FILE_TYPE_NOT_ALLOWED', 'FILE_QUOTA',
 * 'STORAGE_FULL', 'IDEMPOTENCY_KEY_REUSED', and leaves nothing behind then.
 */
export async function storeUpload(deps: Deps, files: Files, upload: Upload): Promise<UploadedFile> {
  const { file } = upload;
  const made = [file.path];
  try {
    const known = await findRepeated(deps, upload);
    if (known) return known;
    const picture = await pictureTypeOf(file.head);
    const typed = { ...upload, picture, type: await typeOf(file, picture) };
    requireAllowed(deps, typed.type.mediaType);
    return await storeOnce(deps, files, typed, made);
  } finally {
    await Promise.all(made.map((path) => rm(path, { force: true })));
  }
}

/** Adds to `made` the files that are to be removed afterwards. */
export async function storeOnce(
  deps: Deps,
  files: Files,
  upload: TypedUpload,
  made: string[] = [],
): Promise<UploadedFile> {
  // Twice, as the bytes that were there may be deleted before they are referred to.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const content = await findContent(deps, upload.owner, upload.file.sha256);
    if (!content) break;
    const stored = await refer(deps, upload, content);
    if (stored) return stored;
  }
  return storeContent(deps, files, upload, made);
}

function requireAllowed({ config }: Pick<Deps, 'config'>, mediaType: string): void {
  const { types } = config.files;
  const [kind] = mediaType.split('/');
  if (types && !types.some((type) => type === mediaType || type === `${kind}/*`))
    throw new AppError('FILE_TYPE_NOT_ALLOWED');
}

async function findContent(deps: Pick<Deps, 'db'>, owner: string, sha256: string) {
  const row = await deps.db.fileContent.findUnique({ where: { owner_sha256: { owner, sha256 } } });
  return row ? { ...row, size: Number(row.size), storedSize: Number(row.storedSize) } : undefined;
}

/** The file of an earlier upload under the same key. */
async function findRepeated(
  deps: Pick<Deps, 'db'>,
  { owner, uploadKey, file, target }: TypedUpload | Upload,
) {
  if (uploadKey === undefined || !target) return undefined;
  const row = await deps.db.file.findFirst({ where: { owner, uploadKey }, include: { content: true } });
  if (!row) return undefined;
  const isSame =
    row.content.sha256 === file.sha256 &&
    ('roomId' in target ? row.roomId === target.roomId : row.recipient === target.recipient);
  if (!isSame) throw new AppError('IDEMPOTENCY_KEY_REUSED');
  return toUploaded(row, { ...row.content, size: Number(row.content.size), storedSize: 0 });
}

/** Adds a file with bytes that are stored already. Undefined if they have been deleted meanwhile. */
async function refer(deps: Deps, upload: TypedUpload, content: Content) {
  const row = await fileRow(deps, upload, content);
  try {
    await deps.db.file.create({ data: row });
  } catch (error) {
    if (isReferenceMissing(error)) return undefined;
    if (isTaken(error, 'upload_key')) return findRepeated(deps, upload);
    throw error;
  }
  return toUploaded(row, content);
}

async function storeContent(
  deps: Deps,
  files: Files,
  upload: TypedUpload,
  made: string[],
): Promise<UploadedFile> {
  const { owner, file, signal } = upload;
  const id = randomBytes(16).toString('hex');
  const parts =
    upload.parts ?? (await partsOf(deps, files, { ...upload, isPicture: upload.picture !== undefined }));
  made.push(...parts.added.map(({ path }) => path));
  const storedSize = parts.added.reduce((sum, { size }) => sum + size, 0);
  const content: Content = { id, sha256: file.sha256, storedSize, ...parts.facts };
  await requireRoom(deps, owner, storedSize);
  const keys = parts.added.map(({ suffix }) => `${id}${suffix}`);
  files.storing.add(id);
  try {
    for (const { path, suffix, mediaType } of parts.added)
      await files.storage.add(`${id}${suffix}`, path, { mediaType, ...(signal && { signal }) });
    const row = await fileRow(deps, upload, content);
    await deps.db.$transaction(async (tx) => {
      await tx.fileContent.create({ data: { ...content, owner, createdMs: deps.clock() } });
      await tx.file.create({ data: row });
      await requireQuotas(deps, tx, owner);
    });
    return toUploaded(row, content);
  } catch (error) {
    // A lost connection leaves open whether the rows were stored: they must not be without bytes.
    const isAbsent = await deps.db.fileContent.count({ where: { id } }).then(
      (rows) => rows === 0,
      () => false,
    );
    // What cannot be removed now is found by a comparison.
    if (isAbsent) await files.storage.remove(keys).catch(() => {});
    // The same user has uploaded the same bytes at the same time.
    if (!isTaken(error, 'sha256') && !isTaken(error, 'upload_key')) throw error;
    const first = (await findRepeated(deps, upload)) ?? (await referToFirst(deps, upload));
    if (!first) throw error;
    return first;
  } finally {
    files.storing.delete(id);
  }
}

async function referToFirst(deps: Deps, upload: TypedUpload) {
  const content = await findContent(deps, upload.owner, upload.file.sha256);
  return content && refer(deps, upload, content);
}

/** A picture that could not be read is not shown as one. */
async function fileRow({ clock }: Pick<Deps, 'clock'>, upload: TypedUpload, content: Content) {
  const { owner, target, file, uploadKey } = upload;
  const isUnread = upload.picture !== undefined && content.width === null;
  const { mediaType, isInline } = isUnread ? await typeOf(file, undefined) : upload.type;
  const now = clock();
  return {
    id: randomBytes(16).toString('base64url'),
    contentId: content.id,
    owner,
    name: file.name,
    mediaType,
    isInline,
    createdMs: now,
    keepUntilMs: now + unattachedMs,
    ...target,
    ...(uploadKey !== undefined && { uploadKey }),
  };
}

function toUploaded(
  { id, name, mediaType }: { id: string; name: string; mediaType: string },
  { size, width, height, durationMs, previews }: Content,
): UploadedFile {
  return {
    id,
    name,
    size,
    mediaType,
    ...(width !== null && { width }),
    ...(height !== null && { height }),
    ...(durationMs !== null && { durationMs }),
    hasPreview: previews !== '',
  };
}
