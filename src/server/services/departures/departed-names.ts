import { z } from 'zod';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { recheckAccessMs } from '../../infra/live/timing.ts';
import type { Deps } from '../shared/deps.ts';

/** Users who have left, published to every process; an event without content says that names have become free. */
export const departuresTopic = 'departures';

const departed = z.object({ username: z.string(), alias: z.string() });

export const announceDeparture = ({ bus }: Pick<Deps, 'bus'>, left: z.output<typeof departed>) =>
  bus.publish(departuresTopic, left);

/** Few enough for the memory of a server. What more have left is shown with their names until it expires, but only in memory. */
const maxNames = 100_000;

export async function readDepartedNames({ sql }: Pick<Deps, 'sql'>): Promise<(readonly [string, string])[]> {
  const rows = await sql<{ username: string; alias: string }>(
    Prisma.sql`SELECT username, alias FROM departures ORDER BY left_ms DESC LIMIT ${maxNames}`,
  );
  return rows.map(({ username, alias }) => [username, alias] as const);
}

/**
 * Keeps the names of those who have left up to date: at once where events arrive, and within 30 seconds elsewhere. Resolves to the
 * function that stops it.
 */
export async function watchDepartedNames({
  bus,
  sql,
  departed: names,
  log,
}: Pick<Deps, 'bus' | 'sql' | 'departed' | 'log'>): Promise<() => void> {
  const read = async () => names.replace(await readDepartedNames({ sql }));
  const readAgain = () =>
    void read().catch((err: unknown) => log.warn({ err }, 'reading the names of users who have left failed'));
  const unsubscribe = await bus.subscribe(departuresTopic, (event) => {
    if (!event) return readAgain(); // events may have been missed
    const { username, alias } = departed.parse(event);
    names.add(username, alias);
  });
  await read();
  const timer = setInterval(readAgain, recheckAccessMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}
