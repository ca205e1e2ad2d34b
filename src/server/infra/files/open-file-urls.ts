import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { Config } from '../../core/config.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { serverSecret } from '../db/server-secrets.ts';
import { createFileUrls, type FileUrls } from './file-urls.ts';

interface Options {
  sql: RawSql;
  clock: Clock;
  config: Pick<Config, 'files' | 'publicUrl'>;
  /** The path below which Mirage is served, if no setting says where it is. */
  basePath: string;
}

/** URLs signed with the secret in the database, which all servers share. The first to ask makes it. */
export async function openFileUrls({ sql, clock, config, basePath }: Options): Promise<FileUrls> {
  const secret = await serverSecret(sql, 'file-urls', randomBytes(32).toString('base64url'));
  return createFileUrls({
    secret,
    clock,
    ttlMs: config.files.urlTtlMs,
    base: baseOf(config, basePath),
  });
}

/** What comes before `/files`. Without settings, URLs are paths on the host that they are read from. */
function baseOf({ files, publicUrl }: Pick<Config, 'files' | 'publicUrl'>, basePath: string): string {
  if (files.origin === undefined) return publicUrl ?? basePath;
  const path = publicUrl === undefined ? basePath : new URL(publicUrl).pathname.replace(/\/$/, '');
  return files.origin + path;
}
