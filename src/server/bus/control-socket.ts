import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DatabaseError } from '../db/database-error.ts';
import { lockDatabase } from '../db/lock.ts';

/**
 * How processes on one machine find out about each other that use the same database file. Whoever needs it for itself, a
 * server or a command such as `restore`, locks it and listens on a socket beside it; others send it one line of JSON and
 * get one.
 * It is open to the user who runs the server, and to nobody else.
 */
const request = z.discriminatedUnion('do', [
  z.object({ do: z.literal('status') }),
  z.object({
    do: z.literal('publish'),
    topic: z.string(),
    notice: z.record(z.string(), z.unknown()).optional(),
  }),
]);

const reply = z.union([z.object({ result: z.unknown() }), z.object({ error: z.string() })]);

/** What a server claims a database for. Others are commands that change all of it. */
export const serverPurpose = 'a server';

export type ControlRequest = z.output<typeof request>;

/** Who holds a database, in its own words. */
export const holderStatus = z.object({ pid: z.number(), purpose: z.string() });

export interface Claim {
  /** How requests are answered. Until then a holder says who it is, and has nobody to tell anything. */
  answer(listener: (request: ControlRequest) => Promise<unknown>): void;
  close(): Promise<void>;
}

/** What the address of a socket may hold on every system. */
const maxPathBytes = 100;
const maxLineLength = 16 * 1024 * 1024;
const silenceMs = 10_000;

/**
 * Takes a database file for this process alone, until it is closed or the process ends, however it ends. `purpose` says
 * to others what for. Throws a DatabaseError if another process has it, or if it cannot be had. Where no socket can be
 * had, as in some mounted folders, it is claimed without one: then nobody can tell this process anything, which
 * `onUnreachable` hears of.
 */
export async function claimDatabase(
  databasePath: string,
  purpose: string,
  onUnreachable: (error: unknown) => void = () => {},
): Promise<Claim> {
  const unlock = lock(databasePath);
  if (!unlock)
    throw new DatabaseError(`cannot use the database ${databasePath}: ${await holderOf(databasePath)}`);

  const addresses = controlAddresses(databasePath);
  const status = { pid: process.pid, purpose };
  let listener = async (asked: ControlRequest): Promise<unknown> =>
    asked.do === 'status' ? status : undefined;
  const server = createServer((socket) => void serve(socket, (asked) => listener(asked)));
  let problem: unknown;
  for (const address of addresses) {
    try {
      await listen(server, address);
      server.unref();
      return {
        answer(next) {
          listener = async (asked) =>
            asked.do === 'status' ? { ...status, ...((await next(asked)) as object) } : next(asked); // safe: a status is an object
        },
        async close() {
          await closeServer(server);
          unlock();
        },
      };
    } catch (error) {
      problem = error;
    }
  }
  onUnreachable(problem);
  return { answer() {}, close: async () => unlock() };
}

function lock(databasePath: string): (() => void) | undefined {
  try {
    return lockDatabase(databasePath);
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${databasePath}: ${(cause as Error).message}`, {
      cause,
    }); // safe: all that is called throws Errors
  }
}

/**
 * What the holder of a database answers, or undefined if nobody holds it. Throws a DatabaseError if the holder refuses,
 * or gives no answer within 10 s.
 */
export async function askHolder(databasePath: string, asked: ControlRequest): Promise<unknown> {
  for (const address of controlAddresses(databasePath)) {
    const socket = await connect(address);
    if (!socket) continue;
    const answer = reply.safeParse(await exchange(socket, `${JSON.stringify(asked)}\n`));
    if (!answer.success) throw new DatabaseError(`the process that uses ${databasePath} does not answer`);
    if ('error' in answer.data) throw new DatabaseError(`the running server: ${answer.data.error}`);
    return answer.data.result;
  }
  return undefined;
}

/** In words: which process has the database. */
async function holderOf(databasePath: string): Promise<string> {
  const status = await askHolder(databasePath, { do: 'status' }).catch(() => undefined);
  const { data } = holderStatus.safeParse(status);
  return data ? `${data.purpose} (process ${data.pid}) is using it` : 'another process is using it';
}

/** Beside the database, or, where its path is too long or its folder takes no sockets, in a folder of our own. */
function controlAddresses(databasePath: string): string[] {
  const path = realPath(resolve(databasePath));
  const beside = `${path}.sock`;
  const hashed = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const apart = join(ownFolder(), `${hashed}.sock`);
  return [beside, apart].filter((address) => Buffer.byteLength(address) <= maxPathBytes);
}

const ownFolder = () => join(tmpdir(), `mirage-${process.getuid?.() ?? 'user'}`);

/** Of the file, or of the folder it will be in. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}

async function listen(server: Server, address: string): Promise<void> {
  const folder = dirname(address);
  if (folder === ownFolder()) mkdirSync(folder, { recursive: true, mode: 0o700 });
  else mkdirSync(folder, { recursive: true });
  if (folder === ownFolder() && process.getuid && lstatSync(folder).uid !== process.getuid())
    throw new Error(`${folder} belongs to another user`);
  // Left behind by a process that was killed; nobody answers there.
  if (lstatSync(address, { throwIfNoEntry: false })?.isSocket()) rmSync(address);
  server.listen(address);
  await once(server, 'listening');
  chmodSync(address, 0o600);
}

/** How it is said that nobody listens; anything else means that somebody does. */
const nobody = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK'];

/** Undefined if nobody listens there. Throws a DatabaseError if somebody does, but not to us. */
function connect(address: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(address);
    socket.once('connect', () => resolve(socket));
    // Also later ones, which end the exchange.
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (nobody.includes(code)) resolve(undefined);
      else reject(new DatabaseError(`cannot talk to the process that uses the database: ${code} ${address}`));
    });
  });
}

/** Sends a line, and gives what comes back until the other side ends; undefined if that is no JSON. */
async function exchange(socket: Socket, line: string): Promise<unknown> {
  socket.setTimeout(silenceMs, () => socket.destroy());
  socket.write(line);
  return parse(await readLine(socket));
}

async function serve(socket: Socket, answer: (asked: ControlRequest) => Promise<unknown>): Promise<void> {
  socket.unref();
  socket.on('error', () => {}); // it has gone away, and with it who asked
  socket.setTimeout(silenceMs, () => socket.destroy());
  const asked = request.safeParse(parse(await readLine(socket)));
  const answered = asked.success
    ? await answer(asked.data).then(
        (result) => ({ result: result ?? null }),
        (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
      )
    : { error: 'this is no request' };
  socket.end(`${JSON.stringify(answered)}\n`);
}

/** The first line, or what there is of it when the other side ends or says too much. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = () => resolve(text);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > maxLineLength) socket.destroy();
      if (text.endsWith('\n')) done();
    });
    socket.once('close', done);
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
