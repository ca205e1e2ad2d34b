import { afterAll } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { describeKeptMessageStore } from '../stores/kept-message-store.describe.ts';
import { schemaForFile } from './support/services.ts';

const { url, remove } = schemaForFile();
const database = openDb(url, { poolSize: 4 });
afterAll(async () => {
  await (await database).close();
  await remove();
});

describeKeptMessageStore('in Postgres', () => database);
