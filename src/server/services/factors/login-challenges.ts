import { hash, randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Deps } from '../shared/deps.ts';

/** How long the second step of a log-in may take, and how long if an authenticator app has yet to be installed. */
const stepMs = 5 * 60_000;
const setUpMs = 15 * 60_000;

/** Several work at a time, as a user may have begun on several devices; a new one beyond that ends the oldest. */
const maxChallenges = 5;

/** Somebody who mistypes may try again without the password; a guesser may not. */
const maxAttempts = 5;

const hashOf = (text: string) => hash('sha256', text, 'hex');

/** Tells whether the password is still the one that was given, without storing its hash once more. */
const markOf = (passwordHash: string) => hashOf(`password ${passwordHash}`);

/** A log-in whose password was right. */
export interface BegunLogin {
  username: string;
  passwordHash: string;
  device?: string | undefined;
}

/** Resolves to the token of the challenge. What has expired is deleted meanwhile. */
export async function createChallenge(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { username, passwordHash, device, isSetUp }: BegunLogin & { isSetUp: boolean },
): Promise<{ token: string; expiresInMs: number }> {
  // 256 random bits, so storing an unsalted fast hash is safe.
  const token = randomBytes(32).toString('base64url');
  const expiresInMs = isSetUp ? setUpMs : stepMs;
  const now = clock();
  await db.loginChallenge.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  await db.loginChallenge.create({
    data: {
      tokenHash: hashOf(token),
      username,
      passwordMark: markOf(passwordHash),
      device: device ?? null,
      isSetUp,
      expiresAt: new Date(now + expiresInMs),
    },
  });
  const surplus = await db.loginChallenge.findMany({
    where: { username },
    orderBy: { id: 'desc' },
    skip: maxChallenges,
    select: { id: true },
  });
  if (surplus.length > 0)
    await db.loginChallenge.deleteMany({ where: { id: { in: surplus.map(({ id }) => id) } } });
  return { token, expiresInMs };
}

/** A challenge that counts. */
export interface Challenge {
  id: number;
  username: string;
  device: string | undefined;
  isSetUp: boolean;
  /** Of the account, which is the one that the password was compared with. */
  passwordHash: string;
}

/** Throws 'CHALLENGE_EXPIRED' for one that is unknown, used, expired, tried too often, or of a password that has changed. */
export async function findChallenge(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  token: string,
): Promise<Challenge> {
  const found = await db.loginChallenge.findUnique({ where: { tokenHash: hashOf(token) } });
  if (!found || found.expiresAt.getTime() <= clock() || found.attempts >= maxAttempts)
    throw new AppError('CHALLENGE_EXPIRED');
  const { id, username, device, isSetUp } = found;
  const user = await db.user.findUnique({ where: { username } });
  const isSame = user && !user.disabledAt && !user.fromHost && markOf(user.password) === found.passwordMark;
  if (!isSame) throw new AppError('CHALLENGE_EXPIRED');
  return { id, username, device: device ?? undefined, isSetUp, passwordHash: user.password };
}

/** Counts an attempt before anything is compared, so that of many at the same time only as many are. Throws 'CHALLENGE_EXPIRED'. */
export async function countAttempt({ db }: Pick<Deps, 'db'>, { id }: Challenge): Promise<void> {
  const { count } = await db.loginChallenge.updateMany({
    where: { id, attempts: { lt: maxAttempts } },
    data: { attempts: { increment: 1 } },
  });
  if (count === 0) throw new AppError('CHALLENGE_EXPIRED');
}

/** Of two at the same time, one succeeds. Throws 'CHALLENGE_EXPIRED'. */
export async function takeChallenge(
  tx: Pick<Deps['db'], 'loginChallenge'>,
  { id }: Challenge,
): Promise<void> {
  const { count } = await tx.loginChallenge.deleteMany({ where: { id } });
  if (count === 0) throw new AppError('CHALLENGE_EXPIRED');
}
