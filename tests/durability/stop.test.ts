import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

it('writes what waits for its commit before it stops, and tells those who sent it', async () => {
  const mirage = await startMirage();
  const { deps, close } = mirage;
  await mirage.user('alice');
  const createdAt = new Date(deps.clock());
  // More than go into one commit.
  let written = 0;
  const writes = Array.from({ length: 10_000 }, (_, n) =>
    deps.inboxWriter.add({ sender: 'alice', recipient: 'alice', text: `${n}`, createdAt }),
  );
  for (const write of writes)
    void write.then(() => {
      written += 1;
    });
  await close();
  expect(written).toBe(writes.length);

  const ids = (await Promise.all(writes)).map(({ id }) => id);
  const stored = openDatabaseFile(mirage).prepare<[], string>(
    'SELECT message FROM inbox_messages ORDER BY id',
  );
  expect(stored.pluck().all()).toEqual(writes.map((_, n) => `${n}`));
  expect(new Set(ids).size).toBe(writes.length);
});

it('loses none of the messages acknowledged while it is told to stop', async () => {
  const mirage = await spawnMirage({ RATE_LIMIT: 'off' });
  const url = await mirage.url();
  const { auth } = createMirageClient({ url });
  await auth.register.mutate({ username: 'alice', email: 'a', password: 'a secret one' });
  const { token } = await auth.login.mutate({ username: 'alice', password: 'a secret one' });
  const { inbox } = createMirageClient({ url, token });
  const acknowledged: number[] = [];
  async function keepSending(sender: number) {
    for (let n = 0; ; n += 1) {
      const sent = await inbox.sendMessage
        .mutate({ recipient: 'alice', text: `${sender} ${n}` })
        .catch(() => null);
      if (!sent) return;
      acknowledged.push(sent.id);
      if (acknowledged.length === 300) mirage.kill('SIGTERM');
    }
  }
  await Promise.all(Array.from({ length: 16 }, (_, sender) => keepSending(sender)));
  expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });

  const file = openDatabaseFile({ folder: `${mirage.folder}/data` });
  const stored = new Set(file.prepare<[], number>('SELECT id FROM inbox_messages').pluck().all());
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
});
