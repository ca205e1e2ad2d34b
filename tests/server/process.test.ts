import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { temporaryFolder } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

/** What an operator gets to read who has made a mistake: one line, and no trace. */
const oneLine = (about: RegExp) => ({
  code: 1,
  stderr: expect.stringMatching(new RegExp(`^mirage: [^\n]*${about.source}[^\n]*\n$`)),
});

it('listens, and says where', async () => {
  const mirage = await spawnMirage();
  const url = await mirage.url();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await createMirageClient({ url }).users.count.query()).toBe(0);
});

it('reads a .env file in its folder, over which the environment prevails', async () => {
  const folder = await temporaryFolder();
  writeFileSync(`${folder}/.env`, 'MAX_PUBLIC_ROOMS=many\nRATE_LIMIT=perhaps\n');
  const mirage = await spawnMirage({ RATE_LIMIT: 'on' }, folder);
  expect(await mirage.ended()).toEqual(oneLine(/MAX_PUBLIC_ROOMS must be/));
});

describe('ends at once, with one line about the cause,', () => {
  it('for a wrong setting', async () => {
    const mirage = await spawnMirage({ PORT: 'http' });
    expect(await mirage.ended()).toEqual(oneLine(/PORT must be a whole number/));
    expect(mirage.lines).toEqual([]);
  });

  it('for a port in use', async () => {
    const neighbour = createServer().listen(0, '127.0.0.1');
    await once(neighbour, 'listening');
    onTestFinished(() => void neighbour.close());
    const { port } = neighbour.address() as AddressInfo; // safe: it listens on a port
    const mirage = await spawnMirage({ PORT: String(port) });
    expect(await mirage.ended()).toEqual(oneLine(/address already in use 127\.0\.0\.1:\d+/));
  });

  it('for a host that is none of this machine', async () => {
    // 192.0.2.0/24 is set aside for documentation.
    const mirage = await spawnMirage({ HOST: '192.0.2.1' });
    expect(await mirage.ended()).toEqual(oneLine(/192\.0\.2\.1/));
  });

  it('for the database of another program', async () => {
    const path = `${await temporaryFolder()}/other.db`;
    new Database(path).exec('CREATE TABLE bookmarks (url TEXT)').close();
    const mirage = await spawnMirage({ DATABASE_URL: `file:${path}` });
    expect(await mirage.ended()).toEqual(oneLine(/belongs to another program/));
  });

  it('for a file that is no database', async () => {
    const path = `${await temporaryFolder()}/notes.txt`;
    writeFileSync(path, 'These are notes.\n'.repeat(100));
    const mirage = await spawnMirage({ DATABASE_URL: `file:${path}` });
    expect(await mirage.ended()).toEqual(oneLine(/not a database/));
  });

  it('for a database path that is a folder', async () => {
    const mirage = await spawnMirage({ DATABASE_URL: `file:${await temporaryFolder()}` });
    expect(await mirage.ended()).toEqual(oneLine(/database/));
  });
});
