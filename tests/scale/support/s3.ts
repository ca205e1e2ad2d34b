import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';

const bucket = 'mirage-files';
const region = 'us-east-1';
const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/** What the service does with uploads. */
type Mode = 'take' | 'hold' | 'refuse' | 'full' | 'refuse the end';

/** An S3-compatible service with an empty bucket, in another process. */
export async function startS3() {
  const directory = await mkdtemp(join(tmpdir(), 'mirage-s3-'));
  const server = fork(fileURLToPath(new URL('s3-server.mjs', import.meta.url)), [directory, bucket], {
    // It enciphers its continuation tokens with DES.
    execArgv: ['--openssl-legacy-provider'],
  });
  const [endpoint] = (await once(server, 'message')) as [string]; // safe: the first message
  const options = { bucket, prefix: '', endpoint, region, forcePathStyle: true, credentials };
  const client = new S3Client({ ...options, requestChecksumCalculation: 'WHEN_REQUIRED' });

  /** Resolves when it has said this so many times from now on. */
  async function said(what: string, count = 1): Promise<void> {
    let left = count;
    for await (const [message] of on(server, 'message')) if (message === what && --left === 0) return;
  }

  let sentParts = 0;
  server.on('message', (message) => {
    if (message === 'part') sentParts += 1;
  });

  return {
    options,
    client,
    /** Nothing is held any longer unless this is 'hold'. */
    async mode(mode: Mode): Promise<void> {
      const done = said(`mode ${mode}`);
      server.send(mode);
      await done;
    },
    /** Resolves when so many of these have reached the service from now on. */
    requests: (what: 'put' | 'part' | 'delete', count: number) => said(what, count),
    /** How many parts of uploads have reached the service so far. */
    sentParts: () => sentParts,
    /** How many uploads in parts have neither been completed nor aborted. */
    async unfinished(): Promise<number> {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.length;
    },
    async close() {
      client.destroy();
      server.disconnect();
      await once(server, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
