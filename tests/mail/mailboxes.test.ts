import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mailboxOf } from '../../src/server/core/mail-address.ts';
import { isDatabaseFile } from '../../src/server/infra/db/database-file.ts';
import { addMissingMailboxes } from '../../src/server/services/shared/mailboxes.ts';
import { startMirage } from '../support/harness.ts';

const plain = [
  'Ada@Example.COM',
  'a+b_c-d.e@x.example',
  'nobody',
  'a@b@C.example',
  'A@1.2.3.4',
  'x@0x7f.1',
  '.@.',
];
const others = ['é@É.example', 'Ada@XN--bcher-kva.example', "o'Brien@x.example", ' Bot', 'I@\uff49.example'];

it('spells a mailbox in one way', () => {
  const same = [
    'Ada@bücher.example',
    'ada@BÜCHER.example',
    'ADA@xn--bcher-kva.example',
    'ada@bu\u0308cher\u3002example',
  ];
  expect(new Set(same.map(mailboxOf))).toEqual(new Set(['ada@xn--bcher-kva.example']));
  for (const end of ['/x', '?x', '#x', '\\x', '%2e', '\t', '\n'])
    expect(mailboxOf(`Ada@x.example${end}`)).toBe(`ada@x.example${end}`);
});

it('is computed by the migration for plain addresses, and for all others at the start', async () => {
  const { deps } = await startMirage();
  const emails = [...plain, ...others];
  await deps.db.user.createMany({
    data: emails.map((email, index) => ({ username: `user${index}`, email, password: '' })),
  });
  const stored = async () => {
    const rows = await deps.db.user.findMany({ orderBy: { id: 'asc' } });
    return rows.map(({ mailbox }) => mailbox);
  };
  await deps.db.$executeRawUnsafe(updateOfMigration(isDatabaseFile(deps.config.databaseUrl)));
  expect(await stored()).toEqual([...plain.map(mailboxOf), ...others.map(() => null)]);
  await addMissingMailboxes(deps);
  expect(await stored()).toEqual(emails.map(mailboxOf));
});

function updateOfMigration(isSqlite: boolean): string {
  const folder = `prisma/${isSqlite ? 'sqlite' : 'postgresql'}/migrations`;
  const name = readdirSync(folder).find((each) => each.endsWith('_mailboxes'));
  const sql = readFileSync(`${folder}/${name}/migration.sql`, 'utf8');
  return /^UPDATE [^;]+/m.exec(sql)?.[0] ?? expect.fail('the migration changes no rows');
}
