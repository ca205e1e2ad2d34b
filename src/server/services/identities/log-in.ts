import { networkOf } from '../../core/address.ts';
import { issuerKey, type OidcIssuer } from '../../core/config.ts';
import { AppError, reasonOfUnknown } from '../../core/errors.ts';
import { mailableAddress } from '../../core/mail-address.ts';
import type { Session } from '../../core/session.ts';
import { noEmail } from '../../core/validation.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Attempt, Person } from '../../infra/oidc/issuers.ts';
import { insertAccount } from '../accounts/accounts.ts';
import { offerEmailVerification } from '../accounts/email.ts';
import { toTakenName } from '../accounts/profiles.ts';
import { requireUsable } from '../accounts/users.ts';
import { requireOwner } from '../factors/factors.ts';
import { forgetSessions } from '../sessions/end-sessions.ts';
import { requireOwnAccounts } from '../sessions/host-accounts.ts';
import { proofMs, requireRecentProof } from '../sessions/proof.ts';
import { hashToken, insertSession, newToken } from '../sessions/sessions.ts';
import type { Deps } from '../shared/deps.ts';
import { findByEmail } from '../shared/find-by-email.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { dummyHash, hasPassword } from '../shared/passwords.ts';
import {
  attemptMs,
  type Confirmed,
  findConfirmed,
  newHandle,
  readHandle,
  releaseHandle,
  secretsOf,
  storeConfirmed,
  takeConfirmed,
  takeHandle,
} from './attempts.ts';
import { linkIdentity, methodOf, toIdentityTaken } from './identities.ts';
import { suggestName } from './suggest-name.ts';

/** A log-in that has begun. */
export interface Begun {
  /** Where to send the browser. */
  url: string;
  /** What finishes it, once; secret. */
  login: string;
  expiresInMs: number;
}

/** What a log-in has led to. */
export type Finished =
  | { status: 'loggedIn'; token: string; username: string }
  /** The log-in is linked with the account that asked for it. */
  | { status: 'linked'; username: string }
  /** Nobody has an account with it: make one, or link it with one that there is. */
  | {
      status: 'new';
      /** What makes or links an account, once; secret. */
      login: string;
      /** A name that the account could have; '' for none. */
      suggestion: string;
      /** The address that the account would have. */
      email: string | null;
      /** Who has the verified address. */
      account: string | null;
      /** Whether `account` has a password; false without one. */
      hasPassword: boolean;
    };

/** Throws 'ISSUER_NOT_FOUND'. */
export function requireIssuer({ issuers }: Pick<Deps, 'issuers'>, id: string): OidcIssuer {
  const issuer = issuers.all.find((each) => each.id === id);
  if (!issuer) throw new AppError('ISSUER_NOT_FOUND');
  return issuer;
}

/** Where the browser comes back to. Each issuer has its own, so that none can pass for another. */
function attemptOf({ config }: Pick<Deps, 'config'>, { id }: OidcIssuer, handle: string): Attempt {
  return { redirectUri: `${config.publicUrl ?? ''}/oidc/${id}`, ...secretsOf(handle) };
}

/**
 * Begins a log-in, or with a session the linking of one with its account. Throws 'ISSUER_NOT_FOUND', 'ISSUER_UNAVAILABLE',
 * 'MANAGED_BY_HOST', 'PROOF_REQUIRED', 'TOO_MANY_REQUESTS'.
 */
export async function beginLogin(
  deps: Deps,
  { issuerId, address, session }: { issuerId: string; address: string; session: Session | undefined },
): Promise<Begun> {
  requireOwnAccounts(deps);
  if (session?.fromHost) throw new AppError('MANAGED_BY_HOST');
  const issuer = requireIssuer(deps, issuerId);
  if (session) await requireLinker(deps, session, issuer);
  await requireWithinLimit(deps, 'oidcLogins', networkOf(address));
  const login = await newHandle(deps, { issuer, username: session?.username });
  const url = await deps.issuers.begin(issuer, attemptOf(deps, issuer, login));
  return { url, login, expiresInMs: attemptMs };
}

/**
 * A stolen session must not get a way in of its own. Where a log-in of the issuer is linked already, no other can be: going there
 * once more is itself a proof, and for some accounts the only one. Throws 'PROOF_REQUIRED'.
 */
async function requireLinker(deps: Deps, session: Session, issuer: OidcIssuer): Promise<void> {
  const present = { username: session.username, issuer: issuerKey(issuer) };
  if ((await deps.db.identity.count({ where: present })) === 0) await requireOwner(deps, session);
}

/** How old the proof of a linking may be at its end, so that one that was begun with a proof can be finished. */
const finishedProofMs = proofMs + attemptMs;

