import { createHash } from 'node:crypto';
import { Redis, ReplyError } from 'ioredis';
import { withoutSecrets } from './config.ts';
import { DatabaseError } from './db/database-error.ts';
import { AppError } from './errors.ts';
import type { Logger } from './logger.ts';

export type { Redis } from 'ioredis';

/** The connections of one server to Redis. They come back by themselves when they were lost. */
export interface RedisLink {
  /** For all but subscriptions. What it cannot do at once it refuses; nothing is queued or sent twice. */
  commands: Redis;
  subscriber: Redis;
  /** Stands before every key and channel. */
  prefix: string;
  /** Names the run of Redis that `commands` leads to: it is another one after a restart. */
  runId(): Promise<string>;
  close(): void;
}

/** How long a command may take, and a connection to be made. */
const patienceMs = 2000;
const watchMs = 1000;
const longestPauseMs = 500;

/** Connects, or throws a DatabaseError that says what is wrong with which Redis. */
export async function openRedis(
  { url, prefix }: { url: string; prefix: string },
  log: Logger,
): Promise<RedisLink> {
  const open = (options = {}) =>
    new Redis(url, {
      lazyConnect: true,
      connectTimeout: patienceMs,
      commandTimeout: patienceMs,
      enableOfflineQueue: false,
      // A command whose answer was lost may have been carried out, so that sending it again could do it twice.
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 50, longestPauseMs),
      ...options,
    });
  const commands = open();
  const subscriber = open({ autoResubscribe: false });
  const clients = [commands, subscriber];
  try {
    for (const client of clients) await firstConnection(client);
  } catch (cause) {
    for (const client of clients) client.disconnect();
    const { message } = cause as Error; // safe: what clients emit are Errors
    throw new DatabaseError(`cannot use Redis at ${withoutSecrets(url)}: ${message}`, { cause });
  }
  for (const client of clients) watch(client, log);
  const timer = setInterval(() => {
    for (const client of clients) void renewIfDead(client);
  }, watchMs).unref();

  return {
    commands,
    subscriber,
    prefix,
    runId: createRunId(commands),
    close() {
      clearInterval(timer);
      for (const client of clients) client.disconnect();
    },
  };
}

/** What goes wrong comes as an event, while `connect` only says that the connection is closed. */
async function firstConnection(client: Redis): Promise<void> {
  let failure: unknown;
  const onError = (error: unknown) => {
    failure = error;
  };
  client.on('error', onError);
  try {
    await client.connect();
  } catch (error) {
    throw failure ?? error;
  } finally {
    client.off('error', onError);
  }
}

function watch(client: Redis, log: Logger): void {
  let isLost = false;
  client.on('error', (err: unknown) => {
    if (!isLost) log.warn({ err }, 'the connection to redis is lost');
    isLost = true;
  });
  client.on('ready', () => {
    if (isLost) log.info('the connection to redis is back');
    isLost = false;
  });
}

/** A connection can be dead without a word, as when a cable is pulled. */
async function renewIfDead(client: Redis): Promise<void> {
  if (client.status !== 'ready') return;
  const { stream } = client;
  try {
    await client.ping();
  } catch {
    if (client.status === 'ready' && client.stream === stream) client.disconnect(true);
  }
}

/** Errors that Redis itself answers while it starts, stops, is a replica or is full. */
const passing = /^(LOADING|BUSY|MASTERDOWN|READONLY|NOREPLICAS|OOM|MISCONF|CLUSTERDOWN|TRYAGAIN|UNBLOCKED)/;

/** Waits for an answer of Redis; where there is none to be had, throws 'UNAVAILABLE'. */
export async function reply<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ReplyError && !passing.test((error as Error).message)) throw error; // safe: it is an Error
    throw new AppError('UNAVAILABLE', { retryAfterMs: 1000 });
  }
}

/** Asked once for each connection. */
function createRunId(redis: Redis): () => Promise<string> {
  let known: Promise<string> | undefined;
  const forget = () => {
    known = undefined;
  };
  redis.on('close', forget);

  async function ask(): Promise<string> {
    const info = await reply(redis.info('server'));
    return /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
  }

  return () => {
    if (!known) {
      known = ask();
      known.catch(forget);
    }
    return known;
  };
}

type Argument = string | number;

/** A Lua script, which Redis runs as one step; it is sent whole where Redis does not know it yet. */
export function createScript(redis: Redis, lua: string) {
  const hash = createHash('sha1').update(lua).digest('hex');
  const run = async (keys: string[], args: Argument[]) => {
    try {
      return await redis.evalsha(hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
  return (keys: string[], args: Argument[]): Promise<unknown> => reply(run(keys, args));
}
