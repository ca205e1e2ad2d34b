import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/server/core/config.ts';
import type { S3Options } from '../../src/server/infra/files/s3-client.ts';
import { createS3Storage } from '../../src/server/infra/files/s3-storage.ts';
import {
  describeFileStorage,
  keysOf,
  listed,
  mediaType,
  read,
  receive,
  store,
} from '../files/file-storage.contract.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { startS3 } from './support/s3.ts';

let s3: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  s3 = await startS3();
});
afterEach(() => s3.mode('take'));
afterAll(() => s3.close());

const MB = 1024 * 1024;

/** A storage of its own in the bucket. */
async function openStorage(settings: Partial<S3Options> & { directReads?: boolean } = {}) {
  const storage = await createS3Storage({ ...s3.options, prefix: `${randomUUID()}/files/`, ...settings });
  onTestFinished(() => storage.close());
  return storage;
}

async function openChecked() {
  const storage = await openStorage();
  await storage.check();
  return storage;
}

describeFileStorage('S3', openChecked);

const unavailable = { reason: 'UNAVAILABLE', retryAfterMs: 1000, cause: expect.any(Error) };

describe('an upload', () => {
  it('holds three times 5 MiB in memory, however large the file is', async () => {
    const storage = await openStorage();
    const path = await receive(storage, '');
    await truncate(path, 24 * MB);
    // What the SDK needs for itself is loaded by now.
    await storage.remove([await store(storage, 'x')]);
    // Of earlier tests, too: some things go only at the second time.
    for (let times = 0; times < 2; times += 1) await collectGarbage();
    const before = process.memoryUsage().arrayBuffers;

    await s3.mode('hold');
    const parts = s3.requests('part', 2);
    const added = storage.add('abcdef', path, { mediaType });
    await parts;
    // Were a third part sent at the same time, it would be on its way by now.
    for (let times = 0; times < 10; times += 1) expect(await s3.unfinished()).toBe(1);
    await collectGarbage();
    const held = (process.memoryUsage().arrayBuffers - before) / MB;
    expect(held).toBeGreaterThan(10);
    expect(held).toBeLessThan(16);

    await s3.mode('take');
    await added;
    expect(await listed(storage)).toMatchObject([{ key: 'abcdef', size: 24 * MB }]);
  });

  it('leaves nothing behind when it is aborted', async () => {
    const storage = await openStorage();
    const controller = new AbortController();
    const path = await receive(storage, randomBytes(24 * MB));
    await s3.mode('hold');
    const parts = s3.requests('part', 2);
    const added = storage.add('abcdef', path, { mediaType, signal: controller.signal });
    await parts;
    expect(await s3.unfinished()).toBe(1);
    const sent = s3.sentParts();

    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await s3.mode('take');
    await expect(added).rejects.toBe(reason);
    // Once it has answered this, it has told of all parts.
    await s3.mode('take');
    expect(s3.sentParts()).toBe(sent);
    expect([await s3.unfinished(), await listed(storage), await readdir(storage.incoming)]).toEqual([
      0,
      [],
      [],
    ]);
  });

  it('leaves nothing behind when it is aborted after the last byte', async () => {
    const storage = await openStorage();
    const controller = new AbortController();
    const path = await receive(storage, 'x');
    await s3.mode('hold');
    const sent = s3.requests('put', 1);
    const added = storage.add('abcdef', path, { mediaType, signal: controller.signal });
    await sent;
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    await s3.mode('take');
    await expect(added).rejects.toBe(reason);
    expect([await listed(storage), await readdir(storage.incoming)]).toEqual([[], []]);
  });

  it.each(['refuse', 'refuse the end'] as const)('leaves nothing behind when it fails: %s', async (mode) => {
    const storage = await openStorage();
    const path = await receive(storage, randomBytes(12 * MB));
    await s3.mode(mode);
    await expect(storage.add('abcdef', path, { mediaType })).rejects.toMatchObject(unavailable);
    expect([await s3.unfinished(), await listed(storage), await readdir(storage.incoming)]).toEqual([
      0,
      [],
      [],
    ]);
  });

  it('says that the service is full', async () => {
    const storage = await openStorage();
    for (const size of [1, 6 * MB]) {
      const path = await receive(storage, randomBytes(size));
      await s3.mode('full');
      await expect(storage.add('abcdef', path, { mediaType })).rejects.toMatchObject({
        reason: 'STORAGE_FULL',
      });
    }
    expect([await s3.unfinished(), await listed(storage)]).toEqual([0, []]);
  });
});

it('deletes a thousand at a time', async () => {
  const storage = await openStorage();
  const key = await store(storage, 'x');
  const requests = s3.requests('delete', 2);
  await storage.remove([...Array.from({ length: 1000 }, () => randomUUID()), key]);
  await requests;
  expect(await listed(storage)).toEqual([]);
});

it('leaves alone what is not its own', async () => {
  const prefix = `${randomUUID()}/`;
  const storage = await openStorage({ prefix });
  await store(storage, 'x', 'abcdef');
  const Bucket = s3.options.bucket;
  for (const name of ['abcd/abcdef', 'abcdef.bak', 'ab', '.check', 'a b c d'])
    await s3.client.send(new PutObjectCommand({ Bucket, Key: prefix + name, Body: 'x' }));
  // As long as the prefix of the first.
  await store(await openStorage({ prefix: `${randomUUID()}/` }), 'x', 'others');
  expect(await keysOf(storage)).toEqual(['abcdef']);
});

