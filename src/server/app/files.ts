import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Config, ConfigError } from '../core/config.ts';
import { sparingLog } from '../core/sparing-log.ts';
import { databaseFile, isDatabaseFile } from '../infra/db/database-file.ts';
import { Prisma } from '../infra/db/generated/sqlite/client.ts';
import type { RawSql } from '../infra/db/raw-sql.ts';
import { serverSecret } from '../infra/db/server-secrets.ts';
import type { FileStorage } from '../infra/files/file-storage.ts';
import { type FilesPlace, openFileStorage, parseFilesUrl } from '../infra/files/files-url.ts';
import { ownerKey } from '../infra/files/keys.ts';
import { createPictures } from '../infra/files/pictures.ts';
import { createDownloads, createUploads } from '../infra/limits/transfers.ts';
import { isContentKey, startFileSweeps } from '../services/files/sweep.ts';
import type { Deps, Files } from '../services/shared/deps.ts';

type FilesDeps = Pick<Deps, 'config' | 'sql' | 'clock' | 'log' | 'roomMessages' | 'keptMessages'>;

/** Opens the storage of files, and keeps it swept. Undefined if the server takes no files. Rejects with a {@link ConfigError}. */
export async function openFiles(deps: FilesDeps): Promise<(Files & { close(): Promise<void> }) | undefined> {
  const { config, sql, log } = deps;
  const isAlone = isDatabaseFile(config.databaseUrl);
  const place = filesPlaceOf(config);
  if (!place) return undefined;
  const storage = await openFileStorage(place, { directReads: config.files.directReads, isAlone });
  let isInStep: boolean;
  try {
    // Before anything in it is touched. An S3-compatible service is asked only after it has been checked that it can be.
    if (place.kind === 'folder') await readMarker(storage, sql);
    await storage.check();
    isInStep = await claimStorage(storage, sql);
  } catch (error) {
    await storage.close();
    throw error;
  }
  const pictures = createPictures({
    onFailure: (reason) => sparingLog(log).warn({ reason }, 'reading a picture or media file failed'),
  });
  const sweeps = startFileSweeps({ ...deps, storage }, { isAlone, isInStep });
  return {
    storage,
    pictures,
    compared: sweeps.compared,
    storing: sweeps.storing,
    sweep: sweeps.sweep,
    compare: sweeps.compare,
    uploads: createUploads(config.files.maxUploadsPerUser),
    downloads: createDownloads(),
    async close() {
      await sweeps.close();
      await pictures.close();
      await storage.close();
    },
  };
}

/** Where files are. Undefined if the server takes none. Throws a {@link ConfigError}. */
export function filesPlaceOf(config: Config): FilesPlace | undefined {
  const url = filesUrlOf(config);
  return url === 'off' ? undefined : parseFilesUrl(url, config.files.aws);
}

function filesUrlOf({ files, databaseUrl, redis }: Config): string {
  if (files.url !== undefined) return files.url;
  if (redis)
    throw new ConfigError(
      'FILES_URL must be set where several servers share REDIS_URL: s3:// and a bucket, file: and a folder that all servers share, or off',
    );
  return isDatabaseFile(databaseUrl)
    ? `file:${join(dirname(databaseFile(databaseUrl)), 'files')}`
    : 'file:./data/files';
}

/**
 * Takes a storage for this database. A storage that another database refers to would lose its files to the first comparison. Whether it
 * is as this database left it: a copy of the database, or an earlier state of it, does not know all files.
 */
async function claimStorage(storage: FileStorage, sql: RawSql): Promise<boolean> {
  const marker = await readMarker(storage, sql);
  if (!marker) await requireEmpty(storage);
  const lastRun = await serverSecret(sql, 'files-run', 'none');
  const run = randomUUID();
  const path = join(storage.incoming, randomUUID());
  await writeFile(path, `${await installationOf(sql)} ${run}`, { mode: 0o600 });
  await storage.add(ownerKey, path, { mediaType: 'text/plain' });
  await sql(Prisma.sql`UPDATE server_secrets SET value = ${run} WHERE name = 'files-run'`);
  return !marker || marker.run === lastRun;
}

/** What a storage says about whose it is. Rejects if it belongs to another database. */
async function readMarker(
  storage: FileStorage,
  sql: RawSql,
): Promise<{ run: string | undefined } | undefined> {
  const marker = await storage.open(ownerKey);
  if (!marker) return undefined;
  const [installation, run] = (await text(marker)).trim().split(' ');
  if (installation === (await installationOf(sql))) return { run };
  throw new ConfigError(
    `FILES_URL leads to the files of another database: choose an empty place, or delete what is in it, "${ownerKey}" included`,
  );
}

async function requireEmpty(storage: FileStorage): Promise<void> {
  for await (const objects of storage.list())
    if (objects.some(({ key }) => isContentKey(key)))
      throw new ConfigError('FILES_URL leads to a place with files of unknown origin: choose an empty one');
}

/**
 * The storage for a command, which other processes may be using. Neither checked nor cleared, as those are receiving files in it.
 * Undefined if there is none. Rejects with a {@link ConfigError}.
 */
export async function openStorageForCommand({
  config,
  sql,
}: Pick<Deps, 'config' | 'sql'>): Promise<FileStorage | undefined> {
  const place = filesPlaceOf(config);
  if (!place) return undefined;
  const storage = await openFileStorage(place, { directReads: false, isAlone: false });
  try {
    if (await readMarker(storage, sql)) return storage;
    throw new ConfigError('FILES_URL leads to a place that no server with this database has used');
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** Identifies the database, and copies of it. */
const installationOf = (sql: RawSql) => serverSecret(sql, 'installation', randomUUID());
