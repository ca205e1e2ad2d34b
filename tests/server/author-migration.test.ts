import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrateSqlite } from '../../src/server/infra/db/migrate.ts';
import { temporaryFolder } from '../support/harness.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of what the tool works on, committed. `change` changes the models; `author` writes the migration. */
async function workshop() {
  const folder = await temporaryFolder();
  for (const part of ['prisma', 'scripts', 'package.json'])
    cpSync(`${root}${part}`, `${folder}/${part}`, { recursive: true, verbatimSymlinks: true });
  symlinkSync(`${root}node_modules`, `${folder}/node_modules`);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', ...args], { cwd: folder, stdio: 'pipe' });
  git('init', '-q');
  git('add', 'prisma');
  git('commit', '-q', '-m', 'x');
  const models = `${folder}/prisma/models.prisma`;
  return {
    change(from: string, to: string) {
      const text = readFileSync(models, 'utf8');
      if (!text.includes(from)) throw new Error(`the models do not contain ${from}`);
      writeFileSync(models, text.replace(from, to));
    },
    author: () =>
      execFileSync(process.execPath, ['scripts/author-migration.mjs', 'change'], {
        cwd: folder,
        stdio: 'pipe',
      }),
    migrations: `${folder}/prisma/sqlite/migrations`,
  };
}

interface Part {
  type: string;
  name: string;
  sql: string;
}

const partsOf = (db: Database.Database) =>
  db
    .prepare<[], Part>(
      "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name",
    )
    .all();
const withoutRowIds = (db: Database.Database) =>
  db.prepare('SELECT name FROM pragma_table_list WHERE wr = 1 ORDER BY name').pluck().all();

it('writes migrations of SQLite that keep what the models do not describe', async () => {
  const { change, author, migrations } = await workshop();
  const db = new Database(':memory:');
  migrateSqlite(db, migrations);
  const [parts, tables] = [partsOf(db), withoutRowIds(db)];
  expect(parts.filter(({ type }) => type === 'trigger')).not.toEqual([]);
  expect(parts.filter(({ sql }) => sql.includes('WHERE'))).not.toEqual([]);
  expect(tables).toContain('inbox_conversations');
  const send = db.prepare(
    "INSERT INTO inbox_messages (sender, recipient, message) VALUES ('ada', 'bob', 'x')",
  );
  send.run();

  // SQLite cannot change a default, so both tables are made anew.
  change('text      String   @map("message")', 'text      String   @default("nothing") @map("message")');
  change('unread   Int      @default(0)', 'unread   Int      @default(1)');
  author();
  expect(migrateSqlite(db, migrations)).toEqual([expect.stringMatching(/_change$/)]);

  expect(partsOf(db)).toEqual(parts);
  expect(withoutRowIds(db)).toEqual(tables);
  send.run();
  const counts = db.prepare("SELECT total, unread FROM inbox_conversations WHERE username = 'bob'").get();
  expect(counts).toEqual({ total: 2, unread: 2 });
});

it('writes no migration of SQLite that what the models do not describe would not survive', async () => {
  const { change, author } = await workshop();
  change('  inputHash String?  @map("input_hash")\n', '');
  change('text      String   @map("message")', 'text      String   @default("nothing") @map("message")');
  expect(author).toThrow(/the new tables do not fit .*inbox_conversations_delete/);
});