interface Return {
  login: string;
  /** Where the browser has come back to. */
  url: string;
  device?: string | undefined;
  address: string;
  /** The caller's. Throws 'UNAUTHORIZED'. */
  session(): Session | Promise<Session>;
}

/**
 * Goes on when the browser has come back. Throws 'LOGIN_EXPIRED', 'ISSUER_REFUSED', 'ISSUER_UNAVAILABLE', 'USER_DISABLED',
 * 'EMAIL_NOT_VERIFIED', 'TOO_MANY_REQUESTS', 'UNAUTHORIZED', and to link it 'PROOF_REQUIRED' and what `linkIdentity` throws.
 */
export async function finishLogin(deps: Deps, given: Return): Promise<Finished> {
  try {
    const finished = await finish(deps, given);
    if (finished.status === 'loggedIn') deps.metrics.login('ok');
    return finished;
  } catch (error) {
    deps.metrics.login(reasonOfUnknown(error));
    throw error;
  }
}

async function finish(deps: Deps, { login, url, device, address, session }: Return): Promise<Finished> {
  requireOwnAccounts(deps);
  const network = networkOf(address);
  await requireWithinLimit(deps, 'links', network);
  const begun = await readHandle(deps, login);
  await takeHandle(deps, login, begun);
  await deps.limits.refund('links', network);
  const owner = begun.isLink ? await session() : undefined;
  if (owner && !begun.isOf(owner.username)) throw new AppError('LOGIN_EXPIRED');
  const { issuer } = begun;
  const person = await confirm(deps, issuer, { login, url, network });
  const identity = await deps.db.identity.findUnique({
    where: { issuer_subject: { issuer: issuerKey(issuer), subject: person.subject } },
    select: { id: true, username: true },
  });
  if (owner) {
    if (identity && identity.username !== owner.username) throw new AppError('IDENTITY_TAKEN');
    if (identity) await confirmSession(deps, owner);
    else {
      // Once more, as this may be another session, or the one that was linked is linked no more.
      await requireRecentProof(deps, owner, finishedProofMs);
      await linkIdentity(deps, owner, { issuer, person: toConfirmed(issuer, person) });
    }
    return { status: 'linked', username: owner.username };
  }
  if (!identity) return beginAccount(deps, issuer, person);
  const token = await openSession(deps, { issuer, identity, device, person });
  return { status: 'loggedIn', token, username: identity.username };
}

/** Whoever has logged in once more with what is linked has proved who they are. */
async function confirmSession({ db, clock }: Deps, { id }: Session): Promise<void> {
  await db.session.updateMany({ where: { id, ended: false }, data: { confirmedAt: new Date(clock()) } });
}

/** Counted until the issuer has confirmed it, as one that it has not may be tried again. */
async function confirm(
  deps: Deps,
  issuer: OidcIssuer,
  { login, url, network }: { login: string; url: string; network: string },
): Promise<Person> {
  try {
    await requireWithinLimit(deps, 'oidcRefusals', network);
    const person = await askIssuer(deps, issuer, { login, url });
    await deps.limits.refund('oidcRefusals', network);
    return person;
  } catch (error) {
    await releaseHandle(deps, login);
    throw error;
  }
}

async function askIssuer(
  deps: Deps,
  issuer: OidcIssuer,
  { login, url }: { login: string; url: string },
): Promise<Person> {
  const attempt = attemptOf(deps, issuer, login);
  const callback = new URL(url);
  if (callback.origin + callback.pathname !== attempt.redirectUri) throw new AppError('ISSUER_REFUSED');
  callback.hash = '';
  return deps.issuers.confirm(issuer, attempt, callback);
}

const toConfirmed = ({ id }: OidcIssuer, { subject, email, emailVerified }: Person): Confirmed => ({
  issuerId: id,
  subject,
  email: email ?? null,
  emailVerified,
});

async function beginAccount(deps: Deps, issuer: OidcIssuer, person: Person): Promise<Finished> {
  const { email, emailVerified, names } = person;
  const [holder] = email === undefined ? [] : await findByEmail(deps, email);
  const login = await storeConfirmed(deps, issuer, person);
  return {
    status: 'new',
    login,
    suggestion: await suggestName(deps, names),
    email: holder ? null : (email ?? null),
    ...(await describeHolder(deps, emailVerified ? holder : undefined)),
  };
}

/** Whoever has shown to have the address of an account may know which it is, and how it is logged in to. */
async function describeHolder(deps: Deps, holder: { username: string } | undefined) {
  if (!holder) return { account: null, hasPassword: false };
  const { username } = holder;
  const user = await deps.db.user.findUnique({ where: { username }, select: { password: true } });
  return { account: username, hasPassword: user !== null && hasPassword(user) };
}

