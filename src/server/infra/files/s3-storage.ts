import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import type { FileStorage } from './file-storage.ts';
import { isKey, requireIncoming, requireKey } from './keys.ts';
import { checkBucket } from './s3-check.ts';
import { type S3Options, sendContentMd5, settingsOf } from './s3-client.ts';
import { callerError } from './s3-errors.ts';
import { makeIncoming, removeAbandoned } from './s3-incoming.ts';

/** How many objects a slice of `list` has at most. */
const sliceSize = 500;

/** The most that one request to delete may name. */
const removedAtOnce = 1000;

/**
 * An upload holds at most `partsAtOnce` parts in memory, and what the next one is made of. Parts are of 5 MiB, the least that
 * the service takes; larger only for files that would need more than 10,000 of them.
 */
const partsAtOnce = 2;
const minPartSize = 5 * 1024 * 1024;
const maxParts = 10_000;

/** The longest validity of a signed URL, in seconds, and the one that all of them get: see `directUrl`. */
const signedForSeconds = 7 * 24 * 60 * 60;

/**
 * Files in a bucket of an S3-compatible service, under `prefix` and their keys. Failures of the service or of the network
 * become 'UNAVAILABLE'. With `directReads` clients can be given URLs of the service; these can be valid for at most seven days.
 * The SDK is loaded here, so that servers without S3 never do.
 */
export async function createS3Storage(
  options: S3Options & { directReads?: boolean | undefined },
): Promise<FileStorage> {
  const { bucket: Bucket, prefix, directReads = false } = options;
  const s3 = await import('@aws-sdk/client-s3');
  const { Upload } = await import('@aws-sdk/lib-storage');
  const client: S3Client = new s3.S3Client(settingsOf(options));
  sendContentMd5(client);
  const incoming = await makeIncoming();

  const at = (key: string) => {
    requireKey(key);
    return { Bucket, Key: prefix + key };
  };

  /** Resolves once everything is stored. If it fails, the parts that were sent have been given up. */
  async function upload(path: string, target: Partial<PutObjectCommandInput>, signal?: AbortSignal) {
    signal?.throwIfAborted();
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const body = file.createReadStream();
    try {
      const { size } = await file.stat();
      // Upload has a way of its own to be aborted, but then does not wait until the parts have been given up.
      if (signal) addAbortSignal(signal, body);
      await new Upload({
        client,
        params: { ...target, Body: body, ContentLength: size } as PutObjectCommandInput, // safe: `target` has the rest
        queueSize: partsAtOnce,
        partSize: Math.max(minPartSize, Math.ceil(size / maxParts)),
      }).done();
    } finally {
      body.destroy();
      await file.close();
    }
  }

  async function removeBatch(keys: readonly { Key: string }[]): Promise<void> {
    const answer = await client.send(
      new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [...keys], Quiet: true } }),
    );
    const [failure] = answer.Errors ?? [];
    if (failure) throw new Error(`an object could not be deleted: ${failure.Code}`);
  }

  const storage: FileStorage = {
    incoming,

    async add(key, path, { mediaType, signal }) {
      requireIncoming(incoming, path);
      const target = at(key);
      try {
        await upload(path, { ...target, ContentType: mediaType }, signal);
        if (!signal?.aborted) return;
        // The signal came when everything had been sent.
        await removeBatch([target]);
      } catch (error) {
        signal?.throwIfAborted();
        throw callerError(error);
      } finally {
        await rm(path, { force: true });
      }
      signal.throwIfAborted();
    },

    async open(key, range) {
      const request = { ...at(key), Range: range && `bytes=${range.start}-${range.end}` };
      try {
        const { Body } = await client.send(new s3.GetObjectCommand(request));
        return Body as Readable; // safe: in Node it is the answer's stream
      } catch (error) {
        if (error instanceof s3.NoSuchKey) return undefined;
        throw callerError(error);
      }
    },

    async remove(keys) {
      const objects = keys.map((key) => ({ Key: at(key).Key }));
      try {
        for (let index = 0; index < objects.length; index += removedAtOnce)
          await removeBatch(objects.slice(index, index + removedAtOnce));
      } catch (error) {
        throw callerError(error);
      }
    },

    async *list() {
      const pages = s3.paginateListObjectsV2({ client, pageSize: sliceSize }, { Bucket, Prefix: prefix });
      try {
        for await (const { Contents = [] } of pages)
          yield Contents.flatMap(({ Key = '', Size, LastModified }) => {
            const key = Key.slice(prefix.length);
            return isKey(key) && Size !== undefined && LastModified
              ? [{ key, size: Size, storedAt: LastModified }]
              : [];
          });
      } catch (error) {
        throw callerError(error);
      }
    },

    async check() {
      await checkBucket(s3, client, options);
      await removeAbandoned();
    },

    async close() {
      client.destroy();
      await rm(incoming, { recursive: true, force: true });
    },
  };
  if (!directReads) return storage;

  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  return {
    ...storage,
    directUrl: (key, { expiresAt, headers }) =>
      getSignedUrl(
        client,
        new s3.GetObjectCommand({
          ...at(key),
          ResponseContentType: headers.contentType,
          ResponseContentDisposition: headers.contentDisposition,
          ResponseCacheControl: headers.cacheControl,
        }),
        // Signed as of a time that follows from the expiry alone: the same URL each time, so that browsers can cache.
        {
          expiresIn: signedForSeconds,
          signingDate: new Date(expiresAt.getTime() - signedForSeconds * 1000),
        },
      ),
  };
}
