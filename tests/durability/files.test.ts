import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createMirageClient, type MirageClient } from '../../src/client/index.ts';
import { askHolder } from '../../src/server/infra/bus/control-socket.ts';
import { keysOf } from '../../src/server/services/files/sweep.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { temporaryFolder } from '../support/harness.ts';
import { repetitions } from '../support/long-runs.ts';
import { spawnMirage } from '../support/process.ts';
import { uploadFile } from '../support/shared-files.ts';
import { tokenOf } from '../support/token-of.ts';

const rounds = repetitions(4, 20);
const uploads = 200;
const lanes = 16;

interface Sent {
  id: number | string;
  /** Of the bytes of its files, in order. */
  hashes: string[];
}

type Shown = { attachments?: { url: string }[] };

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Lists the objects in a folder of files, and what is left in the one for files that are being received. */
function stored(folder: string) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const isReceiving = ({ parentPath }: { parentPath: string }) => parentPath === join(folder, 'incoming');
  return {
    keys: files
      .filter((entry) => !isReceiving(entry) && entry.name !== 'installation')
      .map(({ name }) => name)
      .sort(),
    incoming: files.filter(isReceiving).map(({ name }) => name),
  };
}

it('loses no acknowledged file and leaves no orphan, killed in the midst of uploads and deletions', async () => {
  const folder = await temporaryFolder();
  const database = `${folder}/mirage.db`;
  const settings = { RATE_LIMIT: 'off', MAX_UPLOADS_PER_USER: '100', DATABASE_URL: `file:${database}` };
  let token = '';
  let roomId = 0;
  /** Acknowledged, and not deleted: of others it is unknown whether they are there. */
  const inRoom = new Map<string, Sent>();
  const inInbox = new Map<number, Sent>();
  let deletions = 0;

  for (let round = 0; round < rounds; round += 1) {
    const mirage = await spawnMirage(settings, folder);
    const url = await mirage.url();
    if (round === 0) {
      const { auth } = createMirageClient({ url });
      await auth.register.mutate({ username: 'ada', email: 'ada', password: 'a secret one' });
      token = await tokenOf(auth.login.mutate({ username: 'ada', password: 'a secret one' }));
      const { chat } = createMirageClient({ url, token });
      roomId = (await chat.createRoom.mutate({ name: 'log', history: 'kept' })).id;
    }
    const client = createMirageClient({ url, token });
    // In each round at another moment.
    let left = 1 + ((round * 61) % uploads);
    const uploaded = () => {
      left -= 1;
      if (left === 0) mirage.kill('SIGKILL');
    };

    async function upload(target: { roomId: number } | { recipient: string }) {
      // Every fourth is one of a few that are the same, of which only one is stored.
      const bytes = left % 4 === 0 ? Buffer.alloc(1000, left % 8) : randomBytes(1 + (left % 50) * 4000);
      const { id } = await uploadFile({ url, token }, target, { content: bytes, name: 'bytes.bin' });
      uploaded();
      return { id, hash: hashOf(bytes) };
    }

    async function share(lane: number): Promise<void> {
      const target = lane % 2 === 0 ? { roomId } : { recipient: 'ada' };
      const files = [await upload(target), await upload(target)];
      const attachments = files.map(({ id }) => id);
      const hashes = files.map(({ hash }) => hash);
      if ('roomId' in target) {
        const { id } = await client.chat.sendMessage.mutate({ roomId, text: '', attachments });
        inRoom.set(id, { id, hashes });
      } else {
        const { id } = await client.inbox.sendMessage.mutate({ recipient: 'ada', text: '', attachments });
        inInbox.set(id, { id, hashes });
      }
    }

    async function deleteOne(lane: number): Promise<void> {
      // Whatever the answer, it may be gone from now on.
      const [message] = lane % 2 === 0 ? inRoom.values() : inInbox.values();
      if (!message) return;
      deletions += 1;
      if (typeof message.id === 'string') {
        inRoom.delete(message.id);
        await client.chat.deleteMessage.mutate({ roomId, id: message.id });
      } else {
        inInbox.delete(message.id);
        await client.inbox.deleteMessage.mutate({ id: message.id });
      }
    }

    async function until(isOver: Promise<unknown>, work: (lane: number) => Promise<void>, lane: number) {
      let isRunning = true;
      void isOver.then(() => {
        isRunning = false;
      });
      for (let n = 0; isRunning; n += 1)
        try {
          await work(lane);
          if (n % 3 === 2) await deleteOne(lane);
        } catch {
          await isOver; // nothing but its end makes it fail
        }
    }

    const over = mirage.ended();
    await Promise.all([
      ...Array.from({ length: lanes }, (_, lane) => until(over, share, lane)),
      until(over, async () => void (await askHolder(database, { do: 'sweepFiles' })), 0),
    ]);
    client.connection.close();
    // As if it had been off for longer than a file is kept for a message that is being sent.
    const file = openDatabaseFile({ folder });
    file.exec('UPDATE files SET claimed_until_ms = 0');
    file.close();
  }

  const last = await spawnMirage(settings, folder);
  const url = await last.url();
  const { chat, inbox, connection } = createMirageClient({ url, token });
  expect(await wrong(url, inRoom, await listRoom({ chat }, roomId))).toEqual([]);
  expect(await wrong(url, inInbox, await listInbox({ inbox }))).toEqual([]);
  expect(inRoom.size + inInbox.size).toBeGreaterThan(rounds * lanes);
  expect(deletions).toBeGreaterThan(rounds);
  await askHolder(database, { do: 'sweepFiles' });
  connection.close();
  // It ends once it has compared the storage with the database.
  last.kill('SIGTERM');
  expect(await last.ended()).toEqual({ code: 0, stderr: '' });

  const file = openDatabaseFile({ folder });
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
  const contents = file
    .prepare<[], { id: string; previews: string }>('SELECT id, previews FROM file_contents')
    .all();
  expect(stored(`${folder}/files`)).toEqual({ keys: contents.flatMap(keysOf).sort(), incoming: [] });
  const usage = 'SELECT owner, bytes FROM file_usage ORDER BY owner';
  const sums = `SELECT '' AS owner, sum(stored_size) AS bytes FROM file_contents
    UNION ALL SELECT owner, sum(stored_size) FROM file_contents GROUP BY owner`;
  expect(file.prepare(usage).all()).toEqual(file.prepare(sums).all());
  // What was deleted has gone, but for what the last kills left time for.
  const unused = 'SELECT count(*) FROM files WHERE keep_until_ms = 0';
  expect(file.prepare(unused).pluck().get()).toBe(0);
}, 600_000);

