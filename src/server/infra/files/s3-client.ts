import { createHash } from 'node:crypto';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

/** Where an S3-compatible service is, and which part of it to use. */
export interface S3Options {
  bucket: string;
  /** Empty, or ends with `/`. All objects are under it. */
  prefix: string;
  /** An http or https URL. Undefined for AWS. */
  endpoint: string | undefined;
  region: string;
  /** Whether the bucket is in the path of URLs, and not in their host. */
  forcePathStyle: boolean;
  /** Undefined for what the SDK finds in its default places. */
  credentials: S3Credentials | undefined;
}

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Of a connection, its queue included. */
const connectMs = 5000;

/** From the beginning of a request to the headers of its answer. A part of 5 MiB needs 90 KB/s. */
const answerMs = 60_000;

/** Without a byte in either direction. It also ends downloads whose readers have stopped reading. */
const idleMs = 120_000;

/** One request and two repetitions, with pauses of at most a few seconds. */
const maxAttempts = 3;

/** Every download holds one connection while it lasts. */
const maxSockets = 1000;

/** Settings that many S3-compatible services understand. */
export function settingsOf({ endpoint, region, forcePathStyle, credentials }: S3Options): S3ClientConfig {
  return {
    region,
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle,
    ...(credentials && { credentials }),
    // By default every upload and every URL would have a CRC32, which not all services know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      // Otherwise it would only warn.
      throwOnRequestTimeout: true,
      socketTimeout: idleMs,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
  };
}

/** Requests to delete get an MD5 besides the CRC32 that the SDK gives them, since older services insist on it. */
export function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const request = args.request as { headers: Record<string, string>; body?: unknown }; // safe: an HTTP request
        if (commandName === 'DeleteObjectsCommand' && typeof request.body === 'string')
          request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
        return next(args);
      },
    { step: 'build', name: 'sendContentMd5' },
  );
}
