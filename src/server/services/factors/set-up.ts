import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import { newTotpSecret, stepOfCode, totpUri } from '../../infra/factors/totp.ts';
import {
  challengeIn,
  creationOptions,
  type MadePasskey,
  readMadePasskey,
} from '../../infra/factors/webauthn.ts';
import { tellOwner } from '../accounts/email.ts';
import { type LoginMethod, startSession } from '../sessions/sessions.ts';
import type { Deps } from '../shared/deps.ts';
import {
  countFactors,
  presentPasskeys,
  recoveryCodesOfFirst,
  requireOwner,
  requireStillOpen,
} from './factors.ts';
import { type Challenge, findChallenge, takeChallenge } from './login-challenges.ts';
import {
  isPasskeyChallenge,
  newPasskeyChallenge,
  passkeyHandleOf,
  passkeyMs,
  takePasskeyChallenge,
} from './passkey-challenges.ts';
import { requireSite } from './show-factor.ts';

/** How long an authenticator app may take to be set up. */
const totpMs = 15 * 60_000;

const maxPasskeys = 20;

/** Whoever sets up a factor: a user who is logged in, or one who may not be before there is one. */
export type Owner = { session: Session } | { challenge: Challenge };

const usernameOf = (owner: Owner) => ('session' in owner ? owner.session : owner.challenge).username;

/** What shows that a factor is set up: recovery codes with the first one, and a session for one who had to set it up. */
export interface SetUp {
  recoveryCodes: string[] | null;
  token: string | null;
  username: string;
}

/** Throws 'CHALLENGE_EXPIRED', also if the account has a second factor by now. */
export async function ownerByChallenge(deps: Pick<Deps, 'db' | 'clock'>, token: string): Promise<Owner> {
  const challenge = await findChallenge(deps, token);
  if (!challenge.isSetUp) throw new AppError('CHALLENGE_EXPIRED');
  await requireNone(deps.db, challenge);
  return { challenge };
}

/** Nobody who knows no more than the password adds a factor to others. */
async function requireNone(tx: Parameters<typeof countFactors>[0], { username }: Challenge): Promise<void> {
  if ((await countFactors(tx, username)).any) throw new AppError('CHALLENGE_EXPIRED');
}

/** Throws 'PROOF_REQUIRED' and 'MANAGED_BY_HOST'. */
export async function ownerBySession(deps: Pick<Deps, 'db' | 'clock'>, session: Session): Promise<Owner> {
  await requireOwner(deps, session);
  return { session };
}

const siteNameOf = ({ config }: Pick<Deps, 'config'>) =>
  config.publicUrl === undefined ? 'Mirage' : new URL(config.publicUrl).host;

/** Begins with another authenticator app, which takes the place of the present one once it has shown a code. */
export async function startTotp(deps: Deps, owner: Owner): Promise<{ secret: string; uri: string }> {
  const username = usernameOf(owner);
  const secret = await newTotpSecret();
  const createdAt = new Date(deps.clock());
  await deps.db.$transaction(async (tx) => {
    await tx.totp.deleteMany({ where: { username, confirmedAt: null } });
    await tx.totp.create({ data: { username, secret, createdAt } });
  });
  return { secret, uri: await totpUri({ secret, site: siteNameOf(deps), username }) };
}

/** Throws 'WRONG_CODE', and 'FACTOR_NOT_FOUND' if no app is being set up, or not any more. */
export async function finishTotp(deps: Deps, owner: Owner, code: string): Promise<SetUp> {
  const username = usernameOf(owner);
  const now = deps.clock();
  const pending = await deps.db.totp.findFirst({
    where: { username, confirmedAt: null, createdAt: { gt: new Date(now - totpMs) } },
    orderBy: { id: 'desc' },
  });
  if (!pending) throw new AppError('FACTOR_NOT_FOUND');
  const step = await stepOfCode({
    secret: pending.secret,
    code: code.replace(/\s/g, ''),
    nowMs: now,
    afterStep: 0,
  }).catch(() => undefined); // it throws for what is no code
  if (step === undefined) throw new AppError('WRONG_CODE');
  return add(deps, owner, 'totp', async (tx) => {
    const { count } = await tx.totp.updateMany({
      where: { id: pending.id, confirmedAt: null },
      data: { confirmedAt: new Date(now), lastStep: step },
    });
    if (count === 0) throw new AppError('FACTOR_NOT_FOUND');
    await tx.totp.deleteMany({ where: { username, id: { not: pending.id } } });
  });
}