/** Messages that are not there, or of which a file does not have its bytes. */
async function wrong<Id>(url: string, expected: Map<Id, Sent>, messages: Map<Id, Shown>): Promise<Id[]> {
  const found: Id[] = [];
  for (const [id, { hashes }] of expected) {
    const { attachments = [] } = messages.get(id) ?? {};
    const read = await Promise.all(attachments.map((file) => download(new URL(file.url, url))));
    if (read.join() !== hashes.join()) found.push(id);
  }
  return found;
}

async function download(url: URL): Promise<string> {
  const response = await fetch(url);
  return hashOf(new Uint8Array(await response.arrayBuffer()));
}

async function listRoom({ chat }: Pick<MirageClient, 'chat'>, roomId: number) {
  const all = new Map<string, Shown>();
  for (let before: string | undefined; ; ) {
    const page = await chat.history.query({ roomId, limit: 200, ...(before !== undefined && { before }) });
    for (const message of page.messages) all.set(message.id, message);
    if (!page.hasMoreBefore) return all;
    before = page.messages[0]?.id;
  }
}

async function listInbox({ inbox }: Pick<MirageClient, 'inbox'>) {
  const all = new Map<number, Shown>();
  for (let before: number | undefined; ; ) {
    const { messages } = await inbox.listMessages.query({
      limit: 100,
      ...(before !== undefined && { before }),
    });
    for (const message of messages) all.set(message.id, message);
    if (messages.length === 0) return all;
    before = messages.at(-1)?.id;
  }
}