describe('a service that cannot be reached', () => {
  it('makes everything unavailable, for as long', async () => {
    const proxy = await startProxy(s3.options.endpoint);
    const storage = await openStorage({ endpoint: proxy.url });
    await storage.check();
    const key = await store(storage, 'x');
    const path = await receive(storage, 'y');

    proxy.down();
    await expect(storage.add('abcdef', path, { mediaType })).rejects.toMatchObject(unavailable);
    await expect(storage.open(key)).rejects.toMatchObject(unavailable);
    await expect(storage.remove([key])).rejects.toMatchObject(unavailable);
    await expect(listed(storage)).rejects.toMatchObject(unavailable);

    proxy.up();
    expect(String(await read(storage, key))).toBe('x');
    expect(await keysOf(storage)).toEqual([key]);
  });

  it('ends streams with an error', async () => {
    const proxy = await startProxy(s3.options.endpoint);
    const storage = await openStorage({ endpoint: proxy.url });
    const key = await store(storage, randomBytes(8 * MB));
    const stream = await storage.open(key);
    proxy.down();
    await expect(stream?.toArray()).rejects.toThrow();
  });
});

describe('a storage that is not set up well', () => {
  const problemOf = async (settings: Partial<S3Options>) => {
    const error = await (await openStorage(settings)).check().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).not.toHaveProperty('cause');
    return (error as Error).message.replace(s3.options.endpoint, 'ENDPOINT'); // safe: see above
  };

  it('names a bucket that does not exist', async () => {
    expect(await problemOf({ bucket: 'other' })).toBe(
      'FILES_URL names the bucket other, which does not exist at ENDPOINT',
    );
  });

  it('has wrong credentials', async () => {
    const credentials = { accessKeyId: 'unknown-id', secretAccessKey: 'hunter2' };
    expect(await problemOf({ credentials })).toBe(
      'FILES_URL needs valid credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (InvalidAccessKeyId)',
    );
  });

  it('allows no writing', async () => {
    await s3.mode('refuse');
    expect(await problemOf({})).toBe(
      'FILES_URL names the bucket mirage-files, in which the credentials do not allow to list, write and delete (AccessDenied)',
    );
  });

  it('names a service that does not answer', async () => {
    expect(await problemOf({ endpoint: 'http://127.0.0.1:1' })).toBe(
      'FILES_URL names the bucket mirage-files at http://127.0.0.1:1, which cannot be used (ECONNREFUSED)',
    );
  });
});

describe('direct reading', () => {
  const headers = {
    contentType: 'image/png',
    contentDisposition: 'inline; filename="a.png"; filename*=UTF-8\'\'%E2%9C%93.png',
    cacheControl: 'private, max-age=600, immutable',
  };

  it('is off unless it is switched on', async () => {
    expect(await openStorage()).not.toHaveProperty('directUrl');
  });

  it('answers with the headers asked for, until it expires', async () => {
    const storage = await openStorage({ directReads: true });
    const key = await store(storage, 'The quick brown fox');
    const urlUntil = (ms: number) => storage.directUrl?.(key, { expiresAt: new Date(ms), headers }) ?? '';
    const expiresAt = Date.now() + 60_000;
    const url = await urlUntil(expiresAt);

    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toEqual([200, 'The quick brown fox']);
    expect(answer.headers.get('content-type')).toBe(headers.contentType);
    expect(answer.headers.get('content-disposition')).toBe(headers.contentDisposition);
    expect(answer.headers.get('cache-control')).toBe(headers.cacheControl);
    const part = await fetch(url, { headers: { range: 'bytes=4-8' } });
    expect([part.status, await part.text()]).toEqual([206, 'quick']);

    expect(await urlUntil(expiresAt)).toBe(url);
    expect((await fetch(await urlUntil(Date.now() - 2000))).status).toBe(403);
    expect(url).not.toMatch(/checksum|crc32/i);
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('host');
  });

  it('refuses what cannot be a key', async () => {
    const storage = await openStorage({ directReads: true });
    expect(() => storage.directUrl?.('../../x', { expiresAt: new Date(), headers })).toThrow(TypeError);
  });
});

describe('the folder for incoming files', () => {
  it("is the process' own, and goes in the end", async () => {
    const [storage, other] = [await openStorage(), await openStorage()];
    expect(storage.incoming).not.toBe(other.incoming);
    expect((await stat(storage.incoming)).mode & 0o777).toBe(0o700);
    await receive(storage, 'x');
    await storage.close();
    await expect(stat(storage.incoming)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is removed by others once its process has ended', async () => {
    const { pid: ended } = spawnSync('true');
    const folders = [ended, process.ppid].map((pid) => join(tmpdir(), `mirage-incoming-${pid}-abcdef`));
    for (const folder of folders) {
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      await mkdir(join(folder, 'x'), { recursive: true });
    }
    const running = await openStorage();
    await openChecked();
    const names = await readdir(tmpdir());
    expect(folders.map((folder) => names.includes(folder.split('/').at(-1) ?? ''))).toEqual([false, true]);
    expect(await readdir(running.incoming)).toEqual([]);
  });
});
