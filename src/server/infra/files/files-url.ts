import { ConfigError } from '../../core/config.ts';
import type { FileStorage } from './file-storage.ts';
import { createFolderStorage } from './folder-storage.ts';
import type { S3Credentials, S3Options } from './s3-client.ts';
import { createS3Storage } from './s3-storage.ts';

/** Where files are stored. */
export type FilesPlace = { kind: 'folder'; folder: string } | ({ kind: 's3' } & S3Options);

type Environment = Record<string, string | undefined>;

/** The parameters of an `s3:` URL. */
export const s3ParameterNames = ['endpoint', 'region', 'path-style'] as const;

type Parameter = (typeof s3ParameterNames)[number];

/**
 * Reads a FILES_URL: `file:` and a path, or `s3://bucket/prefix` with parameters. Credentials come from the environment.
 * @throws {@link ConfigError} that says what is wrong. It does not repeat the URL, which may contain a secret by mistake.
 */
export function parseFilesUrl(url: string, env: Environment): FilesPlace {
  if (/^file:[^?#\0]+$/.test(url)) return { kind: 'folder', folder: url.slice('file:'.length) };
  if (!url.startsWith('s3://') || !URL.canParse(url))
    throw refusal('must be file: and the path of a folder, such as file:./data/files, or s3:// and a bucket');
  return { kind: 's3', ...parseS3Url(new URL(url), env) };
}

/** Opens it. It is not checked yet. `isAlone` says that no other server uses it, `directReads` that clients may be sent to it. */
export async function openFileStorage(
  place: FilesPlace,
  { directReads, isAlone }: { directReads: boolean; isAlone: boolean },
): Promise<FileStorage> {
  return place.kind === 'folder'
    ? createFolderStorage(place.folder, { isAlone })
    : createS3Storage({ ...place, directReads });
}

const refusal = (problem: string) => new ConfigError(`FILES_URL ${problem}`);

function parseS3Url(url: URL, env: Environment): S3Options {
  if (url.username !== '' || url.password !== '')
    throw refusal('must not contain credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  if (url.port !== '' || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname))
    throw refusal('must name a bucket after s3://, of 3 to 63 lower-case letters, digits, dots and hyphens');
  const path = url.pathname.replace(/^\/|\/$/g, '');
  if (url.hash !== '' || !/^([\w-][\w.-]*(\/(?!$)|$))*$/.test(path))
    throw refusal(
      'must have a prefix of letters, digits and ._- between single slashes after the bucket, or none',
    );
  const given = parametersOf(url);
  const endpoint = given.endpoint === undefined ? undefined : endpointOf(given.endpoint);
  const region = given.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1';
  if (!/^[a-z0-9-]{1,64}$/.test(region)) throw refusal('must have a region of letters, digits and hyphens');
  if (!['on', 'off', undefined].includes(given['path-style']))
    throw refusal('must have path-style=on or path-style=off');
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    endpoint,
    region,
    // Services other than AWS seldom have a name for each bucket.
    forcePathStyle: given['path-style'] === undefined ? endpoint !== undefined : given['path-style'] === 'on',
    credentials: credentialsOf(env),
  };
}

function parametersOf({ searchParams }: URL): Partial<Record<Parameter, string>> {
  const names = [...searchParams.keys()];
  if (!names.every((name) => (s3ParameterNames as readonly string[]).includes(name)))
    // safe: widened
    throw refusal(`takes only these parameters: ${s3ParameterNames.join(', ')}`);
  if (new Set(names).size < names.length) throw refusal('has a parameter more than once');
  return Object.fromEntries(searchParams);
}

function endpointOf(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url && [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (!url || !isPlain || !/^https?:$/.test(url.protocol))
    throw refusal('must have an endpoint such as http://127.0.0.1:9000, without credentials');
  return url.href.replace(/\/$/, '');
}

function credentialsOf(env: Environment): S3Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey)
    throw new ConfigError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set, or neither');
  return {
    accessKeyId,
    secretAccessKey,
    ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
  };
}
