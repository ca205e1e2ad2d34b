import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, ConfigError, loadConfig } from '../../src/server/core/config.ts';
import { exported, gonePast } from '../leaving/support.ts';
import { runJson } from '../support/command.ts';
import { temporaryFolder } from '../support/harness.ts';
import { readShared, uploadFile } from '../support/shared-files.ts';
import { unzip } from '../support/unzip.ts';
import { startCluster } from './support/cluster.ts';
import { startS3 } from './support/s3.ts';
import { filesFolder } from './support/services.ts';

let s3: Awaited<ReturnType<typeof startS3>>;

beforeAll(async () => {
  s3 = await startS3();
});
afterAll(() => s3.close());

let prefixes = 0;

const places = {
  'a shared folder': () => loadConfig({ FILES_URL: filesFolder() }).files,
  S3() {
    const { bucket, endpoint, credentials } = s3.options;
    prefixes += 1;
    return loadConfig({
      FILES_URL: `s3://${bucket}/${prefixes}?endpoint=${endpoint}`,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    }).files;
  },
};

/** Two servers, at which Ada and Bob are in a room. */
async function setup(settings: Partial<Config> = {}, history: 'ephemeral' | 'kept' = 'ephemeral') {
  const cluster = await startCluster([settings, settings]);
  const [ada, bob] = [await cluster.user('ada'), await cluster.user('bob')];
  const { id: roomId } = await ada.at(0).chat.createRoom.mutate({ name: 'den', history });
  await bob.at(1).chat.joinRoom.mutate({ name: 'den' });
  const [first, second] = cluster.servers;
  if (!first || !second) throw new Error('two servers');
  const upload = (node: number, content: string, target: Parameters<typeof uploadFile>[1] = { roomId }) =>
    uploadFile({ url: cluster.urlOf(node), token: ada.token }, target, { content, name: 'notes.txt' });

  /** Shares a file that is uploaded at the first server and attached at the second, and gives the message. */
  async function share(content: string) {
    const { id } = await upload(0, content);
    return ada.at(1).chat.sendMessage.mutate({ roomId, text: '', attachments: [id] });
  }

  const read = (node: number, url: string | undefined) => readShared(cluster.urlOf(node), url);

  /** As if a message that is being sent had been stored long ago. */
  const forgetClaims = () => first.deps.db.file.updateMany({ data: { claimedUntilMs: 0 } });

  async function keys(): Promise<string[]> {
    const found: string[] = [];
    for await (const objects of cluster.servers[0]?.deps.files?.storage.list() ?? [])
      found.push(...objects.map(({ key }) => key).filter((key) => key !== 'installation'));
    return found;
  }

  return { ...cluster, first, second, ada, bob, roomId, upload, share, read, forgetClaims, keys };
}

describe.each(Object.entries(places))('two servers with %s', (_, filesOf) => {
  it('make an archive with its files, and keep nothing of an account that is deleted', async () => {
    const { first, ada, share, keys, urlOf } = await setup({ files: filesOf() });
    const [file] = (await share('hello')).attachments ?? [];
    await ada.at(1).auth.exportData.mutate();
    await exported(first.deps, 'ada');
    const { url } = (await ada.at(0).auth.getExport.query()) ?? {};
    const response = await fetch(new URL(url ?? '', urlOf(1)));
    expect(await unzip(new Uint8Array(await response.arrayBuffer()))).toMatchObject({
      [`files/${file?.id}/notes.txt`]: 'hello',
    });
    expect(await keys()).toHaveLength(2);
    await ada.at(0).auth.deleteAccount.mutate({ password: ada.password });
    await gonePast(first.deps, 'ada');
    await first.deps.files?.sweep();
    await expect.poll(keys).toEqual([]);
    expect((await fetch(new URL(url ?? '', urlOf(1)))).status).toBe(404);
  });

  it('give what was uploaded at one to readers of the other', async () => {
    const { bob, roomId, share, read } = await setup({ files: filesOf() });
    const sent = await share('hello');
    const [message] = await bob.at(0).chat.listMessages.query({ roomId });
    expect(message?.attachments).toEqual(sent.attachments);
    const [url] = sent.attachments?.map((file) => file.url) ?? [];
    expect([await read(0, url), await read(1, url)]).toEqual([
      { status: 200, text: 'hello' },
      { status: 200, text: 'hello' },
    ]);
  });

  it('give nothing any more once it is deleted at one of them', async () => {
    const { second, ada, roomId, share, read, forgetClaims, keys } = await setup({ files: filesOf() });
    const { id, attachments } = await share('hello');
    const url = attachments?.[0]?.url;
    expect(await read(1, url)).toMatchObject({ status: 200 });
    await ada.at(0).chat.deleteMessage.mutate({ roomId, id });
    expect(await read(1, url)).toMatchObject({ status: 404 });
    await forgetClaims();
    expect(await second.deps.files?.sweep()).toEqual({ files: 1, bytes: 5 });
    expect(await keys()).toEqual([]);
  });

  it('let the file of an evicted message go', async () => {
    const { roomMessages } = loadConfig({ MAX_MESSAGES: '5' });
    const { second, ada, roomId, share, read, forgetClaims, keys } = await setup({
      files: filesOf(),
      roomMessages,
    });
    const url = (await share('hello')).attachments?.[0]?.url;
    for (let n = 0; n < 4; n += 1) await ada.at(n % 2).chat.sendMessage.mutate({ roomId, text: `${n}` });
    await forgetClaims();
    expect(await second.deps.files?.sweep()).toEqual({ files: 0, bytes: 0 });
    expect(await read(0, url)).toMatchObject({ status: 200 });
    await ada.at(0).chat.sendMessage.mutate({ roomId, text: 'one too many' });
    expect(await second.deps.files?.sweep()).toEqual({ files: 1, bytes: 5 });
    expect(await read(0, url)).toMatchObject({ status: 404 });
    expect(await keys()).toEqual([]);
  });

  it('are not mistaken for those of another database', async () => {
    const files = filesOf();
    await setup({ files });
    const other = startCluster([{ files }]);
    await expect(other).rejects.toThrow(ConfigError);
    await expect(other).rejects.toThrow(/FILES_URL leads to the files of another database/);
  });
});

