import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeLegacyDatabase } from '../../bench/lib/legacy-database.ts';
import { refused, runCommand } from '../support/command.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { folderState, sample, writeLegacy } from '../support/legacy-file.ts';

/** Imports `path` into a database that does not exist yet; it must not be there afterwards, if nothing was imported. */
async function importOf(path: string, ...more: string[]) {
  const folder = await temporaryFolder();
  const outcome = await runCommand(['import-legacy', '--db', path, ...more], { folder });
  return { outcome, hasDatabase: existsSync(`${folder}/mirage.db`), folder };
}

/** A legacy database of some size, so that damage has somewhere to be. */
async function largeFile(): Promise<string> {
  const path = `${await temporaryFolder()}/db.sqlite`;
  writeLegacyDatabase(path, { users: 200, messages: 2000 });
  return path;
}

type Make = (folder: string) => Promise<string> | string;

const unusable: [what: string, message: RegExp, make: Make][] = [
  ['that does not exist', /there is no such file/, (folder) => `${folder}/missing.sqlite`],
  ['that is a folder', /not a file/, (folder) => folder],
  [
    'that is empty',
    /is empty/,
    (folder) => {
      writeFileSync(`${folder}/db.sqlite`, '');
      return `${folder}/db.sqlite`;
    },
  ],
  [
    'that is not a database',
    /is not an SQLite database/,
    (folder) => {
      writeFileSync(`${folder}/db.sqlite`, 'These are notes.\n'.repeat(1000));
      return `${folder}/db.sqlite`;
    },
  ],
  [
    'that ends within its header',
    /is truncated/,
    (folder) => {
      writeFileSync(`${folder}/db.sqlite`, readFileSync(sample).subarray(0, 50));
      return `${folder}/db.sqlite`;
    },
  ],
  [
    'of another program',
    /is not a database of the original Mirage: it has no table users/,
    (folder) => {
      new Database(`${folder}/db.sqlite`).exec('CREATE TABLE bookmarks (url TEXT)').close();
      return `${folder}/db.sqlite`;
    },
  ],
  [
    'with other users',
    /its table users has no column email/,
    (folder) => {
      const path = `${folder}/db.sqlite`;
      const tables = ['users (id, username)', 'rooms (id, name)', 'room_members (id)', 'inbox_messages (id)'];
      new Database(path).exec(tables.map((table) => `CREATE TABLE ${table};`).join('\n')).close();
      return path;
    },
  ],
  [
    'of this Mirage',
    /is a database of this Mirage, not of the original/,
    async () => {
      const { folder, close } = await startMirage();
      await close();
      return `${folder}/mirage.db`;
    },
  ],
  [
    'that was cut off',
    /is corrupt or truncated/,
    async () => {
      const path = await largeFile();
      truncateSync(path, 4096 * 20);
      return path;
    },
  ],
  [
    'that was cut off within a page',
    /is corrupt or truncated/,
    async () => {
      const path = await largeFile();
      truncateSync(path, 4096 * 20 + 100);
      return path;
    },
  ],
  [
    'with damaged pages',
    /is corrupt or truncated/,
    async () => {
      const path = await largeFile();
      const bytes = readFileSync(path);
      bytes.fill(0xa5, 4096 * 10, 4096 * 30);
      writeFileSync(path, bytes);
      return path;
    },
  ],
];

it.each(unusable)('refuses a file %s in one line, and changes nothing', async (_, message, make) => {
  const folder = await temporaryFolder();
  const path = await make(folder);
  const before = folderState(folder);
  const { outcome, hasDatabase } = await importOf(path);
  expect(outcome).toEqual(refused(message));
  expect(hasDatabase).toBe(false);
  expect(folderState(folder)).toEqual(before);
});

it('refuses a file that another program has locked', async () => {
  const folder = await temporaryFolder();
  copyFileSync(sample, `${folder}/db.sqlite`);
  const other = new Database(`${folder}/db.sqlite`);
  onTestFinished(() => void other.close());
  other.exec('BEGIN EXCLUSIVE');
  const { outcome, hasDatabase } = await importOf(`${folder}/db.sqlite`);
  expect(outcome).toEqual(refused(/is locked by another program: stop the original Mirage first/));
  expect(hasDatabase).toBe(false);
  other.exec('ROLLBACK');
  expect((await importOf(`${folder}/db.sqlite`)).outcome).toMatchObject({ code: 0 });
});

