import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { Db, OpenDb } from '../../src/server/infra/db/database.ts';
import { Prisma, PrismaClient } from '../../src/server/infra/db/generated/sqlite/client.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { temporaryFolder } from '../support/harness.ts';

/** A migrated database, and how to open it. */
async function freshDatabase() {
  const path = `${await temporaryFolder()}/mirage.db`;
  const opened = await openDb(`file:${path}`);
  onTestFinished(() => opened.close());
  return { path, opened, db: opened.db };
}

class Refused extends Error {}

const message = (text: string) => ({ data: { sender: 'alice', recipient: 'bob', text } });

const nextTurn = () => new Promise(setImmediate);

/** One caller: writes a text by itself, or several in a transaction that succeeds, or is refused in the end. */
interface Caller {
  kind: 'single' | 'raw' | 'door' | 'commit' | 'rollback' | 'raw commit' | 'raw rollback';
  writes: number;
  /** How many turns of the event loop it lets pass before it begins. */
  turns: number;
}

const insertion = (text: string) =>
  Prisma.sql`INSERT INTO inbox_messages (sender, recipient, message) VALUES ('a', 'b', ${text})`;

/** Resolves to the texts whose writing was acknowledged. */
async function write(
  { db, sql }: Pick<OpenDb, 'db' | 'sql'>,
  { kind, writes, turns }: Caller,
  name: string,
): Promise<string[]> {
  for (let turn = 0; turn < turns; turn += 1) await nextTurn();
  if (kind === 'single') {
    await db.inboxMessage.create(message(name));
    return [name];
  }
  if (kind === 'raw') {
    await db.$executeRaw(insertion(name));
    return [name];
  }
  if (kind === 'door') {
    await sql.run(insertion(name));
    return [name];
  }
  const texts = Array.from({ length: writes }, (_, index) => `${name}.${index}`);
  try {
    if (kind.startsWith('raw'))
      await sql.transaction(async (tx) => {
        for (const text of texts) {
          await tx.run(insertion(text));
          await nextTurn();
        }
        if (kind === 'raw rollback') throw new Refused();
      });
    else
      await db.$transaction(
        async (tx) => {
          for (const text of texts) {
            await tx.inboxMessage.create(message(text));
            await nextTurn();
          }
          if (kind === 'rollback') throw new Refused();
        },
        { maxWait: 20_000, timeout: 20_000 },
      );
    return texts;
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

const caller = fc.record<Caller>({
  kind: fc.constantFrom('single', 'raw', 'door', 'commit', 'rollback', 'raw commit', 'raw rollback'),
  writes: fc.integer({ min: 1, max: 3 }),
  turns: fc.integer({ min: 0, max: 8 }),
});

it('keeps exactly the acknowledged writes, whatever is rolled back concurrently', async () => {
  const { db, opened } = await freshDatabase();
  await fc.assert(
    fc.asyncProperty(fc.array(caller, { minLength: 8, maxLength: 24 }), async (callers) => {
      await db.inboxMessage.deleteMany();

      const acknowledged = await Promise.all(callers.map((each, index) => write(opened, each, `${index}`)));

      const kept = await db.inboxMessage.findMany({ select: { text: true } });
      expect(kept.map(({ text }) => text).sort()).toEqual(acknowledged.flat().sort());
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** Begins a write within a transaction, though not as a part of it, which then is rolled back. */
async function writeBesideRollback(db: Db): Promise<number> {
  let beside: Promise<unknown> | undefined;
  const transaction = db.$transaction(async (tx) => {
    await tx.inboxMessage.create(message('rolled back'));
    beside = db.inboxMessage.create(message('acknowledged')).then();
    for (let turn = 0; turn < 20; turn += 1) await tx.inboxMessage.count();
    throw new Refused();
  });
  await expect(transaction).rejects.toThrow(Refused);
  await beside;
  return db.inboxMessage.count();
}

it('keeps a write that began during a transaction that is rolled back', async () => {
  const { db } = await freshDatabase();
  expect(await writeBesideRollback(db)).toBe(1);
});

it('shows nobody what a transaction through the door has not committed, and lets it see its own writes', async () => {
  const { db, opened } = await freshDatabase();
  const { sql } = opened;
  const count = Prisma.sql`SELECT count(*) AS messages FROM inbox_messages`;
  const seen: Promise<number>[] = [];
  const transaction = sql.transaction(async (tx) => {
    await tx.run(insertion('rolled back'));
    seen.push(
      db.inboxMessage.count(),
      sql<{ messages: number }>(count).then(([row]) => row?.messages ?? -1),
    );
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(await tx(count)).toEqual([{ messages: 1 }]);
    throw new Refused();
  });
  await expect(transaction).rejects.toThrow(Refused);
  expect(await Promise.all(seen)).toEqual([0, 0]);
});

it('begins the next transaction after one whose statement failed', async () => {
  const { opened } = await freshDatabase();
  const { sql } = opened;
  const failing = sql.transaction(async (tx) => {
    await tx.run(insertion('rolled back'));
    await tx.run(Prisma.sql`INSERT INTO inbox_messages (sender) VALUES ('a')`);
  });
  await expect(failing).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_NOTNULL' });
  expect(await sql.transaction((tx) => tx.run(insertion('kept')))).toBe(1);
  expect(await sql(Prisma.sql`SELECT message FROM inbox_messages`)).toEqual([{ message: 'kept' }]);
});

it('is needed while the Prisma adapter loses such a write', async () => {
  const { path } = await freshDatabase();
  const stock = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: path }) });
  onTestFinished(() => stock.$disconnect());
  expect(await writeBesideRollback(stock)).toBe(0);
});

it('continues after a transaction that timed out', async () => {
  const { db } = await freshDatabase();
  const tooSlow = db.$transaction(
    async (tx) => {
      await tx.inboxMessage.create(message('too slow'));
      // Until its time is up, and then this throws.
      for (;;) {
        await nextTurn();
        await tx.inboxMessage.count();
      }
    },
    { timeout: 50 },
  );
  await expect(tooSlow).rejects.toMatchObject({ code: 'P2028' });

  await db.inboxMessage.create(message('next'));

  expect(await db.inboxMessage.findMany()).toMatchObject([{ text: 'next' }]);
});

it('continues after a transaction that waited too long to begin', async () => {
  const { db } = await freshDatabase();
  let late: Promise<unknown> | undefined;
  await db.$transaction(async (tx) => {
    late = db.$transaction(async (other) => other.inboxMessage.create(message('late')), { maxWait: 10 });
    await expect(late).rejects.toMatchObject({ code: 'P2028' });
    await tx.inboxMessage.create(message('first'));
  });

  await db.inboxMessage.create(message('next'));
  await db.$transaction(async (tx) => tx.inboxMessage.create(message('last')));

  expect((await db.inboxMessage.findMany()).map(({ text }) => text)).toEqual(['first', 'next', 'last']);
});

it.each([
  ['synchronous', 2], // FULL: a commit is on disk before it is acknowledged
  ['journal_mode', 'wal'],
])('has both of its connections run with %s = %s', async (setting, value) => {
  const { opened } = await freshDatabase();
  const statement = Prisma.raw(`PRAGMA ${setting}`);
  const [ofPrisma] = await opened.db.$queryRaw<Record<string, unknown>[]>(statement);
  const [ofRawSql] = await opened.sql<Record<string, unknown>>(statement);
  const plain = (found: unknown) => (typeof found === 'bigint' ? Number(found) : found);
  expect(plain(ofPrisma?.[setting])).toBe(value);
  expect(plain(ofRawSql?.[setting])).toBe(value);
});
