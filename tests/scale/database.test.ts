import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createInboxWriter } from '../../src/server/infra/db/inbox-writer.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes } from '../support/refusal.ts';
import { startCluster } from './support/cluster.ts';
import { connectionTo, databaseUrl, freshSchema } from './support/services.ts';

async function open(url: string, pool = 4) {
  const opened = await openDb(url, { poolSize: pool });
  onTestFinished(() => opened.close());
  return opened;
}

describe('migrations', () => {
  it('are applied once when several servers start at the same moment', async () => {
    const { url, query } = freshSchema();
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const applied = opened.filter(({ migrations }) => migrations.length > 0);
    expect(applied).toHaveLength(1);
    const rows = await query('SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL');
    expect(rows.map(({ migration_name: name }) => name)).toEqual(applied[0]?.migrations);
    expect((await open(url)).migrations).toEqual([]);
  });

  it.each([
    ['was changed after it was applied', "UPDATE _prisma_migrations SET checksum = 'x'"],
    ['failed earlier', 'UPDATE _prisma_migrations SET finished_at = NULL'],
    ['is newer than this version', "UPDATE _prisma_migrations SET migration_name = 'x' || migration_name"],
  ])('end the start with a clear word when one %s', async (message, sql) => {
    const { url, query } = freshSchema();
    await (await openDb(url)).close();
    await query(sql);
    await expect(openDb(url)).rejects.toThrow(message);
  });

  it('do not change the schema of another program', async () => {
    const { url, schema, query } = freshSchema();
    await query(`CREATE SCHEMA "${schema}"`);
    await query('CREATE TABLE theirs (id int)');
    await expect(openDb(url)).rejects.toThrow('belongs to another program');
    expect(await query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])).toHaveLength(1);
  });
});

it('names the database and the problem, but not the password', async () => {
  const url = new URL(databaseUrl);
  url.port = '1';
  url.password = 's3cret';
  const error = await openDb(url.href).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringContaining(url.host) });
  expect(String(error)).not.toContain('s3cret');
});

