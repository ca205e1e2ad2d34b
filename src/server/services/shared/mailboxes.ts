import { mailboxOf } from '../../core/mail-address.ts';
import { shownEmail } from '../../core/validation.ts';
import { isDatabaseFile } from '../../infra/db/database-file.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from './deps.ts';
import { inBatches } from './in-batches.ts';

interface Addressed {
  username: string;
  email: string;
}

/** An address, with the mailbox that it stands for, as both are stored. */
export const addressColumns = (email: string) => ({ email, mailbox: mailboxOf(email) });

/**
 * Whether another account has the mailbox, whichever way it is spelled. Exact in the transaction that writes the address, after it has
 * been written there, and `holdMailbox` called before.
 */
export async function isMailboxTaken(
  db: Pick<Deps['db'], 'user'>,
  { username, email }: Addressed,
): Promise<boolean> {
  if (shownEmail(email) === '') return false;
  // By the address, too: an older version beside this one stores no mailbox.
  const where = { username: { not: username }, OR: [{ email }, { mailbox: mailboxOf(email) }] };
  return (await db.user.findFirst({ where, select: { id: true } })) !== null;
}

/** Whether a new address is refused. The legacy API refuses exactly the address alone, as the original does. */
export async function isEmailTaken(
  db: Pick<Deps['db'], 'user'>,
  { isLegacy = false, ...account }: Addressed & { isLegacy?: boolean | undefined },
): Promise<boolean> {
  if (!isLegacy) return isMailboxTaken(db, account);
  return (await db.user.findUnique({ where: { email: account.email }, select: { id: true } })) !== null;
}

/**
 * Keeps others from giving an account the same mailbox until the transaction ends. SQLite has one transaction that writes at a time. No
 * unique index does this, as imported accounts and those of the legacy API may share a mailbox.
 */
export async function holdMailbox(
  tx: Pick<Deps['db'], '$executeRaw'>,
  { config }: Pick<Deps, 'config'>,
  email: string,
): Promise<void> {
  if (isDatabaseFile(config.databaseUrl)) return;
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(4, hashtext(${mailboxOf(email)}))`;
}

/** Whether the account is the first that has the mailbox. */
export async function isFirstOfMailbox(
  { db }: Pick<Deps, 'db'>,
  { username, email }: Addressed,
): Promise<boolean> {
  const first = await db.user.findFirst({
    where: { mailbox: mailboxOf(email) },
    orderBy: { id: 'asc' },
    select: { username: true },
  });
  return first?.username === username;
}

/** Computes what is missing: of addresses from before it was stored, and of imported ones. */
export const addMissingMailboxes = ({ sql }: Pick<Deps, 'sql'>): Promise<void> =>
  inBatches<{ id: number; email: string }>(
    sql,
    Prisma.sql`SELECT id, email FROM users WHERE mailbox IS NULL`,
    ({ id, email }) =>
      Prisma.sql`UPDATE users SET mailbox = ${mailboxOf(email)} WHERE id = ${id} AND email = ${email}`,
  );
