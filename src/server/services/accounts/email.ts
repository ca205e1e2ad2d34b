import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import { mailableAddress } from '../../core/mail-address.ts';
import type { Session } from '../../core/session.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import { endResetLinks, findLink, takeLink } from '../mail/links.ts';
import { type NewMail, storeMails } from '../mail/outbox.ts';
import { type LinkKind, linkMs, type MailKind } from '../mail/texts.ts';
import type { Deps, Mailer } from '../shared/deps.ts';
import { emailKey, othersEmailKey, requireWithinLimit } from '../shared/limits.ts';
import {
  addressColumns,
  holdMailbox,
  isEmailTaken,
  isFirstOfMailbox,
  isMailboxTaken,
} from '../shared/mailboxes.ts';

/** Throws 'MAIL_OFF'. */
export function requireMailer({ mailer }: Pick<Deps, 'mailer'>): Mailer {
  if (!mailer) throw new AppError('MAIL_OFF');
  return mailer;
}

/** Throws 'INVALID_INPUT' for an address to which no mail can be sent. */
export function requireMailable(email: string): void {
  if (mailableAddress(email) !== undefined) return;
  const message = 'must be an e-mail address such as ada@example.com';
  throw new AppError('INVALID_INPUT', { message: `email ${message}`, issues: [{ path: 'email', message }] });
}

/** What it takes to store a mail. */
export type MailDeps = Pick<Deps, 'db' | 'clock' | 'limits' | 'mailer'>;

/** Stores a mail that nobody has asked for, if it can be sent and there is room for it. Call `mailer.wake()` once it is committed. */
export async function storeNotice(
  db: Pick<Deps['db'], 'mail'>,
  deps: Pick<Deps, 'clock'> & Partial<Pick<Deps, 'mailer'>>,
  mail: NewMail,
): Promise<void> {
  if (!deps.mailer || mailableAddress(mail.email) === undefined) return;
  await storeMails(db, deps, [mail]).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
}

async function mailIfPossible(deps: MailDeps, mail: NewMail): Promise<void> {
  await storeNotice(deps.db, deps, mail);
  deps.mailer?.wake();
}

interface Mailed {
  username: string;
  email: string;
}

/** Tells the owner of an account by mail what has happened to it. */
export async function tellOwner(
  deps: MailDeps,
  kind: Exclude<MailKind, LinkKind | 'emailChange'>,
  { username, email }: Mailed,
): Promise<void> {
  if (deps.mailer && (await deps.limits.count('passwordMails', username)) === 0)
    await mailIfPossible(deps, { kind, username, email });
}

/** Throws 'TOO_MANY_REQUESTS'. */
async function countVerification(
  deps: Pick<Deps, 'db' | 'limits' | 'metrics'>,
  mailed: Mailed,
): Promise<void> {
  await requireWithinLimit(deps, 'emailVerification', mailed.username);
  await countVerificationOfAddress(deps, mailed);
}

/** The account that has the address is not kept from verifying it by others that give it, too. */
async function countVerificationOfAddress(
  deps: Pick<Deps, 'db' | 'limits' | 'metrics'>,
  mailed: Mailed,
): Promise<void> {
  const keyOf = (await isFirstOfMailbox(deps, mailed)) ? emailKey : othersEmailKey;
  await requireWithinLimit(deps, 'emailVerificationOfAddress', keyOf(mailed.email));
}

/** A mail takes a while to be seen: another one so soon would only confuse. */
const offerPauseMs = 2 * 60_000;

/** Mails a link that nobody has asked for, as far as the limits allow and none has just been mailed. */
export async function offerEmailVerification(
  deps: MailDeps & Pick<Deps, 'metrics'>,
  { username, email }: Mailed,
): Promise<void> {
  if (!deps.mailer) return;
  const mailedSince = new Date(deps.clock() + linkMs.verify - offerPauseMs);
  const link = { username, kind: 'verify', expiresAt: { gt: mailedSince } };
  const isUnderWay =
    (await deps.db.mail.count({ where: { username, kind: 'verify' } })) > 0 ||
    (await deps.db.linkToken.count({ where: link })) > 0;
  if (isUnderWay) return;
  try {
    await countVerification(deps, { username, email });
  } catch (error) {
    if (error instanceof AppError) return;
    throw error;
  }
  await mailIfPossible(deps, { kind: 'verify', username, email });
}

