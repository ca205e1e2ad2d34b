import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { describeKeptMessageStore } from './kept-message-store.describe.ts';

const folder = mkdtempSync(join(tmpdir(), 'mirage-'));
const database = openDb(`file:${join(folder, 'kept.db')}`);
afterAll(async () => {
  await (await database).close();
  rmSync(folder, { recursive: true, force: true });
});

describeKeptMessageStore('in SQLite', () => database);
