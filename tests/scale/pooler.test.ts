import { expect, it } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { startMirage } from '../support/harness.ts';
import { run, startPooler } from './support/pooler.ts';

it('works behind PgBouncer in transaction mode, with more calls at a time than connections', async () => {
  const { url, direct } = await startPooler();
  const databaseUrl = `${url}?pgbouncer=true&connection_limit=8`;
  const [first, second] = [await startMirage({ databaseUrl }), await startMirage({ databaseUrl })];
  const people = await Promise.all(['ada', 'bob', 'eve', 'joe'].map((name) => first.user(name)));
  const [ada] = people;
  const { id: roomId } = (await ada?.client.chat.createRoom.mutate({ name: 'general' })) ?? { id: 0 };

  const sends = people.flatMap(({ token }, from) =>
    Array.from({ length: 40 }, async (_, index) => {
      const client = (index % 2 === 0 ? first : second).client(token);
      const { id } = await client.inbox.sendMessage.mutate({ recipient: 'ada', text: `${from} ${index}` });
      if (index % 8 === 0) await client.inbox.react.mutate({ id, emoji: '👍' });
      if (index % 10 === 0) await client.chat.joinRoom.mutate({ name: 'general' });
      return id;
    }),
  );
  const ids = await Promise.all(sends);

  expect(new Set(ids).size).toBe(160);
  expect(await ada?.client.inbox.countMessages.query()).toMatchObject({ total: 160, unread: 120 });
  expect(await ada?.client.chat.listMembers.query({ roomId })).toHaveLength(4);
  const connections = await run(
    direct,
    "SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mirage'",
  );
  expect(connections).toEqual([{ open: 3 }]);
});

it('says in one line what a pooler needs', async () => {
  const { url, direct, reconnect } = await startPooler();
  const database = new URL(direct).pathname.slice(1);
  await expect(openDb(url)).rejects.toThrow(/^cannot use the database [^\n]*add \?pgbouncer=true\)$/);

  const inSchema = `${url}?pgbouncer=true&schema=chat`;
  await expect(openDb(inSchema)).rejects.toThrow(
    /the role must start in the schema chat: ALTER ROLE [^\n]*$/,
  );
  await run(direct, `ALTER DATABASE ${database} SET search_path = chat`);
  await reconnect();
  const opened = await openDb(inSchema);
  expect(opened.migrations).not.toEqual([]);
  await opened.close();
  expect(await run(direct, "SELECT schemaname FROM pg_tables WHERE tablename = 'users'")).toEqual([
    { schemaname: 'chat' },
  ]);
});
