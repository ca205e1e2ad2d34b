import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import type { FileUrl } from '../../infra/files/file-urls.ts';
import type { ReadableFile } from '../files/read-file.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { publish } from '../shared/publish.ts';

/** Signals that an archive is to be made. */
export const exportsTopic = 'exports';

/** For how long an archive can be downloaded. */
export const keptMs = 24 * 3_600_000;

export type ExportState = 'waiting' | 'running' | 'ready' | 'failed';

/** An archive of the user's own data, as its owner sees it. */
export interface OwnExport {
  state: ExportState;
  requestedAt: Date;
  /** How much has been made, in percent. */
  progress: number;
  /** Bytes of one that is ready; null before. */
  size: number | null;
  /** When one that is ready goes; null before. */
  expiresAt: Date | null;
  /** Where one that is ready can be downloaded within the next five minutes, without a token; null before. */
  url: string | null;
}

export interface StoredExport {
  id: string;
  username: string;
  state: string;
  requestedMs: bigint;
  dueMs: bigint;
  attempts: number;
  progress: number;
  size: bigint;
}

/** How often it is begun at most. */
export const maxAttempts = 3;

/**
 * In the storage: each attempt has its own, so that none removes or replaces what another has made. No key of a file begins like
 * this, so that comparisons leave it alone.
 */
export const keyOf = ({ id, attempts }: Pick<StoredExport, 'id' | 'attempts'>) =>
  `export-${Buffer.from(id, 'base64url').toString('hex')}-${attempts}`;

/** Those of the first attempts: a server may have died before it removed what it had stored. */
export const keysUpTo = ({ id, attempts }: Pick<StoredExport, 'id' | 'attempts'>): string[] =>
  Array.from({ length: attempts }, (_, index) => keyOf({ id, attempts: index + 1 }));

const nameOf = ({ requestedMs }: Pick<StoredExport, 'requestedMs'>) =>
  `mirage-data-${new Date(Number(requestedMs)).toISOString().slice(0, 10)}.zip`;

type ExportDeps = Pick<
  Deps,
  'db' | 'sql' | 'bus' | 'clock' | 'config' | 'log' | 'limits' | 'metrics' | 'files' | 'fileUrls'
>;

/**
 * Has an archive made of everything that is the user's own; one that is being made is not begun again, and takes the place of an
 * earlier one. Throws 'FILES_OFF', 'STORAGE_FULL', 'TOO_MANY_REQUESTS'.
 */
export async function requestExport(deps: ExportDeps, username: string): Promise<OwnExport> {
  const { db } = deps;
  if (!deps.files) throw new AppError('FILES_OFF');
  const before = await db.export.findUnique({ where: { username } });
  if (before && isUnderWay(before)) return shown(deps, before);
  await requireWithinLimit(deps, 'exports', username);
  await requireTotal(deps, username);
  if (before) await discard(deps, before);
  const now = BigInt(deps.clock());
  const id = randomBytes(16).toString('base64url');
  try {
    await db.export.create({ data: { id, username, requestedMs: now, dueMs: now } });
  } catch (error) {
    // Of two at the same time, one begins.
    if (!isTaken(error, 'username')) throw error;
  }
  await publish(deps, exportsTopic, { wanted: true });
  return (await findExport(deps, username)) ?? shown(deps, { ...newExport, id, username, requestedMs: now });
}

const newExport = { state: 'waiting', dueMs: 0n, attempts: 0, progress: 0, size: 0n };

/** The archive that the user has asked for last; null if there is none any more. */
export async function findExport(deps: ExportDeps, username: string): Promise<OwnExport | null> {
  const found = await deps.db.export.findUnique({ where: { username } });
  const isOver = found && !isUnderWay(found) && Number(found.dueMs) <= deps.clock();
  return found && !isOver ? shown(deps, found) : null;
}

export const isUnderWay = ({ state }: Pick<StoredExport, 'state'>) =>
  state === 'waiting' || state === 'running';

function shown({ fileUrls }: Pick<Deps, 'fileUrls'>, stored: StoredExport): OwnExport {
  const { id, username, state, requestedMs, progress, size, dueMs } = stored;
  const isReady = state === 'ready';
  return {
    state: state as ExportState, // safe: stored as it is typed
    requestedAt: new Date(Number(requestedMs)),
    progress,
    size: isReady ? Number(size) : null,
    expiresAt: isReady ? new Date(Number(dueMs)) : null,
    url: isReady ? fileUrls.archive({ id, name: nameOf(stored) }, username) : null,
  };
}

/** The archive that a URL is of. Undefined if the URL is not valid (any more), or the archive is gone. */
export async function findArchive(
  { db, fileUrls, clock }: Pick<Deps, 'db' | 'fileUrls' | 'clock'>,
  url: FileUrl,
): Promise<ReadableFile | undefined> {
  const found = await db.export.findUnique({ where: { id: url.id } });
  if (found?.state !== 'ready' || Number(found.dueMs) <= clock()) return undefined;
  if (!fileUrls.isValid(url, { archiveOf: found.username })) return undefined;
  return {
    key: keyOf(found),
    name: nameOf(found),
    size: Number(found.size),
    mediaType: 'application/zip',
    isInline: false,
    isPersonal: true,
    etag: `"${found.id}"`,
  };
}

/** Removes the archive of a user who has left, or who has asked for another. */
export async function discardExport(deps: Pick<Deps, 'db' | 'files'>, username: string): Promise<void> {
  const found = await deps.db.export.findUnique({ where: { username } });
  if (found) await discard(deps, found);
}

/** The bytes first: without the row nobody would know of them. */
export async function discard(
  { db, files }: Pick<Deps, 'db' | 'files'>,
  stored: Pick<StoredExport, 'id'>,
): Promise<void> {
  const { id } = stored;
  await files?.storage.remove(keysUpTo({ id, attempts: maxAttempts }));
  await db.export.deleteMany({ where: { id } });
}

/** Throws 'STORAGE_FULL' if there is no room for what the user has stored once more. */
export async function requireTotal(
  { sql, config }: Pick<Deps, 'sql' | 'config'>,
  username: string,
): Promise<void> {
  const usages = await sql<{ owner: string; bytes: number | bigint }>(
    Prisma.sql`SELECT owner, bytes FROM file_usage WHERE owner IN (${username}, '')`,
  );
  const bytes = usages.reduce((sum, usage) => sum + Number(usage.bytes), 0);
  if (bytes > config.files.totalQuotaBytes) throw new AppError('STORAGE_FULL');
}