const addBy = (owner: Owner) => ({ purpose: 'add' as const, username: usernameOf(owner) });

/** What a browser needs to make a passkey. Throws 'PASSKEYS_OFF' and 'PASSKEY_LIMIT'. */
export async function startPasskey(deps: Deps, owner: Owner) {
  const username = usernameOf(owner);
  const site = requireSite(deps);
  const present = await presentPasskeys(deps, username);
  if (present.length >= maxPasskeys) throw new AppError('PASSKEY_LIMIT');
  return creationOptions({
    site,
    siteName: siteNameOf(deps),
    username,
    userHandle: await passkeyHandleOf(deps, username),
    challenge: await newPasskeyChallenge(deps, addBy(owner)),
    timeoutMs: passkeyMs,
    present,
  });
}

/** Throws 'INVALID_PASSKEY', 'PASSKEYS_OFF' and 'PASSKEY_LIMIT'. */
export async function finishPasskey(
  deps: Deps,
  owner: Owner,
  { passkey, name }: { passkey: MadePasskey; name: string },
): Promise<SetUp> {
  const username = usernameOf(owner);
  const site = requireSite(deps);
  const challenge = challengeIn(passkey);
  const isOurs = await isPasskeyChallenge(deps, addBy(owner), challenge);
  const made = isOurs ? await readMadePasskey(site, passkey, challenge) : undefined;
  if (!made || !(await takePasskeyChallenge(deps, challenge))) throw new AppError('INVALID_PASSKEY');
  const { credentialId, publicKey, counter, transports } = made;
  try {
    return await add(deps, owner, 'passkey', async (tx) => {
      if ((await tx.passkey.count({ where: { username } })) >= maxPasskeys)
        throw new AppError('PASSKEY_LIMIT');
      await tx.passkey.create({
        data: {
          username,
          credentialId,
          publicKey,
          counter: BigInt(counter),
          transports: transports.join(' '),
          name,
          createdAt: new Date(deps.clock()),
        },
      });
    });
  } catch (error) {
    throw isTaken(error, 'credential_id') ? new AppError('INVALID_PASSKEY') : error;
  }
}

type Transaction = Parameters<Parameters<Deps['db']['$transaction']>[0]>[0];

/** Adds a factor, tells the owner of it, and opens the session that waited for it. */
async function add(
  deps: Deps,
  owner: Owner,
  kind: 'totp' | 'passkey',
  write: (tx: Transaction) => Promise<void>,
): Promise<SetUp> {
  const username = usernameOf(owner);
  const { recoveryCodes, email } = await deps.db.$transaction(async (tx) => {
    // First, so that factors of one account are added one after the other.
    const { email } = await tx.user.update({
      where: { username },
      data: { factorsChangedAt: new Date(deps.clock()) },
      select: { email: true },
    });
    if ('session' in owner) await requireStillOpen(tx, owner.session);
    else {
      await takeChallenge(tx, owner.challenge);
      await requireNone(tx, owner.challenge);
    }
    await write(tx);
    return { recoveryCodes: await recoveryCodesOfFirst(tx, username), email };
  });
  await tellOwner(deps, 'factorChange', { username, email });
  const token = 'challenge' in owner ? await openSession(deps, owner.challenge, `password+${kind}`) : null;
  return { recoveryCodes, token, username };
}

/** Throws 'CHALLENGE_EXPIRED' if the password was changed at this moment. */
export async function openSession(
  deps: Deps,
  { username, passwordHash, device }: Pick<Challenge, 'username' | 'passwordHash' | 'device'>,
  method: Exclude<LoginMethod, 'host'>,
): Promise<string> {
  const token = await startSession(deps, { username, passwordHash, device, method });
  if (token === undefined) throw new AppError('CHALLENGE_EXPIRED');
  return token;
}
