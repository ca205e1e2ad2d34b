import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { reasonOf } from '../../src/client/index.ts';
import { sendExactlyOnce } from '../support/exactly-once.ts';
import { repetitions } from '../support/long-runs.ts';
import { startCluster } from './support/cluster.ts';
import { connectionTo } from './support/services.ts';

const sends = repetitions(600, 10_000);

it('stores every message once, though repeats come to another server while the first is still being stored', async () => {
  const { servers, urlOf } = await startCluster();
  let requests = 0;
  let losses = 0;
  const { texts, lost } = await sendExactlyOnce({
    sends,
    // Each request to the next server; every other answer is lost before there is one.
    target() {
      requests += 1;
      return urlOf(requests % 2);
    },
    loss() {
      losses += 1;
      return losses % 2 === 0 ? 'after' : 'before';
    },
  });
  expect(lost).toBeGreaterThan(sends / 8);
  const stored = await servers[0]?.deps.db.inboxMessage.findMany({ select: { text: true } });
  expect(stored?.map(({ text }) => text).sort()).toEqual(texts.sort());
});

it('recognizes a clientId that another server stores while the message is being stored', async () => {
  const { user, place } = await startCluster([{}]);
  const ada = await user('ada');
  const connect = async () => {
    const client = new pg.Client(connectionTo(place.databaseUrl));
    await client.connect();
    onTestFinished(() => client.end());
    return client;
  };
  const [other, watcher] = [await connect(), await connect()];
  await other.query('BEGIN');
  await other.query(
    `INSERT INTO inbox_messages (sender, recipient, message, created_at, client_id, input_hash)
     VALUES ('ada', 'ada', 'of the other server', now(), 'a', 'another')`,
  );

  const message = (clientId: string) => ({ recipient: 'ada', text: clientId, clientId });
  const { inbox } = ada.at(0);
  const sends = ['a', 'b'].map((clientId) => inbox.sendMessage.mutate(message(clientId)));
  const outcomes = Promise.all(sends.map((send) => send.then(() => 'stored', reasonOf)));
  const isWaiting = `SELECT 1 FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO inbox_messages%' AND pid <> pg_backend_pid()`;
  await expect
    .poll(async () => (await watcher.query(isWaiting)).rowCount, { timeout: 10_000 })
    .toBeGreaterThan(0);
  await other.query('COMMIT');
  expect(await outcomes).toEqual(['CLIENT_ID_REUSED', 'stored']);
});
