import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/server/core/config.ts';
import { openFileStorage, parseFilesUrl } from '../../src/server/infra/files/files-url.ts';
import { temporaryFolder } from '../support/harness.ts';
import { read, store } from './file-storage.contract.ts';

const key = { AWS_ACCESS_KEY_ID: 'EXAMPLE', AWS_SECRET_ACCESS_KEY: 'hunter2' };

const plain = {
  kind: 's3',
  bucket: 'chat',
  prefix: '',
  endpoint: undefined,
  region: 'us-east-1',
  forcePathStyle: false,
  credentials: undefined,
};

describe('FILES_URL', () => {
  it.each(['./data/files', '/var/lib/mirage', 'my files/100%'])('names the folder %s', (folder) => {
    expect(parseFilesUrl(`file:${folder}`, key)).toEqual({ kind: 'folder', folder });
  });

  it('names a bucket', () => {
    expect(parseFilesUrl('s3://chat', {})).toEqual(plain);
    expect(parseFilesUrl('s3://chat/', {})).toEqual(plain);
    expect(parseFilesUrl('s3://chat/mirage', {})).toEqual({ ...plain, prefix: 'mirage/' });
    expect(parseFilesUrl('s3://chat/of.team_a/files-1/', {})).toEqual({
      ...plain,
      prefix: 'of.team_a/files-1/',
    });
  });

  it('names a service, which then is addressed by paths', () => {
    const endpoint = 'http://127.0.0.1:9000';
    const parsed = { ...plain, prefix: 'a/', endpoint, region: 'auto', forcePathStyle: true };
    const url = `s3://chat/a?endpoint=${endpoint}&region=auto`;
    expect(parseFilesUrl(url, {})).toEqual(parsed);
    expect(parseFilesUrl(`${url}&path-style=on`, {})).toEqual(parsed);
    expect(parseFilesUrl(`${url}&path-style=off`, {})).toEqual({ ...parsed, forcePathStyle: false });
    expect(parseFilesUrl('s3://chat?path-style=on', {})).toEqual({ ...plain, forcePathStyle: true });
  });

  it('leaves the region to the environment', () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
    expect(parseFilesUrl('s3://chat', env)).toMatchObject({ region: 'eu-west-1' });
    expect(parseFilesUrl('s3://chat', { ...env, AWS_REGION: undefined })).toMatchObject({
      region: 'eu-west-2',
    });
    expect(parseFilesUrl('s3://chat?region=eu-west-3', env)).toMatchObject({ region: 'eu-west-3' });
  });

  it('takes credentials from the environment, if they are there', () => {
    const credentials = { accessKeyId: 'EXAMPLE', secretAccessKey: 'hunter2' };
    const env = { ...key, AWS_SESSION_TOKEN: 'token' };
    expect(parseFilesUrl('s3://chat', key)).toEqual({ ...plain, credentials });
    expect(parseFilesUrl('s3://chat', env)).toEqual({
      ...plain,
      credentials: { ...credentials, sessionToken: 'token' },
    });
    const half = { AWS_ACCESS_KEY_ID: 'EXAMPLE' };
    expect(() => parseFilesUrl('s3://chat', half)).toThrow(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set, or neither',
    );
  });

  it.each([
    ['', /must be file: and the path of a folder/],
    ['./data/files', /must be file: and/],
    ['file:', /must be file: and/],
    ['file:./data?mode=ro', /must be file: and/],
    ['https://secret@example.com/chat', /must be file: and/],
    ['s3:chat', /must be file: and/],
    ['s3://', /must (name a bucket|be file)/],
    ['s3://id:secret@chat', /must not contain credentials/],
    ['s3://id@chat', /must not contain credentials/],
    ['s3://Chat', /must name a bucket/],
    ['s3://ab', /must name a bucket/],
    ['s3://chat:9000', /must name a bucket/],
    ['s3://127.0.0.1:9000/chat', /must name a bucket/],
    ['s3://chat/a//b', /must have a prefix/],
    ['s3://chat/a%2e', /must have a prefix/],
    ['s3://chat/.hidden', /must have a prefix/],
    ['s3://chat/a b', /must have a prefix/],
    ['s3://chat#a', /must have a prefix/],
    ['s3://chat?accessKey=secret', /takes only these parameters: endpoint, region, path-style$/],
    ['s3://chat?region=a&region=b', /has a parameter more than once/],
    ['s3://chat?region=EU', /must have a region/],
    ['s3://chat?region=', /must have a region/],
    ['s3://chat?path-style=yes', /must have path-style=on or path-style=off/],
    ['s3://chat?endpoint=127.0.0.1:9000', /must have an endpoint such as/],
    ['s3://chat?endpoint=ftp://127.0.0.1', /must have an endpoint such as/],
    [
      's3://chat?endpoint=http://id:secret@127.0.0.1:9000',
      /must have an endpoint such as .* without credentials$/,
    ],
  ])('refuses %j, and does not repeat it', (url, problem) => {
    const parse = () => parseFilesUrl(url, key);
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(/^FILES_URL [^\n]*$/);
    expect(parse).toThrow(problem);
    expect(parse).not.toThrow(/secret|hunter2|\/id/);
  });

  it('opens a folder', async () => {
    const folder = join(await temporaryFolder(), 'files');
    const options = { directReads: true, isAlone: true };
    const storage = await openFileStorage(parseFilesUrl(`file:${folder}`, {}), options);
    onTestFinished(() => storage.close());
    await storage.check();
    expect(storage.incoming).toBe(join(folder, 'incoming'));
    expect(storage.directUrl).toBeUndefined();
    expect(String(await read(storage, await store(storage, 'x')))).toBe('x');
  });

  it.each([true, false])('opens a bucket, with direct reads: %s', async (directReads) => {
    const place = parseFilesUrl('s3://chat?endpoint=http://127.0.0.1:1', key);
    const storage = await openFileStorage(place, { directReads, isAlone: true });
    onTestFinished(() => storage.close());
    expect(storage.directUrl !== undefined).toBe(directReads);
  });
});
