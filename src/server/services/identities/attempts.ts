import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { issuerKey, type OidcIssuer } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Person } from '../../infra/oidc/issuers.ts';
import type { Deps } from '../shared/deps.ts';
import { readSignedValue, type Signing, signValue } from '../shared/signed-values.ts';

/** How long a log-in with an issuer may take, and how long somebody new may think of a name. */
export const attemptMs = 10 * 60_000;

/** How many confirmed log-ins of one person may wait for a name; the oldest end. */
const maxConfirmed = 5;

const hashOf = (handle: string) => hash('sha256', handle, 'hex');

/**
 * State, nonce and the verifier of PKCE are derived from the handle, so that none of them is stored. Nobody finds the others by the
 * state, or the handle by any: 192 of its bits are random and in no address.
 */
export function secretsOf(handle: string): { state: string; nonce: string; verifier: string } {
  const derived = (purpose: string) => hash('sha256', `${purpose} ${handle}`, 'base64url');
  return { state: derived('state'), nonce: derived('nonce'), verifier: derived('verifier') };
}

const randomLength = 24;
const ownerLength = 16;
const nobody = Buffer.alloc(ownerLength);

const signingFor = (issuer: OidcIssuer): Signing => ({
  secret: 'oidc-logins',
  about: [issuer.id, issuerKey(issuer)],
});

/** Who has asked to link a log-in, as a handle has it: only with the name can it be known again. */
const ownerMark = (random: Uint8Array, username: string | undefined): Buffer =>
  username === undefined
    ? nobody
    : createHmac('sha256', random).update(username).digest().subarray(0, ownerLength);

/** What the client holds of a log-in that begins, or of the linking of one with an account. It is not stored. */
export async function newHandle(
  deps: Pick<Deps, 'sql' | 'clock'>,
  { issuer, username }: { issuer: OidcIssuer; username: string | undefined },
): Promise<string> {
  const random = randomBytes(randomLength);
  const bytes = Buffer.concat([random, ownerMark(random, username)]);
  return signValue(deps, signingFor(issuer), { expiresAtMs: deps.clock() + attemptMs, bytes });
}

/** A log-in that has begun. */
export interface Begun {
  issuer: OidcIssuer;
  /** Whether it is to be linked with an account. */
  isLink: boolean;
  /** Whether it is this user who has asked to link it. */
  isOf(username: string): boolean;
}

/** What a handle is for. Throws 'LOGIN_EXPIRED' unless it is one of ours that has not expired. */
export async function readHandle(
  deps: Pick<Deps, 'sql' | 'clock' | 'issuers'>,
  handle: string,
): Promise<Begun> {
  for (const issuer of deps.issuers.all) {
    const bytes = await readSignedValue(deps, signingFor(issuer), handle);
    if (!bytes) continue;
    const [random, mark] = [bytes.subarray(0, randomLength), bytes.subarray(randomLength)];
    return {
      issuer,
      isLink: !mark.equals(nobody),
      isOf: (username) => timingSafeEqual(mark, ownerMark(random, username)),
    };
  }
  throw new AppError('LOGIN_EXPIRED');
}

/**
 * Takes a log-in before its issuer is asked, also of several at the same time: two questions with one code would make it void. Throws
 * 'LOGIN_EXPIRED' if it has been taken.
 */
export async function takeHandle(
  { db, sql, clock }: Pick<Deps, 'db' | 'sql' | 'clock'>,
  handle: string,
  { issuer }: Begun,
): Promise<void> {
  const now = clock();
  await db.oidcLogin.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  const taken = await sql.run(Prisma.sql`
    INSERT INTO oidc_logins (handle_hash, issuer_id, expires_at)
    VALUES (${hashOf(handle)}, ${issuer.id}, ${new Date(now + attemptMs)}) ON CONFLICT (handle_hash) DO NOTHING`);
  if (taken === 0) throw new AppError('LOGIN_EXPIRED');
}

/** Forgets that it was taken, as its issuer has confirmed nobody: so only what people have really done stays stored. */
export async function releaseHandle({ db }: Pick<Deps, 'db'>, handle: string): Promise<void> {
  await db.oidcLogin.deleteMany({ where: { handleHash: hashOf(handle), subject: null } });
}

/** Stores whom an issuer has confirmed, and gives the handle with which they go on. */
export async function storeConfirmed(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  issuer: OidcIssuer,
  { subject, email, emailVerified }: Person,
): Promise<string> {
  const handle = randomBytes(32).toString('base64url');
  const whose = { issuerId: issuer.id, subject };
  await db.oidcLogin.create({
    data: {
      ...whose,
      handleHash: hashOf(handle),
      email: email ?? null,
      emailVerified,
      expiresAt: new Date(clock() + attemptMs),
    },
  });
  const surplus = await db.oidcLogin.findMany({
    where: whose,
    orderBy: { id: 'desc' },
    skip: maxConfirmed,
    select: { id: true },
  });
  await db.oidcLogin.deleteMany({ where: { id: { in: surplus.map(({ id }) => id) } } });
  return handle;
}

export interface Confirmed {
  issuerId: string;
  subject: string;
  email: string | null;
  emailVerified: boolean;
}

const confirmed = (handle: string, now: number) => ({
  handleHash: hashOf(handle),
  subject: { not: null },
  expiresAt: { gt: new Date(now) },
});

/** Whom the issuer has confirmed, and who has no account with it yet. Throws 'LOGIN_EXPIRED'. */
export async function findConfirmed(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  handle: string,
): Promise<Confirmed> {
  const found = await db.oidcLogin.findFirst({
    where: confirmed(handle, clock()),
    select: { issuerId: true, subject: true, email: true, emailVerified: true },
  });
  if (!found || found.subject === null) throw new AppError('LOGIN_EXPIRED');
  return { ...found, subject: found.subject };
}

/** Of several at the same time, one goes on. Throws 'LOGIN_EXPIRED'. */
export async function takeConfirmed(
  tx: Pick<Deps['db'], 'oidcLogin'>,
  { clock }: Pick<Deps, 'clock'>,
  handle: string,
): Promise<void> {
  const { count } = await tx.oidcLogin.deleteMany({ where: confirmed(handle, clock()) });
  if (count === 0) throw new AppError('LOGIN_EXPIRED');
}
