import { expect, it, onTestFinished } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { countUsers } from '../../src/server/services/accounts/users.ts';
import { runCommand, runJson } from '../support/command.ts';
import { databaseBefore } from '../support/database-before.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage } from '../support/harness.ts';
import { longLifespan, sample } from '../support/legacy-file.ts';
import { countStatements } from '../support/statements.ts';

/** A Mirage, how many accounts it says there are, and a connection of somebody else to its database. */
async function setup() {
  const mirage = await startMirage();
  const other = openDatabaseFile(mirage);
  async function count() {
    const users = await mirage.client().users.count.query();
    expect(await mirage.rest('GET', '/api/usercount')).toEqual([200, users]);
    expect(other.prepare('SELECT count(*) FROM users').pluck().get()).toBe(users);
    return users;
  }
  return { ...mirage, other, count };
}

it('counts accounts as they come and go, many at the same time', async () => {
  const { user, count } = await setup();
  const people = await Promise.all(Array.from({ length: 20 }, (_, index) => user(`user ${index}`)));
  expect(await count()).toBe(20);
  const leaving = people
    .slice(0, 5)
    .map(({ client, password }) => client.auth.deleteAccount.mutate({ password }));
  await Promise.all([...leaving, user('ada'), user('bob')]);
  expect(await count()).toBe(17);
});

it('does not count accounts that were refused', async () => {
  const { client, user, count } = await setup();
  await user('ada');
  const { register } = client().auth;
  for (const username of ['ada', '\u0430da']) // the first letter of the second is Cyrillic
    await expect(
      register.mutate({ username, email: 'new@example.com', password: 'a secret one' }),
    ).rejects.toThrow();
  expect(await count()).toBe(1);
});

it('counts what the command line does beside the server', async () => {
  const { folder, count } = await setup();
  for (const name of ['ada', 'bob'])
    await runJson(['user', 'add', name, '--email', `${name}@x`, '--generate'], { folder });
  await runJson(['user', 'add-bot', 'robot'], { folder });
  expect(await count()).toBe(3);
  expect(await runCommand(['user', 'disable', 'ada', '--yes'], { folder })).toMatchObject({ code: 0 });
  expect(await count()).toBe(3);
  expect(await runCommand(['user', 'delete', 'bob', '--yes'], { folder })).toMatchObject({ code: 0 });
  expect(await count()).toBe(2);
  expect(await runJson(['stats'], { folder })).toMatchObject([{ users: 2, disabledUsers: 1 }]);
});

it('counts imported accounts once', async () => {
  const { folder, close } = await setup();
  await close();
  for (let run = 0; run < 2; run += 1)
    expect(await runCommand(['import-legacy', '--db', sample], { folder, env: longLifespan })).toMatchObject({
      code: 0,
    });
  expect(await runJson(['stats'], { folder })).toMatchObject([{ users: 4 }]);
});

it('counts what another program writes into the database, when it is committed', async () => {
  const { other, count, user } = await setup();
  await user('ada');
  const add = "INSERT OR IGNORE INTO users (username, email, password, from_host) SELECT value, value, '', 1";
  other.exec(`${add} FROM json_each('["bob", "ada", "cy"]')`);
  expect(await count()).toBe(3);
  other.exec(`BEGIN; ${add} FROM json_each('["dan"]'); DELETE FROM users WHERE username = 'ada'; ROLLBACK`);
  expect(await count()).toBe(3);
  other.exec("UPDATE users SET username = 'eve' WHERE username = 'bob'");
  expect(await count()).toBe(3);
  other.exec('DELETE FROM users');
  expect(await count()).toBe(0);
});

it('has the number of a database from before it was kept', async () => {
  const path = await databaseBefore(
    '20261130031414_user_counts',
    `INSERT INTO users (username, email, password) VALUES ('ada', 'a', ''), ('bob', 'b', ''), ('cy', 'c', '');
     DELETE FROM users WHERE username = 'bob'`,
  );
  const opened = await openDb(`file:${path}`);
  onTestFinished(() => opened.close());
  expect(await countUsers(opened)).toBe(2);
});

it('reads no accounts to count them', async () => {
  const { client } = await startMirage();
  const statements = countStatements(/FROM "?users\b/);
  await client().users.count.query();
  expect(statements()).toBe(0);
});
