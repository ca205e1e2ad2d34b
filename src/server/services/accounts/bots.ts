import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { noEmail } from '../../core/validation.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { recheckAccessMs } from '../../infra/live/timing.ts';
import type { Deps } from '../shared/deps.ts';
import { dummyHash } from '../shared/passwords.ts';
import { type Account, createAccount } from './accounts.ts';

/** Servers hold the names of all bots in memory. */
const maxBots = 10_000;

/** Bots that were made, published to every process; an event without content says that there are others. */
export const botsTopic = 'bots';

const made = z.object({ username: z.string() });

/**
 * Creates the account of a program, which has no password and no e-mail address: an administrator makes access tokens for it.
 * Throws 'USERNAME_TAKEN', and 'INVALID_INPUT' if there are 10,000.
 */
export async function addBot(
  deps: Pick<Deps, 'db' | 'bus' | 'clock' | 'config'>,
  { username }: { username: string },
): Promise<Account> {
  if ((await deps.db.user.count({ where: { isBot: true } })) >= maxBots)
    throw new AppError('INVALID_INPUT', { message: `there are ${maxBots} bots already` });
  const account = await createAccount(deps, {
    username,
    email: noEmail(username),
    passwordHash: dummyHash,
    isBot: true,
  });
  await deps.bus.publish(botsTopic, { username });
  return account;
}

/**
 * Keeps the names of bots up to date: at once where events arrive, and within 30 seconds elsewhere. Resolves to the function
 * that stops it.
 */
export async function watchBots({
  bus,
  sql,
  bots,
  log,
}: Pick<Deps, 'bus' | 'sql' | 'bots' | 'log'>): Promise<() => void> {
  async function read(): Promise<void> {
    const rows = await sql<{ username: string }>(
      Prisma.sql`SELECT username FROM users WHERE is_bot ORDER BY id LIMIT ${maxBots}`,
    );
    bots.replace(rows.map(({ username }) => username));
  }

  const readAgain = () =>
    void read().catch((err: unknown) => log.warn({ err }, 'reading the names of bots failed'));

  const unsubscribe = await bus.subscribe(botsTopic, (event) => {
    if (event) bots.add(made.parse(event).username);
    else readAgain(); // events may have been missed
  });
  await read();
  const timer = setInterval(readAgain, recheckAccessMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}
