import type * as Sdk from '@aws-sdk/client-s3';
import { ConfigError } from '../../core/config.ts';
import type { S3Options } from './s3-client.ts';
import { nameOf, statusOf } from './s3-errors.ts';

/** An object that is written and deleted. It is no key, so that nobody takes it for a file. */
const probe = '.check';

/**
 * Checks that objects can be listed, written and deleted.
 * @throws {@link ConfigError} naming the problem. It has no cause, since the service's answer may repeat credentials.
 */
export async function checkBucket(
  s3: typeof Sdk,
  client: Sdk.S3Client,
  { bucket: Bucket, prefix, endpoint }: S3Options,
): Promise<void> {
  const Key = prefix + probe;
  try {
    await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1 }));
    await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: 'x' }));
    await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }], Quiet: true } }));
  } catch (error) {
    throw new ConfigError(problem(nameOf(error), statusOf(error), { bucket: Bucket, endpoint }));
  }
}

function problem(
  name: string,
  status: number | undefined,
  { bucket, endpoint = 'AWS' }: { bucket: string; endpoint: string | undefined },
): string {
  if (/^(NoSuchBucket|NotFound)$/.test(name))
    return `FILES_URL names the bucket ${bucket}, which does not exist at ${endpoint}`;
  if (/^(PermanentRedirect|AuthorizationHeaderMalformed)$/.test(name))
    return `FILES_URL names another region than that of the bucket ${bucket} (${name})`;
  if (/Credentials|^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken)/.test(name))
    return `FILES_URL needs valid credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${name})`;
  if (status === 403)
    return `FILES_URL names the bucket ${bucket}, in which the credentials do not allow to list, write and delete (${name})`;
  return `FILES_URL names the bucket ${bucket} at ${endpoint}, which cannot be used (${name})`;
}