it('store equal bytes once that are uploaded at both at the same time', async () => {
  const { first, upload, keys } = await setup();
  const times = 10;
  for (let n = 0; n < times; n += 1)
    await Promise.all([upload(0, `${n}`), upload(1, `${n}`), upload(0, `${n}`), upload(1, `${n}`)]);
  expect(await first.deps.db.fileContent.count()).toBe(times);
  expect(await first.deps.db.file.count()).toBe(4 * times);
  expect(await keys()).toHaveLength(times);
  expect(await first.deps.db.fileUsage.findMany({ orderBy: { owner: 'asc' } })).toEqual(
    ['', 'ada'].map((owner) => ({ owner, bytes: BigInt(times) })),
  );
});

it.each(['inbox', 'kept'] as const)(
  'know when the last message of a file goes, of several at both (%s)',
  async (where) => {
    const { first, ada, roomId, upload } = await setup({}, 'kept');
    const times = 20;
    const send = async (node: number, id: string) => {
      if (where === 'kept') {
        const sent = await ada.at(node).chat.sendMessage.mutate({ roomId, text: '', attachments: [id] });
        return (at: number) => ada.at(at).chat.deleteMessage.mutate({ roomId, id: sent.id });
      }
      const sent = await ada
        .at(node)
        .inbox.sendMessage.mutate({ recipient: 'bob', text: '', attachments: [id] });
      return (at: number) => ada.at(at).inbox.deleteMessage.mutate({ id: sent.id });
    };
    for (let n = 0; n < times; n += 1) {
      const { id } = await upload(0, `${n}`, where === 'kept' ? { roomId } : { recipient: 'bob' });
      const keptUntil = async () => (await first.deps.db.file.findUnique({ where: { id } }))?.keepUntilMs;
      const [one, other] = await Promise.all([send(0, id), send(1, id)]);
      const [third] = await Promise.all([send(0, id), one(1)]);
      expect(await keptUntil()).toBeNull();
      await Promise.all([other(0), third(1)]);
      expect(await keptUntil()).toBe(0n);
    }
  },
);

it('are swept by a command, too', async () => {
  const { ada, roomId, place, share, forgetClaims, keys } = await setup();
  const [gone] = [await share('gone'), await share('stays')];
  await ada.at(0).chat.deleteMessage.mutate({ roomId, id: gone.id });
  await forgetClaims();
  const env = {
    DATABASE_URL: place.databaseUrl,
    REDIS_URL: place.redis.url,
    REDIS_PREFIX: place.redis.prefix,
    FILES_URL: place.files.url ?? '',
  };
  const options = { folder: await temporaryFolder(), env };
  expect(await runJson(['files', 'sweep', '--yes'], options)).toEqual([
    { files: 1, bytes: 4, unknown: 0, missing: 0 },
  ]);
  expect(await keys()).toHaveLength(1);
  expect(await runJson(['files', 'verify', '--hashes'], options)).toEqual([
    { objects: 1, recent: 0, problems: 0 },
  ]);
  expect(await runJson(['files', 'usage'], options)).toMatchObject([{ all: { files: 1, bytes: 5 } }]);
  expect(await runJson(['files', 'list', '--room', 'den'], options)).toMatchObject([
    { name: 'notes.txt', messages: 1 },
  ]);
});
