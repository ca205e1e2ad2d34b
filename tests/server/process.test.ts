import { once } from 'node:events';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { temporaryFolder } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

/** What an operator's mistake prints: one line, no stack trace. */
const oneLine = (about: RegExp) => ({
  code: 1,
  stderr: expect.stringMatching(new RegExp(`^mirage: [^\n]*${about.source}[^\n]*\n$`)),
});

/** Runs this first. */
const preloaded = (code: string) => ({
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}`,
});

it('logs the address it listens on', async () => {
  const mirage = await spawnMirage();
  const url = await mirage.url();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await createMirageClient({ url }).users.count.query()).toBe(0);
});

it('reads .env from the working directory; environment variables take precedence', async () => {
  const folder = await temporaryFolder();
  writeFileSync(`${folder}/.env`, 'MAX_PUBLIC_ROOMS=many\nRATE_LIMIT=perhaps\n');
  const mirage = await spawnMirage({ RATE_LIMIT: 'on' }, folder);
  expect(await mirage.ended()).toEqual(oneLine(/MAX_PUBLIC_ROOMS must be/));
});

describe('exits at once with one line about the cause', () => {
  it('for an invalid setting', async () => {
    const mirage = await spawnMirage({ PORT: 'http' });
    expect(await mirage.ended()).toEqual(oneLine(/PORT must be a whole number/));
    expect(mirage.lines).toEqual([]);
  });

  it('for a port in use', async () => {
    const otherServer = createServer().listen(0, '127.0.0.1');
    await once(otherServer, 'listening');
    onTestFinished(() => void otherServer.close());
    const { port } = otherServer.address() as AddressInfo; // safe: it listens on a port
    const mirage = await spawnMirage({ PORT: String(port) });
    expect(await mirage.ended()).toEqual(oneLine(/address already in use 127\.0\.0\.1:\d+/));
  });

  it.each([
    ['a host that is no address', { HOST: 'no such host' }, /HOST must be an address of this machine/],
    ['an address of another machine', { HOST: '192.0.2.1' }, /HOST must be an address of this machine/],
    [
      'a missing folder',
      { ROOM_MESSAGES_SNAPSHOT: 'missing/messages.json' },
      /ROOM_MESSAGES_SNAPSHOT must be in a folder/,
    ],
    [
      'a folder as a file',
      { ROOM_MESSAGES_SNAPSHOT: '.' },
      /ROOM_MESSAGES_SNAPSHOT must be the path of a file/,
    ],
    ['no place for files that servers share', { REDIS_URL: 'redis://127.0.0.1:1' }, /FILES_URL must be set/],
    [
      'a Redis that is not there',
      { REDIS_URL: 'redis://127.0.0.1:1', FILES_URL: 'off' },
      /ECONNREFUSED|redis/i,
    ],
  ])('for %s, before there is a database', async (_, settings, about) => {
    const mirage = await spawnMirage(settings as Record<string, string>);
    expect(await mirage.ended()).toEqual(oneLine(about));
    expect(existsSync(`${mirage.folder}/data`)).toBe(false);
  });

  const oldNode = "Object.defineProperty(process.versions, 'node', { value: '18.20.4' })";
  const needsNode = /needs Node 20\.19 or newer; this is 18\.20\.4/;

  it.each([
    ['a version of Node that is too old', oldNode, needsNode],
    [
      'a driver that was built for another version of Node',
      "const { dlopen } = process; process.dlopen = (module, file, ...rest) => { if (!/better_sqlite3/.test(file)) return dlopen(module, file, ...rest); throw Object.assign(new Error('The module\\nwas compiled against a different Node.js version'), { code: 'ERR_DLOPEN_FAILED' }); }",
      /npm rebuild better-sqlite3/,
    ],
  ])('for %s', async (_, preload, about) => {
    const mirage = await spawnMirage(preloaded(preload));
    expect(await mirage.ended()).toEqual(oneLine(about));
  });

  it('for a version of Node that is too old, before anything is built', async () => {
    const folder = await temporaryFolder();
    const ofProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
    // Without the compilers, so that building would fail.
    for (const path of ['package.json', 'scripts', 'src/server/core'])
      cpSync(ofProject(path), `${folder}/${path}`, { recursive: true });
    const program = [`${folder}/scripts/start.mjs`];
    const mirage = await spawnMirage(preloaded(oldNode), folder, { program });
    expect(await mirage.ended()).toEqual(oneLine(needsNode));
  });

  it('for the database of another program', async () => {
    const path = `${await temporaryFolder()}/other.db`;
    new Database(path).exec('CREATE TABLE bookmarks (url TEXT)').close();
    const mirage = await spawnMirage({ DATABASE_URL: `file:${path}` });
    expect(await mirage.ended()).toEqual(oneLine(/belongs to another program/));
  });

  it('for a file that is not a database', async () => {
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
