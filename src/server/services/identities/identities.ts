import { issuerKey, type OidcIssuer } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import { findAccount } from '../accounts/accounts.ts';
import { type MailDeps, tellOwner } from '../accounts/email.ts';
import { requireOwner } from '../factors/factors.ts';
import { forgetSessions } from '../sessions/end-sessions.ts';
import type { Deps } from '../shared/deps.ts';
import { holdAccount } from '../shared/hold-account.ts';
import { hasPassword } from '../shared/passwords.ts';
import type { Confirmed } from './attempts.ts';

/** An account's log-in with an issuer, as its owner sees it. */
export interface Identity {
  id: number;
  /** The id of the issuer; null if the server has it no more, so that nobody can log in with it. */
  issuer: string | null;
  /** What the issuer is called. */
  label: string;
  /** The address that the issuer gave when it was linked. */
  email: string | null;
  createdAt: Date;
  /** Of the last log-in; null for none. */
  usedAt: Date | null;
}

/** How an account can be logged in to. */
export interface WaysIn {
  hasPassword: boolean;
  /** In the order in which they were linked. */
  identities: Identity[];
}

const columns = { id: true, issuer: true, email: true, createdAt: true, usedAt: true } as const;

interface IdentityRow extends Omit<Identity, 'issuer' | 'label'> {
  issuer: string;
}

/** The issuers of the settings. */
interface Known {
  issuers: Pick<Deps['issuers'], 'all'>;
}

function toIdentity({ issuers }: Known, { issuer, ...row }: IdentityRow): Identity {
  const setting = issuers.all.find((each) => issuerKey(each) === issuer);
  return { ...row, issuer: setting?.id ?? null, label: setting?.label ?? new URL(issuer).host };
}

/** The account's password, as far as there is one, and the log-ins that are linked with it. Throws 'USER_NOT_FOUND'. */
export async function listWaysIn(deps: Pick<Deps, 'db'> & Known, username: string): Promise<WaysIn> {
  const [user, rows] = await Promise.all([
    deps.db.user.findUnique({ where: { username }, select: { password: true } }),
    deps.db.identity.findMany({ where: { username }, orderBy: { id: 'asc' }, select: columns }),
  ]);
  if (!user) throw new AppError('USER_NOT_FOUND');
  return {
    hasPassword: hasPassword(user),
    identities: rows.map((row) => toIdentity(deps, row)),
  };
}

/** What is stored of them, for a copy of somebody's own data: as the issuers know them. */
export const listIdentities = ({ db }: Pick<Deps, 'db'>, username: string) =>
  db.identity.findMany({
    where: { username },
    orderBy: { id: 'asc' },
    select: { issuer: true, subject: true, email: true, createdAt: true, usedAt: true },
  });

type Transaction = Pick<Deps['db'], 'user' | 'identity' | 'session' | '$executeRaw' | '$queryRaw'>;

/** So that the ways in of an account are changed one after the other. */
async function holdUser(tx: Transaction, deps: Pick<Deps, 'config'>, username: string) {
  await holdAccount(tx, deps, username);
  return tx.user.findUnique({ where: { username } });
}

const sameAddress = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/**
 * Links what an issuer has confirmed with the account of the session, if the issuer has verified the account's address. That also
 * verifies it here. Throws 'ADDRESS_DIFFERS', 'IDENTITY_TAKEN', 'MANAGED_BY_HOST', 'UNAUTHORIZED' if the session has ended.
 * `before` runs first in the same transaction.
 */
export async function linkIdentity(
  deps: MailDeps & Pick<Deps, 'config'>,
  { id: sessionId, username }: Session,
  { issuer, person }: { issuer: OidcIssuer; person: Omit<Confirmed, 'issuerId'> },
  before: (tx: Pick<Deps['db'], 'oidcLogin'>) => Promise<void> = async () => {},
): Promise<void> {
  const now = new Date(deps.clock());
  const { email } = await deps.db
    .$transaction(async (tx) => {
      await before(tx);
      const user = await holdUser(tx, deps, username);
      const isLive = (await tx.session.count({ where: { id: sessionId, ended: false } })) > 0;
      if (!user || !isLive) throw new AppError('UNAUTHORIZED');
      if (user.fromHost) throw new AppError('MANAGED_BY_HOST');
      const { subject, email, emailVerified } = person;
      if (!emailVerified || email === null || !sameAddress(email, user.email))
        throw new AppError('ADDRESS_DIFFERS');
      await tx.identity.create({
        data: { username, issuer: issuerKey(issuer), subject, email, createdAt: now },
      });
      if (user.emailVerifiedAt === null)
        await tx.user.update({ where: { username }, data: { emailVerifiedAt: now, resetMailedAt: null } });
      return user;
    })
    .catch((error: unknown) => {
      throw toIdentityTaken(error);
    });
  await tellOwner(deps, 'loginChange', { username, email });
}

