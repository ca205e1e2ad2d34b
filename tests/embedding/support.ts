import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Express, type Response } from 'express';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { createLogger } from '../../src/server/core/logger.ts';
import { createMirage, type HostUser, type MirageOptions } from '../../src/server/index.ts';
import { ofProgram } from '../support/answers/observe.mjs';
import { fakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from '../support/harness.ts';
import type { Transport } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';

/** With `npm run test:scale` the same tests are run again on Postgres and Redis. */
const services = process.env.TEST_ON === 'services' ? await import('../scale/support/place.ts') : undefined;

/** A host program: which user each token belongs to, and how often it was called. */
export function fakeHost(users: Record<string, HostUser>) {
  const tokens = new Map(Object.entries(users));
  const asked: string[] = [];
  const host = {
    tokens,
    /** The tokens it was called with, in order. */
    asked,
    /** Awaited before each answer. */
    think: async (_token: string, _signal: AbortSignal): Promise<void> => {},
    async authenticate(token: string, { signal }: { signal: AbortSignal }) {
      asked.push(token);
      await host.think(token, signal);
      return tokens.get(token) ?? null;
    },
  };
  return host;
}

export const ada = { username: 'ada', email: 'ada@host.example', avatarUrl: 'https://host.example/ada.png' };
export const bob = { username: 'bob' };

/** The log's lines, parsed. */
export function recordedLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'trace', base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines, text: () => JSON.stringify(lines) };
}

interface Options extends Omit<MirageOptions, 'clock'> {
  /** Wraps Mirage in the program's app. */
  before?: (app: Express) => unknown;
  after?: (app: Express) => unknown;
}

/** A listening Express app with Mirage mounted in it. */
export async function startHost({ before, after, config, ...options }: Options) {
  const folder = await temporaryFolder();
  const clock = fakeClock(Date.now());
  const mirage = await createMirage({
    log: createLogger('silent'),
    ...options,
    clock,
    config: {
      rateLimit: false,
      databaseUrl: `file:${join(folder, 'chat.db')}`,
      ...(await services?.placeOfItsOwn()),
      ...config,
    },
  });
  const app = express();
  const mark = (res: Response) => void res.setHeader(ofProgram, 'yes');
  app.use((_req, res, next) => next(mark(res)));
  before?.(app);
  app.use((req, res, next) => {
    res.removeHeader(ofProgram);
    mirage.handler(req, res, (error?: unknown) => next(error ?? mark(res)));
  });
  after?.(app);
  const server = createServer(app);
  mirage.attachWebSockets(server);
  const origin = await listen(server);
  onTestFinished(async () => {
    server.close();
    await mirage.close();
    server.closeAllConnections();
  });
  const url = origin + (options.basePath ?? '');
  return {
    mirage,
    deps: mirage.deps,
    clock,
    server,
    origin,
    url,
    client: (token?: string) => createMirageClient({ url, token }),
    live: (token: string, transport: Transport) => liveClient({ url, token, transport }),
  };
}

export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // safe: it listens on a port
}

/** Status, Retry-After and body of a single call. */
export async function call(url: string, token: string, procedure = 'auth.me') {
  const response = await fetch(`${url}/trpc/${procedure}`, { headers: { authorization: `Bearer ${token}` } });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as {
      result?: { data: unknown };
      error?: { message: string; data: { reason: string } };
    },
  };
}