describe('inbox messages of several servers', () => {
  it('become visible in the order of their ids', async () => {
    const { url } = freshSchema();
    const first = await open(url);
    await first.db.user.create({ data: { username: 'ada', email: 'ada', password: 'x' } });
    const servers = [first, await open(url), await open(url)];
    const writers = servers.map(({ inbox }) => createInboxWriter(inbox));

    let isWriting = true;
    const writing = Promise.all(
      writers.flatMap((writer, server) =>
        Array.from({ length: 8 }, async (_, lane) => {
          for (let index = 0; index < 40; index += 1)
            await writer.add({
              sender: 'ada',
              recipient: 'ada',
              text: `${server} ${lane} ${index}`,
              createdAt: new Date(),
            });
        }),
      ),
    ).finally(() => {
      isWriting = false;
    });

    // A follower that goes on from the newest id it has seen, as those of the inbox do.
    const seen: number[] = [];
    const { db } = await open(url);
    const readOn = async () => {
      const rows = await db.inboxMessage.findMany({
        where: { id: { gt: seen.at(-1) ?? 0 } },
        orderBy: { id: 'asc' },
        select: { id: true },
      });
      seen.push(...rows.map(({ id }) => id));
    };
    while (isWriting) await readOn();
    await writing;
    await readOn();
    expect(seen).toHaveLength(3 * 8 * 40);
  });

  it('reach subscribers at other servers, each once and in order', async () => {
    const { user, urlOf } = await startCluster([{}, {}, {}]);
    const people = await Promise.all(['ada', 'bob', 'eve'].map((name) => user(name)));
    const follower = liveClient({ url: urlOf(2), token: people[0]?.token ?? '' }).inbox();
    await follower.started();
    const sends = people.flatMap((person, from) =>
      Array.from({ length: 60 }, (_, index) => {
        const recipient = from === 0 ? 'bob' : 'ada';
        return person.at(index % 3).inbox.sendMessage.mutate({ recipient, text: `${from} ${index}` });
      }),
    );
    const sent = (await Promise.all(sends)).map(({ id }) => String(id));
    await follower.until(() => follower.words.length >= sent.length);
    // safe: the events of a subscription that nothing else happens to
    const events = follower.events as { data: { type: string; message?: { id: number } } }[];
    const ids = events.flatMap(({ data }) => (data.message ? [String(data.message.id)] : []));
    expect(ids).toEqual([...sent].sort((a, b) => Number(a) - Number(b)));
  });

  it('are counted exactly while messages arrive, are deleted and are read concurrently', async () => {
    const { servers, user } = await startCluster([{}, {}, {}]);
    const names = ['ada', 'bob', 'eve'];
    const people = await Promise.all(names.map((name) => user(name)));
    const lanes = people.flatMap((person, self) =>
      [0, 1, 2].map(async (node) => {
        const { inbox } = person.at(node);
        for (let turn = 0; turn < 12; turn += 1) {
          const recipient = names[(self + turn) % 3] ?? '';
          const { id } = await inbox.sendMessage.mutate({ recipient, text: 'hi' });
          if (turn % 3 === 1) await inbox.deleteMessage.mutate({ id });
          if (turn % 4 === 2) await inbox.markRead.mutate({ upTo: id });
        }
      }),
    );
    await Promise.all(lanes);
    const { db } = servers[0]?.deps ?? {};
    for (const username of names) {
      const total = await db?.inboxMessage.count({
        where: { OR: [{ sender: username }, { recipient: username }] },
      });
      const conversations = (await db?.inboxConversation.findMany({ where: { username } })) ?? [];
      const unread = await Promise.all(
        conversations
          .filter(({ peer }) => peer !== username)
          .map(({ peer, readUpTo }) =>
            db?.inboxMessage.count({ where: { recipient: username, sender: peer, id: { gt: readUpTo } } }),
          ),
      );
      const sum = (numbers: (number | undefined)[]) =>
        numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
      expect(
        [sum(conversations.map(({ total }) => total)), sum(conversations.map(({ unread }) => unread))],
        username,
      ).toEqual([total, sum(unread)]);
    }
  });

  it('are counted if one arrives while others are marked as read', async () => {
    const { place, user } = await startCluster([{}]);
    const [ada, bob] = [await user('ada'), await user('bob')];
    const { id } = await bob.at(0).inbox.sendMessage.mutate({ recipient: 'ada', text: 'first' });
    const { connectionString, options } = connectionTo(place.databaseUrl);
    const writer = new pg.Client({ connectionString, options });
    await writer.connect();
    onTestFinished(() => writer.end());
    await writer.query('BEGIN');
    await writer.query(
      "INSERT INTO inbox_messages (sender, recipient, message) VALUES ('bob', 'ada', 'second')",
    );
    const marked = ada.at(0).inbox.markRead.mutate({ upTo: id });
    const waiting = `SELECT count(*)::int AS waiting FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
      JOIN pg_locks w ON w.pid = l.pid AND NOT w.granted WHERE c.oid = 'inbox_changes'::regclass`;
    await vi.waitFor(async () => {
      const { rows } = await writer.query<{ waiting: number }>(waiting);
      expect(rows[0]?.waiting).toBeGreaterThan(0);
    }, 4000);
    await writer.query('COMMIT');
    expect(await marked).toMatchObject({ unread: 1 });
  });

  it('are refused only for an unknown recipient', async () => {
    const { user } = await startCluster();
    const ada = await user('ada');
    const send = (recipient: string) => ada.at(1).inbox.sendMessage.mutate({ recipient, text: 'hi' });
    expect(await outcomes([send('ada'), send('nobody'), send('ada')])).toEqual([
      'ok',
      'RECIPIENT_NOT_FOUND',
      'ok',
    ]);
  });
});

it('shows messages read at one server as read at all servers, to both sides', async () => {
  const { user, urlOf } = await startCluster();
  const [ada, bob] = [await user('ada'), await user('bob')];
  const { id } = await ada.at(0).inbox.sendMessage.mutate({ recipient: 'bob', text: 'hi' });
  const follower = liveClient({ url: urlOf(0), token: ada.token }).inbox();
  await follower.started();
  await vi.waitFor(() => expect(follower.ends).toEqual([]));
  await bob.at(1).inbox.markRead.mutate({ upTo: id });
  await follower.word(`bob read ${id}`);
  expect(await bob.at(0).inbox.countMessages.query()).toMatchObject({ total: 1, unread: 0 });
});
