import { describe, expect, it, onTestFinished } from 'vitest';
import { Prisma } from '../../src/server/infra/db/generated/sqlite/client.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { indexes, triggers } from '../support/database-parts.ts';
import { startMirage } from '../support/harness.ts';
import { outcomes } from '../support/refusal.ts';
import { freshSchema } from './support/services.ts';

it('has all indexes and triggers after the migrations', async () => {
  const { url, schema, query } = freshSchema();
  await (await openDb(url)).close();
  const found = await query(
    `SELECT 'index' AS type, indexname AS name FROM pg_indexes WHERE schemaname = $1 AND indexname NOT LIKE '%_pkey'
     UNION ALL SELECT 'trigger', tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
     WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND NOT tgisinternal`,
    [schema],
  );
  const named = (type: string) => found.filter((part) => part.type === type).map(({ name }) => String(name));
  expect(named('index').sort()).toEqual(indexes.postgresql);
  expect(named('trigger').sort()).toEqual(triggers.postgresql);
});

it('applies the parameters of the URL, each with its effect', async () => {
  const { url, schema, query } = freshSchema();
  const parsed = new URL(url);
  const name = `${schema}-app`;
  const given = {
    connection_limit: '3',
    application_name: name,
    options: '-c timezone=Asia/Tokyo',
    sslmode: 'disable',
    host: parsed.hostname,
    user: decodeURIComponent(parsed.username),
  };
  for (const [key, value] of Object.entries(given)) parsed.searchParams.set(key, value);
  parsed.username = '';
  parsed.hostname = 'elsewhere.invalid';
  const { sql, close } = await openDb(parsed.href, { poolSize: 9 });
  onTestFinished(close);
  const settings = await sql(
    Prisma.sql`SELECT current_setting('TimeZone') AS zone, current_schema()::text AS schema`,
  );
  expect(settings).toEqual([{ zone: 'Asia/Tokyo', schema }]);
  await Promise.all(Array.from({ length: 30 }, () => sql(Prisma.sql`SELECT count(*) FROM users`)));
  const open = await query('SELECT count(*)::int AS open FROM pg_stat_activity WHERE application_name = $1', [
    name,
  ]);
  expect(open).toEqual([{ open: 3 }]);
});

describe('a call whose commit fails', () => {
  it.each(['40001', '53100', '57P01', '58030', 'P0001'])('is answered UNAVAILABLE (%s)', async (code) => {
    const { url, query } = freshSchema();
    const { user, rest } = await startMirage({ databaseUrl: url });
    const { client, token } = await user('ada');
    await query(`
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'at the commit' USING ERRCODE = '${code}'; END $$;
      CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON rooms DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION fail()`);
    expect(await outcomes([client.chat.createRoom.mutate({ name: 'general' })])).toEqual(['UNAVAILABLE']);
    const [status] = await rest('POST', '/api/create_room', { token, room_name: 'general' });
    expect(status).toBe(503);
    await query('DROP TRIGGER fails ON rooms');
    expect(await client.chat.listPublicRooms.query()).toEqual([]);
    expect(await client.chat.createRoom.mutate({ name: 'general' })).toMatchObject({ name: 'general' });
  });
});

it('uses no ids for refused calls', async () => {
  const { url, schema, query } = freshSchema();
  const { user, client, rest } = await startMirage({ databaseUrl: url, maxPublicRooms: 1 });
  const [ada, bob] = [await user('ada'), await user('bob')];
  await ada.client.chat.createRoom.mutate({ name: 'general' });
  await ada.client.chat.createRoom.mutate({ name: 'den', password: 'open' });
  const sent = { recipient: 'bob', text: 'hello', clientId: 'once' };
  const { id } = await ada.client.inbox.sendMessage.mutate(sent);
  const sequences = () =>
    query('SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = $1 ORDER BY 1', [schema]);

  const before = await sequences();
  expect(before.length).toBeGreaterThan(4);
  const { register, login } = client().auth;
  const { inbox, chat, users } = bob.client;
  const refused = await outcomes([
    register.mutate({ username: 'ada', email: 'new', password: 'a secret one' }),
    register.mutate({ username: 'new', email: 'ada@example.com', password: 'a secret one' }),
    register.mutate({ username: '\u0430da', email: 'new', password: 'a secret one' }), // its first letter is Cyrillic
    login.mutate({ username: 'ada', password: 'wrong' }),
    users.updateProfile.mutate({ email: 'ada@example.com' }),
    chat.createRoom.mutate({ name: 'general' }),
    chat.createRoom.mutate({ name: 'general', password: 'x' }),
    chat.createRoom.mutate({ name: 'another' }),
    chat.createRoom.mutate({ name: 'g\u0435neral', password: 'x' }), // its first e is Cyrillic
    chat.joinRoom.mutate({ name: 'den', password: 'wrong' }),
    chat.joinRoom.mutate({ name: 'nowhere' }),
    inbox.sendMessage.mutate({ recipient: 'nobody', text: 'x' }),
    inbox.sendMessage.mutate({ recipient: 'ada', text: 'x', replyTo: 99 }),
    ada.client.inbox.sendMessage.mutate({ ...sent, text: 'another' }),
    inbox.editMessage.mutate({ id, text: 'x' }),
    inbox.deleteMessage.mutate({ id: 99 }),
    inbox.react.mutate({ id: 99, emoji: '👍' }),
  ]);
  expect(refused).not.toContain('ok');
  expect((await rest('POST', '/api/create_room', { token: bob.token, room_name: 'general' }))[0]).toBe(400);
  // Nor for calls that were repeated.
  expect((await ada.client.inbox.sendMessage.mutate(sent)).id).toBe(id);
  await ada.client.chat.joinRoom.mutate({ name: 'general' });
  expect(await sequences()).toEqual(before);
});