const lists: [what: string, message: RegExp, text: string][] = [
  ['is not JSON', /is truncated: not valid JSON/, '[{"username": "bob", "mess'],
  ['is empty', /is truncated: not valid JSON/, ''],
  ['holds no list', /not a list/, '{"username": "bob"}'],
];

it.each(lists)('refuses a messages.txt that %s, before anything is imported', async (_, message, content) => {
  const folder = await temporaryFolder();
  writeFileSync(`${folder}/messages.txt`, content);
  const { outcome, hasDatabase } = await importOf(sample, '--messages', `${folder}/messages.txt`);
  expect(outcome).toEqual(refused(message));
  expect(hasDatabase).toBe(false);
});

it('refuses to import into the database of another program', async () => {
  const folder = await temporaryFolder();
  new Database(`${folder}/mirage.db`).exec('CREATE TABLE bookmarks (url TEXT)').close();
  const before = folderState(folder);
  const outcome = await runCommand(['import-legacy', '--db', sample], { folder });
  expect(outcome).toEqual(refused(/belongs to another program/));
  expect(folderState(folder)).toMatchObject(before);
});

describe('leaves every byte and time in the legacy folder unchanged', () => {
  const marked = new Date('2020-02-02T02:02:02Z');

  async function expectUntouched(folder: string, users: number): Promise<void> {
    for (const name of Object.keys(folderState(folder))) utimesSync(`${folder}/${name}`, marked, marked);
    const before = folderState(folder);
    for (const more of [['--dry-run'], []]) {
      const { outcome } = await importOf(`${folder}/db.sqlite`, ...more);
      expect(outcome).toMatchObject({ code: 0 });
      expect(outcome.stdout).toMatch(new RegExp(`^users +${users} +${users} `, 'm'));
      expect(folderState(folder)).toEqual(before);
    }
  }

  it('with no other files', async () => {
    const folder = await temporaryFolder();
    copyFileSync(sample, `${folder}/db.sqlite`);
    await expectUntouched(folder, 4);
  });

  it('with a write-ahead log, whose rows it reads', async () => {
    const folder = await temporaryFolder();
    const live = `${folder}/live`;
    mkdirSync(live);
    writeLegacy(`${live}/db.sqlite`, '');
    const db = new Database(`${live}/db.sqlite`);
    db.pragma('journal_mode = WAL');
    db.exec("INSERT INTO users (username, email, password) VALUES ('in the log', 'l@x', 'hash')");
    const left = `${folder}/left`;
    mkdirSync(left);
    for (const suffix of ['', '-wal'])
      copyFileSync(`${live}/db.sqlite${suffix}`, `${left}/db.sqlite${suffix}`);
    db.close();
    await expectUntouched(left, 1);
  });

  it('in WAL mode without a log file', async () => {
    const folder = await temporaryFolder();
    copyFileSync(sample, `${folder}/db.sqlite`);
    const db = new Database(`${folder}/db.sqlite`);
    db.pragma('journal_mode = WAL');
    db.close();
    await expectUntouched(folder, 4);
  });

  it('with the journal of a program that crashed while writing, whose changes it ignores', async () => {
    const folder = await temporaryFolder();
    const live = `${folder}/live`;
    mkdirSync(live);
    copyFileSync(sample, `${live}/db.sqlite`);
    const db = new Database(`${live}/db.sqlite`);
    db.pragma('cache_size = 1'); // so that it writes before it commits
    db.exec('BEGIN');
    const add = db.prepare("INSERT INTO users (username, email, password) VALUES (?, ?, 'hash')");
    for (let index = 0; index < 2000; index += 1) add.run(`unfinished ${index}`, `${index}@x`);
    const left = `${folder}/left`;
    mkdirSync(left);
    for (const suffix of ['', '-journal'])
      copyFileSync(`${live}/db.sqlite${suffix}`, `${left}/db.sqlite${suffix}`);
    db.exec('ROLLBACK');
    db.close();
    expect(folderState(left)['db.sqlite']).not.toBe(folderState(live)['db.sqlite']);
    await expectUntouched(left, 4);
  });
});

it('prints the usage and exits with code 2 if used wrongly', async () => {
  const folder = await temporaryFolder();
  for (const args of [['import-legacy'], ['import-legacy', '--db', sample, '--batch', '0']]) {
    const { code, stderr } = await runCommand(args, { folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
  }
});
