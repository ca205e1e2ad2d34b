import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { clientIdMs } from '../../infra/db/inbox-writer.ts';
import type { Deps } from '../shared/deps.ts';

const everyMs = 60 * 60 * 1000;
/** Rows deleted at a time. */
const maxDeleted = 500;

type RetentionDeps = Pick<Deps, 'sql' | 'clock' | 'config' | 'log'>;

/** Deletes what is kept for a time only, once an hour until the returned function is called. */
export function startInboxRetention(deps: RetentionDeps): () => void {
  const timer = setInterval(() => {
    deleteExpired(deps).catch((err: unknown) => deps.log.warn({ err }, 'deleting expired inbox data failed'));
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Deletes changes that nobody can resume from any more, and the client ids of deleted messages. The newest change stays,
 * as the order of what follows continues from it.
 */
export async function deleteExpired({ sql, clock, config }: RetentionDeps): Promise<void> {
  const oldestChange = new Date(clock() - config.changesKeptMs);
  await inSteps(() =>
    sql.run(Prisma.sql`
      DELETE FROM inbox_changes WHERE id IN (
        SELECT id FROM (SELECT id, created_at FROM inbox_changes ORDER BY id LIMIT ${maxDeleted}) AS oldest
        WHERE created_at < ${oldestChange} AND id < (SELECT max(id) FROM inbox_changes))`),
  );
  const oldestKey = new Date(clock() - clientIdMs);
  await inSteps(() =>
    sql.run(Prisma.sql`
      DELETE FROM inbox_deleted_keys WHERE (sender, client_id) IN (
        SELECT sender, client_id FROM inbox_deleted_keys WHERE created_at < ${oldestKey} LIMIT ${maxDeleted})`),
  );
}

async function inSteps(deleteSome: () => Promise<number>): Promise<void> {
  while ((await deleteSome()) === maxDeleted);
}
