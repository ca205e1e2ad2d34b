import { AppError } from '../../core/errors.ts';
import type { Deps } from '../shared/deps.ts';
import type { MailKind } from './texts.ts';

/** The most mails that wait: what a mail server that is away for hours leaves, and not what strangers can fill a disk with. */
export const maxWaiting = 10_000;

export interface NewMail {
  kind: MailKind;
  /** Null for a link for a new password for whoever has the address. */
  username: string | null;
  email: string;
}

/**
 * Stores mails to be sent. Call `mailer.wake()` once they are committed. Throws 'TOO_MANY_REQUESTS' if too many wait.
 */
export async function storeMails(
  db: Pick<Deps['db'], 'mail'>,
  { clock }: Pick<Deps, 'clock'>,
  mails: NewMail[],
): Promise<void> {
  const now = BigInt(clock());
  if ((await db.mail.count()) + mails.length > maxWaiting)
    throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs: 60_000 });
  await db.mail.createMany({ data: mails.map((mail) => ({ ...mail, createdMs: now, dueMs: now })) });
}
