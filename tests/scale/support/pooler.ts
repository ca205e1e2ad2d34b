import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/harness.ts';
import { freePort } from './private-services.ts';
import { databaseUrl } from './services.ts';

/**
 * PgBouncer in transaction mode, with three connections to a database of the test's own. `url` leads through it, `direct` past
 * it. `reconnect` ends once it has closed the connections that it had to the database.
 */
export async function startPooler() {
  const direct = await freshDatabase();
  const { hostname, port, username, password, pathname } = new URL(direct);
  const folder = await temporaryFolder();
  const ownPort = await freePort();
  const database = pathname.slice(1);
  const target = {
    host: hostname,
    port: port || '5432',
    user: decodeURIComponent(username),
    dbname: database,
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
  const entry = Object.entries(target).map(([name, value]) => `${name}='${value}'`);
  const config = `${folder}/pgbouncer.ini`;
  writeFileSync(
    config,
    [
      '[databases]',
      `${database} = ${entry.join(' ')}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${ownPort}`,
      'unix_socket_dir =',
      'auth_type = any',
      'admin_users = any',
      'pool_mode = transaction',
      'default_pool_size = 3',
      '',
    ].join('\n'),
  );
  const url = `postgresql://any@127.0.0.1:${ownPort}/${database}`;
  const child = spawn('/usr/sbin/pgbouncer', ['-q', config], {
    ...ownerFor(config, folder),
    stdio: 'ignore',
  });
  onTestFinished(() => end(child));
  await isUp(url, child);
  return {
    url,
    direct,
    async reconnect() {
      const console = new URL(url);
      console.pathname = 'pgbouncer';
      await run(console.href, 'RECONNECT');
      await run(console.href, 'WAIT_CLOSE');
    },
  };
}

/** Removed when the test has finished. */
async function freshDatabase(): Promise<string> {
  const name = `mirage_test_${randomBytes(6).toString('hex')}`;
  await run(databaseUrl, `CREATE DATABASE ${name}`);
  onTestFinished(async () => void (await run(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`)));
  const url = new URL(databaseUrl);
  url.pathname = name;
  return url.href;
}

export async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {}); // the pending query rejects with the error as well
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function isUp(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`pgbouncer has ended with code ${child.exitCode}`);
    const isReady = await run(url, 'SELECT 1').then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await sleep(20);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** It refuses to run as root. */
function ownerFor(...paths: string[]): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const owner = { uid: id('-u'), gid: id('-g') };
  for (const path of paths) chownSync(path, owner.uid, owner.gid);
  return owner;
}
