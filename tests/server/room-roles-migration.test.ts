import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrateSqlite, migrationsFolder } from '../../src/server/infra/db/migrate.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { databaseBefore } from '../support/database-before.ts';

const migration = '20261128160000_room_roles';

it('gives each room that has members one owner: its creator, or else who joined first', async () => {
  const path = await databaseBefore(
    migration,
    `
    INSERT INTO rooms (id, name, created_by) VALUES
      (1, 'with its creator', 'ada'), (2, 'without its creator', 'ada'), (3, 'imported', NULL), (4, 'empty', 'ada');
    INSERT INTO room_members (id, room_id, username) VALUES
      (10, 1, 'bob'), (11, 1, 'ada'), (12, 1, 'cy'),
      (7, 2, 'cy'), (8, 2, 'bob'),
      (30, 3, 'dan'), (31, 3, 'ada');`,
  );
  const opened = await openDb(`file:${path}`);
  const members = await opened.db.roomMember.findMany({ orderBy: { id: 'asc' } });
  const rooms = await opened.db.room.findMany({ orderBy: { id: 'asc' } });
  await opened.close();
  const owners = members.filter(({ role }) => role === 'owner');
  expect(owners.map(({ roomId, username }) => [roomId, username])).toEqual([
    [2, 'cy'],
    [1, 'ada'],
    [3, 'dan'],
  ]);
  expect(members.filter(({ role }) => role === 'member')).toHaveLength(4);
  expect(
    rooms.map(({ name, topic, description, slowModeSeconds }) => [name, topic, description, slowModeSeconds]),
  ).toEqual([
    ['with its creator', '', '', 0],
    ['without its creator', '', '', 0],
    ['imported', '', '', 0],
    ['empty', '', '', 0],
  ]);
});

it('looks at each room, and not at each membership', () => {
  const db = new Database(':memory:');
  migrateSqlite(db);
  const script = readFileSync(`${migrationsFolder('sqlite')}/${migration}/migration.sql`, 'utf8');
  const update = /UPDATE "room_members" SET "role"[^;]*;/.exec(script)?.[0];
  const plan = db.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${update}`).all();
  db.close();
  const scanned = plan.map(({ detail }) => /^SCAN (\w+)/.exec(detail)?.[1]).filter(Boolean);
  expect(scanned).toEqual(['r']);
});
