import { mailboxOf } from '../../core/mail-address.ts';
import type { Deps } from './deps.ts';

/** More accounts cannot have one mailbox, or somebody plays with it. */
const maxAccounts = 5;

const select = { username: true, email: true } as const;

/** The account with exactly this address, or else those that have the mailbox, whichever way it is spelled, the oldest first. */
export async function findByEmail(
  { db }: Pick<Deps, 'db'>,
  email: string,
): Promise<{ username: string; email: string }[]> {
  const exact = await db.user.findUnique({ where: { email }, select });
  if (exact) return [exact];
  return db.user.findMany({
    where: { mailbox: mailboxOf(email) },
    orderBy: { id: 'asc' },
    take: maxAccounts,
    select,
  });
}
