import { createHash } from 'node:crypto';
import { Redis, ReplyError } from 'ioredis';
import { withoutSecrets } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { DatabaseError } from '../db/database-error.ts';

export type { Redis } from 'ioredis';

/** A server's connections to Redis. They reconnect automatically. */
export interface RedisLink {
  /** For everything but subscriptions. Commands fail while disconnected; they are neither queued nor sent twice. */
  commands: Redis;
  subscriber: Redis;
  /** Prepended to every key and channel. */
  prefix: string;
  /** The run id of the Redis server that `commands` is connected to; it changes when Redis restarts. */
  runId(): Promise<string>;
  close(): void;
}

/** The timeout of a command and of connecting. */
const timeoutMs = 2000;
const pingMs = 1000;
const maxRetryDelayMs = 500;

/** Connects. Throws a DatabaseError that names the server and the problem. */
export async function openRedis(
  { url, prefix }: { url: string; prefix: string },
  log: Logger,
): Promise<RedisLink> {
  const open = (options = {}) =>
    new Redis(url, {
      lazyConnect: true,
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      enableOfflineQueue: false,
      // A command whose reply was lost may have been executed, so resending could execute it twice.
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 50, maxRetryDelayMs),
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
  }, pingMs).unref();

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

/** ioredis reports the cause of a failed connection as an event; the rejection of `connect` does not name it. */
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
    if (!isLost) log.warn({ err }, 'Redis connection lost');
    isLost = true;
  });
  client.on('ready', () => {
    if (isLost) log.info('Redis connection restored');
    isLost = false;
  });
}

/** Detects half-open connections, as after a network failure: reconnects if a ping gets no reply. */
async function renewIfDead(client: Redis): Promise<void> {
  if (client.status !== 'ready') return;
  const { stream } = client;
  try {
    await client.ping();
  } catch {
    if (client.status === 'ready' && client.stream === stream) client.disconnect(true);
  }
}

/** Error replies of a Redis that is starting, stopping, a replica or out of memory. */
const transientErrors =
  /^(LOADING|BUSY|MASTERDOWN|READONLY|NOREPLICAS|OOM|MISCONF|CLUSTERDOWN|TRYAGAIN|UNBLOCKED)/;

/** Awaits a reply of Redis. Throws 'UNAVAILABLE' if Redis cannot be reached or cannot serve the command now. */
export async function reply<T>(pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    if (error instanceof ReplyError && !transientErrors.test((error as Error).message)) throw error; // safe: it is an Error
    throw new AppError('UNAVAILABLE', { retryAfterMs: 1000 });
  }
}

/** Queried once per connection. */
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

/** A Lua script, which Redis runs atomically. Its source is sent only if Redis has not cached it. */
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
