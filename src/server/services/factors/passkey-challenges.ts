import { createHmac, hash, randomBytes } from 'node:crypto';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import { readSignedValue, type Signing, signingSecret, signValue } from '../shared/signed-values.ts';

/** How long a user may take to show a passkey. */
export const passkeyMs = 5 * 60_000;

/** What is to be done with the passkey, and by whom: a challenge for one thing is none for another. */
export interface Purpose {
  purpose: 'logIn' | 'confirm' | 'add';
  /** None where anybody may come. */
  username?: string;
}

const secret = 'passkey-challenges';

const signingFor = ({ purpose, username = '' }: Purpose): Signing => ({ secret, about: [purpose, username] });

/** A challenge for a passkey to sign. It is not stored. */
export const newPasskeyChallenge = (deps: Pick<Deps, 'sql' | 'clock'>, purpose: Purpose): Promise<string> =>
  signValue(deps, signingFor(purpose), { expiresAtMs: deps.clock() + passkeyMs, bytes: randomBytes(16) });

/** Whether the challenge is one of ours, for this purpose, and has not expired. */
export const isPasskeyChallenge = async (
  deps: Pick<Deps, 'sql' | 'clock'>,
  purpose: Purpose,
  challenge: string,
): Promise<boolean> => (await readSignedValue(deps, signingFor(purpose), challenge)) !== undefined;

/**
 * Takes a challenge whose signature by a passkey has been verified; of two at the same time, one resolves to true. So only what
 * users have really done is stored, until it has expired.
 */
export async function takePasskeyChallenge(
  { db, sql, clock }: Pick<Deps, 'db' | 'sql' | 'clock'>,
  challenge: string,
): Promise<boolean> {
  const now = clock();
  await db.usedPasskeyChallenge.deleteMany({ where: { expiresAt: { lte: new Date(now) } } });
  const taken = await sql.run(Prisma.sql`
    INSERT INTO used_passkey_challenges (hash, expires_at)
    VALUES (${hash('sha256', challenge, 'hex')}, ${new Date(now + passkeyMs)}) ON CONFLICT (hash) DO NOTHING`);
  return taken === 1;
}

/** What devices know an account by: always the same, and nothing that tells whose it is. */
export async function passkeyHandleOf(deps: Pick<Deps, 'db' | 'sql'>, username: string): Promise<string> {
  const { id } = await deps.db.user.findUniqueOrThrow({ where: { username }, select: { id: true } });
  return createHmac('sha256', await signingSecret(deps, secret))
    .update(`account ${id}`)
    .digest('base64url');
}
