import { setTimeout } from 'node:timers/promises';
import { mailableAddress } from '../../core/mail-address.ts';
import { sparingLog } from '../../core/sparing-log.ts';
import type { Smtp } from '../../infra/mail/smtp.ts';
import type { Deps, Mailer } from '../shared/deps.ts';
import { findByEmail } from '../shared/find-by-email.ts';
import { createRounds } from '../shared/rounds.ts';
import { createLink, dropLink, endOlderLinks } from './links.ts';
import { composeMail, isLinkKind, type MailKind } from './texts.ts';

/** How often mails are looked for that another server has stored, or that wait for another attempt. */
const pollMs = 30_000;
/** For how long nobody else tries a mail that is being sent: longer than that can take. */
const claimMs = 5 * 60_000;
const firstPauseMs = 30_000;
const longestPauseMs = 3_600_000;
const maxAttempts = 30;
const maxAgeMs = 24 * 3_600_000;
/** Whoever asks for a new password does so again before long. */
const maxResetAgeMs = 3_600_000;
const readAtOnce = 20;
/** How long a shutdown waits for the mail that is being sent. */
const closingMs = 5000;

type SenderDeps = Pick<Deps, 'db' | 'clock' | 'log' | 'metrics'> & { smtp: Smtp; publicUrl: string };

interface StoredMail {
  id: number;
  kind: MailKind;
  username: string | null;
  email: string;
  createdMs: bigint;
  dueMs: bigint;
  attempts: number;
}

/**
 * Sends what is stored, one mail at a time, until it is closed. Several servers may share the mails. One whose server dies
 * while it is sent is sent again, and so may arrive twice; no other is.
 */
export function startMailSender(deps: SenderDeps): Mailer & { close(): Promise<void> } {
  /** Ends the work after the mail that is being sent, and then that mail, too. */
  const [stopping, closing] = [new AbortController(), new AbortController()];
  const log = sparingLog(deps.log);

  async function sendDue(): Promise<void> {
    for (;;) {
      const due = await readDue(deps);
      if (due.length === 0) return;
      for (const mail of due) {
        if (stopping.signal.aborted) return;
        if (!(await claim(deps, mail))) continue;
        const isReachable = await handle(deps, mail, closing.signal);
        // Each of those that follow would wait for the same server in vain.
        if (!isReachable) return;
      }
    }
  }

  const { wake, idle } = createRounds({
    round: sendDue,
    everyMs: pollMs,
    stop: stopping.signal,
    onError: (err) => log.warn({ err }, 'reading stored mails failed'),
  });
  wake();
  return {
    wake,
    idle,
    async close() {
      stopping.abort();
      const ended = new AbortController();
      const patience = setTimeout(closingMs, undefined, { signal: ended.signal }).then(
        () => closing.abort(),
        () => {},
      );
      await idle();
      ended.abort();
      await patience;
    },
  };
}

async function readDue({ db, clock }: SenderDeps): Promise<StoredMail[]> {
  const due = await db.mail.findMany({
    where: { dueMs: { lte: BigInt(clock()) } },
    orderBy: [{ dueMs: 'asc' }, { id: 'asc' }],
    take: readAtOnce,
  });
  return due as StoredMail[]; // safe: kinds are stored as they are typed
}

/** Puts the mail off, unless another server has done so since it was read. */
async function claim({ db, clock }: SenderDeps, { id, dueMs }: StoredMail): Promise<boolean> {
  const { count } = await db.mail.updateMany({
    where: { id, dueMs },
    data: { dueMs: BigInt(clock() + claimMs), attempts: { increment: 1 } },
  });
  return count === 1;
}

/** Resolves to false if the mail server cannot be used at present. */
async function handle(deps: SenderDeps, mail: StoredMail, signal: AbortSignal): Promise<boolean> {
  const age = deps.clock() - Number(mail.createdMs);
  const isLate = age > (mail.kind === 'reset' ? maxResetAgeMs : maxAgeMs);
  if (isLate || mail.attempts >= maxAttempts) {
    deps.metrics.mail('expired');
    deps.log.warn({ kind: mail.kind, attempts: mail.attempts }, 'mail given up');
    await remove(deps, mail);
    return true;
  }
  if (mail.username === null) {
    await addressToAccounts(deps, mail);
    return true;
  }
  return deliver(deps, mail, mail.username, signal);
}

async function remove({ db }: SenderDeps, { id }: Pick<StoredMail, 'id'>): Promise<void> {
  await db.mail.deleteMany({ where: { id } });
}

/** Replaces the mail by one to each account with the address, and to the address as that account has it. */
async function addressToAccounts(
  deps: SenderDeps,
  { id, kind, email, createdMs }: StoredMail,
): Promise<void> {
  const accounts = await findByEmail(deps, email);
  if (accounts.length === 0) return remove(deps, { id });
  const now = BigInt(deps.clock());
  await deps.db.$transaction([
    deps.db.mail.createMany({
      data: accounts.map((account) => ({ ...account, kind, createdMs, dueMs: now })),
    }),
    deps.db.mail.deleteMany({ where: { id } }),
  ]);
}

async function deliver(
  deps: SenderDeps,
  mail: StoredMail,
  username: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { db, clock, metrics, log, smtp, publicUrl } = deps;
  const { kind, email, attempts } = mail;
  const account = await db.user.findUnique({ where: { username } });
  const to = mailableAddress(email);
  if (to === undefined || !isWanted(mail, account)) {
    await remove(deps, mail);
    return true;
  }
  // Made only now, so that no token is stored.
  const link = isLinkKind(kind) ? { kind, username, email } : undefined;
  const token = link ? await createLink(deps, link) : '';
  if (kind === 'reset' && account?.emailVerifiedAt === null)
    await db.user.updateMany({ where: { username }, data: { resetMailedAt: new Date(clock()) } });
  const delivery = await smtp.send({ to, ...composeMail(kind, { username, publicUrl, token }) }, signal);
  metrics.mail(delivery.outcome);
  if (link) await (delivery.outcome === 'sent' ? endOlderLinks(deps, link) : dropLink(deps, token));
  if (delivery.outcome === 'failed') {
    const pauseMs = Math.min(firstPauseMs * 2 ** attempts, longestPauseMs);
    await db.mail.updateMany({ where: { id: mail.id }, data: { dueMs: BigInt(clock() + pauseMs) } });
    sparingLog(log).warn({ kind, code: delivery.code }, 'sending a mail failed; it will be tried again');
    return delivery.isReachable;
  }
  if (delivery.outcome === 'rejected')
    log.warn({ kind, username, code: delivery.code }, 'the mail server has refused a mail');
  await remove(deps, mail);
  return true;
}

interface MailedAccount {
  email: string;
  emailVerifiedAt: Date | null;
  pendingEmail: string | null;
  disabledAt: Date | null;
  fromHost: boolean;
}

/** Whether the account is still as it was when the mail was stored, as far as that matters. */
function isWanted({ kind, email }: StoredMail, account: MailedAccount | null): boolean {
  if (kind === 'accountDeletion') return true;
  if (!account) return false;
  switch (kind) {
    case 'verify':
      return email === account.pendingEmail || (email === account.email && account.emailVerifiedAt === null);
    case 'reset':
      return email === account.email && account.disabledAt === null && !account.fromHost;
    case 'emailChange':
    case 'passwordChange':
    case 'factorChange':
    case 'recoveryCodeUse':
    case 'loginChange':
    case 'archive':
      return true;
  }
}