/** Also when an account has another identity of the same issuer. */
export const toIdentityTaken = (error: unknown): unknown =>
  isTaken(error, 'subject') || isTaken(error, 'issuer') ? new AppError('IDENTITY_TAKEN') : error;

type Unlinking = Pick<Deps, 'db' | 'sql' | 'bus' | 'config'> & Known;

/**
 * Unlinks a log-in and ends the sessions that it has begun, but for that of the caller. Throws 'IDENTITY_NOT_FOUND', also for those
 * of others, 'LAST_WAY_IN', 'PROOF_REQUIRED' and 'MANAGED_BY_HOST'.
 */
export async function unlinkIdentity(
  deps: Unlinking & MailDeps,
  session: Session,
  id: number,
): Promise<void> {
  const { id: sessionId, username } = session;
  await requireOwner(deps, session);
  const { kept, email } = await removeIdentity(deps, { id, username, mayBeLast: false });
  await endSessionsBegunElsewhere(deps, { username, kept, exceptId: sessionId });
  await tellOwner(deps, 'loginChange', { username, email });
}

/** As `unlinkIdentity`, for an administrator, who may also take the last way in. Throws 'USER_NOT_FOUND', 'IDENTITY_NOT_FOUND'. */
export async function unlinkAsAdministrator(deps: Unlinking, username: string, id: number): Promise<WaysIn> {
  await findAccount(deps, username);
  const { kept } = await removeIdentity(deps, { id, username, mayBeLast: true });
  await endSessionsBegunElsewhere(deps, { username, kept });
  return listWaysIn(deps, username);
}

interface Removal {
  id: number;
  username: string;
  mayBeLast: boolean;
}

/** Resolves to the account's address, and the log-ins that it keeps. */
async function removeIdentity(
  deps: Unlinking,
  { id, username, mayBeLast }: Removal,
): Promise<{ kept: Identity[]; email: string }> {
  return deps.db.$transaction(async (tx) => {
    const user = await holdUser(tx, deps, username);
    const identities = await tx.identity.findMany({ where: { username }, select: columns });
    const found = identities.find((identity) => identity.id === id);
    if (!user || !found) throw new AppError('IDENTITY_NOT_FOUND');
    const kept = identities
      .filter((identity) => identity !== found)
      .map((identity) => toIdentity(deps, identity));
    const isLast = !hasPassword(user) && !kept.some(({ issuer }) => issuer !== null);
    if (!mayBeLast && isLast) throw new AppError('LAST_WAY_IN');
    await tx.identity.delete({ where: { id } });
    return { kept, email: user.email };
  });
}

interface Ended {
  username: string;
  kept: readonly Identity[];
  exceptId?: number;
}

/**
 * Ends the sessions that none of the log-ins that are kept can have begun. Sessions have the id that the issuer had then: it may have
 * another one now, or none, or its id may be that of another issuer, which was linked later.
 */
async function endSessionsBegunElsewhere(
  deps: Unlinking,
  { username, kept, exceptId = 0 }: Ended,
): Promise<void> {
  const others = kept.flatMap(({ issuer, createdAt }) =>
    issuer === null
      ? []
      : [Prisma.sql`AND NOT (method = ${methodOf(issuer)} AND created_at >= ${createdAt})`],
  );
  const which = [
    Prisma.sql`username = ${username} AND method LIKE 'oidc:%' AND id <> ${exceptId}`,
    ...others,
  ];
  await forgetSessions(deps, Prisma.join(which, ' '));
}

/** How sessions say that they were begun with an issuer. */
export const methodOf = (issuerId: string): `oidc:${string}` => `oidc:${issuerId}`;
