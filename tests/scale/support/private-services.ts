import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../support/harness.ts';

/** A service of a test's own, to be stopped as the test likes. */
export interface PrivateService {
  url: string;
  start(): Promise<void>;
  /** Ends it at once, as a crash would, and resolves when it is gone. */
  crash(): Promise<void>;
  /** It lives, and says nothing more, until `thaw`. */
  freeze(): void;
  thaw(): void;
}

/** Holds everything in memory: what it held is gone with a crash. */
export async function startPrivateRedis(): Promise<PrivateService> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  return service(url, {
    spawn: () =>
      spawn('redis-server', ['--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'], {
        stdio: 'ignore',
      }),
    isUp: async () => {
      const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => {}); // it is not up yet
      try {
        await client.connect();
        return (await client.ping()) === 'PONG';
      } catch {
        return false;
      } finally {
        client.disconnect();
      }
    },
    crashSignal: 'SIGKILL',
    family: (pid) => [pid],
  });
}

/** Keeps what it has acknowledged through a crash. */
export async function startPrivatePostgres(): Promise<PrivateService> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const bin = postgresFolder();
  const owner = ownerForPostgres();
  const data = `${folder}/data`;
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid !== undefined && owner.gid !== undefined)
    for (const path of [folder, data]) chownSync(path, owner.uid, owner.gid);
  execFileSync(`${bin}/initdb`, ['-D', data, '-A', 'trust', '-U', 'postgres', '-N'], {
    ...owner,
    cwd: folder,
    stdio: 'ignore',
  });
  return service(url, {
    spawn: () =>
      spawn(`${bin}/postgres`, ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1'], {
        ...owner,
        cwd: folder,
        stdio: 'ignore',
      }),
    isUp: async () => {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
      client.on('error', () => {}); // it is not up yet
      try {
        await client.connect();
        await client.query('SELECT 1');
        return true;
      } catch {
        return false;
      } finally {
        await client.end().catch(() => {});
      }
    },
    crashSignal: 'SIGQUIT', // Postgres's own way of ending without ado; it recovers at the next start
    family: (pid) => [pid, ...childrenOf(pid)],
  });
}

interface Kind {
  spawn(): ChildProcess;
  isUp(): Promise<boolean>;
  crashSignal: NodeJS.Signals;
  /** It and its children. */
  family(pid: number): number[];
}

async function service(url: string, { spawn, isUp, crashSignal, family }: Kind): Promise<PrivateService> {
  let child: ChildProcess | undefined;
  let failure: unknown;

  async function start() {
    child = spawn();
    child.on('error', (error) => {
      failure = error;
    });
    while (!(await isUp())) {
      if (failure) throw failure;
      if (child.exitCode !== null) throw new Error(`${url} has ended with code ${child.exitCode}`);
      await sleep(20);
    }
  }

  async function crash() {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(crashSignal);
    await gone;
  }

  function signal(name: NodeJS.Signals) {
    for (const pid of child?.pid === undefined ? [] : family(child.pid))
      try {
        process.kill(pid, name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // safe: else one of its children has ended
      }
  }

  onTestFinished(async () => {
    if (child?.exitCode === null && child.signalCode === null) signal('SIGCONT');
    await crash();
  });
  await start();
  return { url, start, crash, freeze: () => signal('SIGSTOP'), thaw: () => signal('SIGCONT') };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  server.close();
  await once(server, 'close');
  return port;
}

/** Debian keeps them apart by version; elsewhere they are in the PATH. */
function postgresFolder(): string {
  const versions = '/usr/lib/postgresql';
  if (existsSync(versions)) {
    const newest = readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0];
    if (newest) return `${versions}/${newest}/bin`;
  }
  return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
}

/** Postgres refuses to run as root. */
function ownerForPostgres(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function childrenOf(pid: number): number[] {
  const list = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return list.trim().split(/\s+/).filter(Boolean).map(Number);
}