/** What a new address changes, and whom to tell. */
interface EmailChange {
  data: { email?: string; mailbox?: string; emailVerifiedAt?: null; pendingEmail?: string | null };
  mails: NewMail[];
}

/**
 * The change that leads to another address: at once if the server sends no mail, otherwise when it is verified. The present
 * one ends a change under way. Throws 'INVALID_INPUT', 'EMAIL_TAKEN', 'TOO_MANY_REQUESTS'.
 */
export async function prepareEmailChange(
  deps: Pick<Deps, 'db' | 'limits' | 'metrics' | 'mailer'>,
  { username, email, isLegacy }: Mailed & { isLegacy?: boolean | undefined },
): Promise<EmailChange> {
  const user = await deps.db.user.findUnique({ where: { username }, select: { email: true } });
  if (user?.email === email) return { data: { pendingEmail: null }, mails: [] };
  if (!deps.mailer) {
    if (await isEmailTaken(deps.db, { username, email, isLegacy })) throw new AppError('EMAIL_TAKEN');
    return { data: { ...addressColumns(email), emailVerifiedAt: null, pendingEmail: null }, mails: [] };
  }
  requireMailable(email);
  await requireWithinLimit(deps, 'emailVerification', username);
  // Before anything is counted for the address: nothing is mailed there.
  if (await isMailboxTaken(deps.db, { username, email })) throw new AppError('EMAIL_TAKEN');
  await countVerificationOfAddress(deps, { username, email });
  const mails: NewMail[] = [{ kind: 'verify', username, email }];
  if (user && mailableAddress(user.email) !== undefined)
    mails.push({ kind: 'emailChange', username, email: user.email });
  return { data: { pendingEmail: email }, mails };
}

/** Mails a link to the address that is to be verified, if there is one. Throws 'MAIL_OFF', 'INVALID_INPUT', 'TOO_MANY_REQUESTS'. */
export async function requestEmailVerification(
  deps: Pick<Deps, 'db' | 'clock' | 'limits' | 'metrics' | 'mailer'>,
  { username }: Session,
): Promise<void> {
  const mailer = requireMailer(deps);
  const user = await deps.db.user.findUnique({
    where: { username },
    select: { email: true, emailVerifiedAt: true, pendingEmail: true },
  });
  const email = user?.pendingEmail ?? (user?.emailVerifiedAt === null ? user.email : undefined);
  if (email === undefined) return;
  requireMailable(email);
  await countVerification(deps, { username, email });
  await storeMails(deps.db, deps, [{ kind: 'verify', username, email }]);
  mailer.wake();
}

/** Verifies the address that the link was mailed to. Throws 'LINK_EXPIRED', 'EMAIL_TAKEN', 'TOO_MANY_REQUESTS'. */
export async function verifyEmail(
  deps: Pick<Deps, 'db' | 'config' | 'clock' | 'limits' | 'metrics'>,
  { token, address }: { token: string; address: string },
): Promise<{ username: string; email: string }> {
  const network = networkOf(address);
  await requireWithinLimit(deps, 'links', network);
  const { username, email } = (await findLink(deps, { kind: 'verify', token })) ?? {};
  if (username === undefined || !email) throw new AppError('LINK_EXPIRED');
  try {
    await deps.db.$transaction(async (tx) => {
      const now = deps.clock();
      const user = await tx.user.findUnique({ where: { username } });
      const isUsable = user && [user.email, user.pendingEmail].includes(email);
      if (!isUsable || !(await takeLink(tx, { kind: 'verify', token, now })))
        throw new AppError('LINK_EXPIRED');
      const isNew = user.email !== email;
      if (isNew) await holdMailbox(tx, deps, email);
      if (isNew && (await isMailboxTaken(tx, { username, email }))) throw new AppError('EMAIL_TAKEN');
      await tx.user.update({
        where: { username },
        data: {
          emailVerifiedAt: new Date(now),
          resetMailedAt: null,
          ...(isNew && { ...addressColumns(email), pendingEmail: null }),
        },
      });
      // They went to the address before.
      if (isNew) await endResetLinks(tx, username);
    });
  } catch (error) {
    throw isTaken(error, 'email') ? new AppError('EMAIL_TAKEN') : error;
  }
  await deps.limits.refund('links', network);
  return { username, email };
}
