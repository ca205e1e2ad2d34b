import { hash, randomBytes } from 'node:crypto';
import type { Deps } from '../shared/deps.ts';
import { type LinkKind, linkMs } from './texts.ts';

/** 256 random bits, so storing an unsalted fast hash is safe. */
const newToken = () => randomBytes(32).toString('base64url');
const hashToken = (token: string) => hash('sha256', token, 'hex');

/** Several work at a time, as a mail may arrive late; a new one beyond that ends the oldest of those that were mailed, or were not. */
const maxLinks = 5;
/** Mails that are being sent at the same time end no link yet: the mail server may not take them. */
const maxUnsent = 5;

interface NewLink {
  kind: LinkKind;
  username: string;
  /** The address it is mailed to; null if an administrator hands it out. */
  email: string | null;
}

/**
 * Resolves to the token. What has expired is deleted meanwhile. Of one that is mailed, call
 * `endOlderLinks` or `dropLink` afterwards.
 */
export async function createLink(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { kind, username, email }: NewLink,
): Promise<string> {
  const token = newToken();
  const now = clock();
  const expiresAt = new Date(now + linkMs[kind]);
  await db.linkToken.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  await db.linkToken.create({ data: { tokenHash: hashToken(token), kind, username, email, expiresAt } });
  await endSurplus(db, { kind, username, email }, email === null ? maxLinks : maxLinks + maxUnsent);
  return token;
}

/** To be called once the mail server has taken the mail: only then does the link take the place of an older one. */
export const endOlderLinks = ({ db }: Pick<Deps, 'db'>, link: NewLink) => endSurplus(db, link, maxLinks);

/** For a mail that the mail server has not taken. */
export async function dropLink({ db }: Pick<Deps, 'db'>, token: string): Promise<void> {
  await db.linkToken.deleteMany({ where: { tokenHash: hashToken(token) } });
}

/** What an administrator hands out is counted apart, so that nobody ends it by asking for mails. */
async function endSurplus(db: Deps['db'], { kind, username, email }: NewLink, kept: number): Promise<void> {
  const surplus = await db.linkToken.findMany({
    where: { username, kind, email: email === null ? null : { not: null } },
    orderBy: { id: 'desc' },
    skip: kept,
    select: { id: true },
  });
  if (surplus.length > 0)
    await db.linkToken.deleteMany({ where: { id: { in: surplus.map(({ id }) => id) } } });
}

const where = (kind: LinkKind, token: string, now: number) => ({
  kind,
  tokenHash: hashToken(token),
  expiresAt: { gt: new Date(now) },
});

/** Undefined for a token that is unknown, used, expired or of another kind. */
export async function findLink(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { kind, token }: { kind: LinkKind; token: string },
): Promise<{ username: string; email: string | null } | undefined> {
  const found = await db.linkToken.findFirst({
    where: where(kind, token, clock()),
    select: { username: true, email: true },
  });
  return found ?? undefined;
}

/** Of two at the same time, one resolves to true. */
export async function takeLink(
  tx: Pick<Deps['db'], 'linkToken'>,
  { kind, token, now }: { kind: LinkKind; token: string; now: number },
): Promise<boolean> {
  const { count } = await tx.linkToken.deleteMany({ where: where(kind, token, now) });
  return count === 1;
}

/**
 * What somebody who knew the old password may have begun ends with a new one, in the same transaction: links for another, and a
 * change of the address with the links that would verify it.
 */
export async function endMailedChanges(
  tx: Pick<Deps['db'], 'linkToken' | 'user'>,
  username: string,
): Promise<void> {
  const { email } = await tx.user.update({
    where: { username },
    data: { pendingEmail: null },
    select: { email: true },
  });
  await endResetLinks(tx, username);
  await tx.linkToken.deleteMany({ where: { username, kind: 'verify', NOT: { email } } });
}

/** Ends links for a new password, as when they went to another address. */
export const endResetLinks = (db: Pick<Deps['db'], 'linkToken'>, username: string) =>
  db.linkToken.deleteMany({ where: { username, kind: 'reset' } });