interface Opened {
  issuer: OidcIssuer;
  identity: { id: number; username: string };
  device: string | undefined;
  person: Pick<Person, 'email' | 'emailVerified'>;
}

async function openSession(deps: Deps, { issuer, identity, device, person }: Opened): Promise<string> {
  const { id, username } = identity;
  const now = new Date(deps.clock());
  if (person.emailVerified && person.email !== undefined)
    await deps.db.user.updateMany({
      where: { username, email: person.email, emailVerifiedAt: null },
      data: { emailVerifiedAt: now, resetMailedAt: null },
    });
  const user = await deps.db.user.findUnique({ where: { username } });
  if (!user) throw new AppError('LOGIN_EXPIRED');
  await requireUsable(deps, user);
  const token = newToken();
  const linked = Prisma.sql`EXISTS (SELECT 1 FROM identities WHERE id = ${id} AND identities.username = users.username)`;
  const isNew = await insertSession(deps, {
    token,
    username,
    device,
    method: methodOf(issuer.id),
    isOwner: Prisma.sql`NOT from_host AND NOT is_bot AND ${linked}`,
    fromHost: false,
  });
  const { count } = await deps.db.identity.updateMany({ where: { id, username }, data: { usedAt: now } });
  if (isNew && count === 1) return token;
  // It was unlinked, or the account was disabled, at this moment.
  await forgetSessions(deps, Prisma.sql`token_hash = ${hashToken(token)}`);
  throw new AppError('LOGIN_EXPIRED');
}

interface NewUser {
  login: string;
  username: string;
  device?: string | undefined;
  address: string;
}

/**
 * Makes an account without a password for somebody whom an issuer has confirmed, and logs in. Throws 'LOGIN_EXPIRED', 'USERNAME_TAKEN',
 * 'EMAIL_TAKEN', 'IDENTITY_TAKEN', 'EMAIL_NOT_VERIFIED', 'TOO_MANY_REQUESTS'.
 */
export async function registerByLogin(
  deps: Deps,
  { login, username, device, address }: NewUser,
): Promise<{ token: string; username: string }> {
  requireOwnAccounts(deps);
  const person = await findConfirmed(deps, login);
  const issuer = requireIssuer(deps, person.issuerId);
  await requireWithinLimit(deps, 'register', networkOf(address));
  const email = await freeEmailOf(deps, person);
  if (email === undefined && deps.config.requireVerifiedEmail)
    throw new AppError('EMAIL_NOT_VERIFIED', {
      message: 'an account needs an email address that no other account has',
    });
  const now = new Date(deps.clock());
  const isVerified = email !== undefined && person.emailVerified;
  const account = {
    username,
    email: email ?? noEmail(username),
    passwordHash: dummyHash,
    emailVerifiedAt: isVerified ? now : undefined,
  };
  const { subject } = person;
  const identity = await deps.db
    .$transaction(async (tx) => {
      await takeConfirmed(tx, deps, login);
      const data = { username, issuer: issuerKey(issuer), subject, email: person.email, createdAt: now };
      // First, so that of two accounts for one person the second is refused for that.
      const made = await tx.identity.create({ data, select: { id: true, username: true } });
      await insertAccount(tx, deps, account);
      return made;
    })
    .catch(async (error: unknown) => {
      const taken = toIdentityTaken(error);
      throw taken === error ? await toTakenName(deps, username, error) : taken;
    });
  if (email !== undefined && !isVerified) await offerEmailVerification(deps, { username, email });
  const token = await openSession(deps, {
    issuer,
    identity,
    device,
    person: { email, emailVerified: isVerified },
  });
  deps.metrics.login('ok');
  return { token, username };
}

/** The address of the person, unless another account has it or no mail can be sent to it. */
async function freeEmailOf(deps: Deps, { email }: Confirmed): Promise<string | undefined> {
  if (email === null || mailableAddress(email) === undefined) return undefined;
  return (await findByEmail(deps, email)).length === 0 ? email : undefined;
}

/** Links what an issuer has confirmed with the caller's account. Throws 'LOGIN_EXPIRED', 'PROOF_REQUIRED' and what `linkIdentity` throws. */
export async function linkLogin(deps: Deps, session: Session, login: string): Promise<void> {
  requireOwnAccounts(deps);
  await requireOwner(deps, session);
  const person = await findConfirmed(deps, login);
  const issuer = requireIssuer(deps, person.issuerId);
  await linkIdentity(deps, session, { issuer, person }, (tx) => takeConfirmed(tx, deps, login));
}
