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
 * The control protocol between processes that use the same database file. The process that needs exclusive access, a
 * server or a command such as `restore`, locks the file and listens on a Unix socket beside it. A client sends one line
 * of JSON and receives one. Only the user who runs the server can connect.
 */
const request = z.discriminatedUnion('do', [
  z.object({ do: z.literal('status') }),
  z.object({
    do: z.literal('publish'),
    topic: z.string(),
    event: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({ do: z.literal('listLimits') }),
  z.object({ do: z.literal('liftLimit'), name: z.string(), key: z.string() }),
  z.object({ do: z.literal('sweepFiles') }),
]);

const reply = z.union([z.object({ result: z.unknown() }), z.object({ error: z.string() })]);

/** The purpose with which a server claims a database. */
export const serverPurpose = 'a server';

export type ControlRequest = z.output<typeof request>;

/** The status reported by the process that holds a database. */
export const holderStatus = z.object({ pid: z.number(), purpose: z.string() });

export interface Claim {
  /** Sets the request handler. Until it is set, status requests get the basic status and published events are dropped. */
  answer(listener: (request: ControlRequest) => Promise<unknown>): void;
  close(): Promise<void>;
}

/** The longest socket path that every operating system accepts. */
const maxPathBytes = 100;
const maxLineLength = 16 * 1024 * 1024;
const silenceMs = 10_000;

/**
 * Claims a database file for this process until the claim is closed or the process exits. `purpose` is shown to other
 * processes. Throws a DatabaseError if another process holds the file or it cannot be locked. If no socket can be
 * created, as on some mounted folders, the claim still succeeds; `onUnreachable` receives the error, and commands
 * cannot reach this process.
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
 * Sends a request to the process that holds a database. Resolves to its result, or undefined if no process holds it.
 * Throws a DatabaseError if the holder answers with an error or not within 10 s.
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

/** Describes the process that holds the database. */
async function holderOf(databasePath: string): Promise<string> {
  const status = await askHolder(databasePath, { do: 'status' }).catch(() => undefined);
  const { data } = holderStatus.safeParse(status);
  return data ? `${data.purpose} (process ${data.pid}) is using it` : 'another process is using it';
}

/**
 * The socket paths to try: beside the database, then in a private temporary folder, for paths that are too long and
 * folders that cannot contain sockets.
 */
function controlAddresses(databasePath: string): string[] {
  const path = realPath(resolve(databasePath));
  const beside = `${path}.sock`;
  const hashed = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const apart = join(ownFolder(), `${hashed}.sock`);
  return [beside, apart].filter((address) => Buffer.byteLength(address) <= maxPathBytes);
}

const ownFolder = () => join(tmpdir(), `mirage-${process.getuid?.() ?? 'user'}`);

/** Resolves links; for a missing file, those of its folder. */
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
  // A stale socket of a killed process: this process holds the lock, so nobody listens there.
  if (lstatSync(address, { throwIfNoEntry: false })?.isSocket()) rmSync(address);
  server.listen(address);
  await once(server, 'listening');
  chmodSync(address, 0o600);
}

/** The errors of connecting to a socket without a listener. */
const noListener = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK'];

/** Resolves to undefined if there is no listener. Throws a DatabaseError if the connection is refused otherwise. */
function connect(address: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(address);
    socket.once('connect', () => resolve(socket));
    // Stays attached: later errors end the exchange.
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (noListener.includes(code)) resolve(undefined);
      else reject(new DatabaseError(`cannot talk to the process that uses the database: ${code} ${address}`));
    });
  });
}

/** Sends a line and resolves to the parsed response; undefined if it is not JSON. */
async function exchange(socket: Socket, line: string): Promise<unknown> {
  socket.setTimeout(silenceMs, () => socket.destroy());
  socket.write(line);
  return parse(await readLine(socket));
}

async function serve(socket: Socket, answer: (asked: ControlRequest) => Promise<unknown>): Promise<void> {
  socket.unref();
  socket.on('error', () => {}); // the client disconnected
  socket.setTimeout(silenceMs, () => socket.destroy());
  const asked = request.safeParse(parse(await readLine(socket)));
  // Some answers take longer than either side waits in silence. Spaces before JSON mean nothing.
  const patience = setInterval(() => socket.write(' '), silenceMs / 2);
  const answered = asked.success
    ? await answer(asked.data).then(
        (result) => ({ result: result ?? null }),
        (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
      )
    : { error: 'invalid request' };
  clearInterval(patience);
  socket.end(`${JSON.stringify(answered)}\n`);
}

/** Resolves to the first line, or to what has been received when the connection closes or the line is too long. */
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
