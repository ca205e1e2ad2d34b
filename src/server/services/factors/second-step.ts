import { networkOf } from '../../core/address.ts';
import { AppError, reasonOfUnknown } from '../../core/errors.ts';
import { challengeIn, requestOptions, siteOf, type UsedPasskey } from '../../infra/factors/webauthn.ts';
import { offerEmailVerification, tellOwner } from '../accounts/email.ts';
import { findLogin } from '../accounts/find-login.ts';
import { requireOwnAccounts } from '../sessions/host-accounts.ts';
import type { Deps } from '../shared/deps.ts';
import { compare, compareFactor, countLogin, countPasskey } from '../shared/limits.ts';
import { countFactors, presentPasskeys } from './factors.ts';
import {
  type BegunLogin,
  countAttempt,
  createChallenge,
  findChallenge,
  takeChallenge,
} from './login-challenges.ts';
import {
  isPasskeyChallenge,
  newPasskeyChallenge,
  passkeyMs,
  takePasskeyChallenge,
} from './passkey-challenges.ts';
import { openSession } from './set-up.ts';
import { checkCode, checkPasskey, ownerOfPasskey, requireSite, type ShownFactor } from './show-factor.ts';

/** What a log-in asks for after the password. */
export interface SecondStep {
  /** To be sent along with the second factor. */
  token: string;
  expiresInMs: number;
  /** What the user can show; empty if there is nothing yet, and a second factor has to be set up. */
  methods: ('totp' | 'passkey' | 'recovery')[];
  /** For the browser, where a passkey is one of them. */
  passkey: ReturnType<typeof requestOptions> | null;
}

/** The second step of a log-in whose password was right; undefined if the account needs none. */
export async function secondStepOf(deps: Deps, login: BegunLogin): Promise<SecondStep | undefined> {
  const { username } = login;
  const { any, hasTotp, passkeys } = await countFactors(deps.db, username);
  if (!any && !deps.config.requireSecondFactor) return undefined;
  const challenge = await createChallenge(deps, { ...login, isSetUp: !any });
  if (!any) return { ...challenge, methods: [], passkey: null };
  const site = passkeys > 0 ? siteOf(deps.config.publicUrl) : undefined;
  const passkey = site
    ? requestOptions({
        site,
        challenge: challenge.token,
        timeoutMs: challenge.expiresInMs,
        present: await presentPasskeys(deps, username),
        verifiesUser: false,
      })
    : null;
  const methods: SecondStep['methods'] = [];
  if (hasTotp) methods.push('totp');
  if (passkey) methods.push('passkey');
  methods.push('recovery');
  return { ...challenge, methods, passkey };
}

/** Whether a log-in with the password alone is refused. The legacy API knows no second step, and answers as for a wrong one. */
export async function needsSecondStep(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  username: string,
): Promise<boolean> {
  return config.requireSecondFactor || (await countFactors(db, username)).any;
}

interface Finish extends ShownFactor {
  challenge: string;
  address: string;
}

/**
 * The second step of a log-in. Guesses count as those at the password do, and besides as those at second factors. Throws 'CHALLENGE_EXPIRED', 'WRONG_CODE',
 * 'INVALID_PASSKEY', 'TOO_MANY_REQUESTS'.
 */
export const finishLogin = (deps: Deps, shown: Finish) => counted(deps, () => finish(deps, shown));

interface Opened {
  token: string;
  username: string;
}

/** For the metrics. */
async function counted({ metrics }: Deps, run: () => Promise<Opened>): Promise<Opened> {
  try {
    const opened = await run();
    metrics.login('ok');
    return opened;
  } catch (error) {
    metrics.login(reasonOfUnknown(error));
    throw error;
  }
}

async function finish(deps: Deps, { challenge: token, code, passkey, address }: Finish): Promise<Opened> {
  requireOwnAccounts(deps);
  const challenge = await findChallenge(deps, token);
  const { username } = challenge;
  const guess = await countLogin(deps, { username, address });
  async function show() {
    if (challenge.isSetUp) throw new AppError('CHALLENGE_EXPIRED');
    await countAttempt(deps, challenge);
    const right = passkey
      ? await checkPasskey(deps, { passkey, username, challenge: token, verifiesUser: false })
      : await checkCode(deps, username, code ?? '');
    await deps.db.$transaction(async (tx) => {
      await takeChallenge(tx, challenge);
      if (!(await right.take(tx))) throw new AppError(passkey ? 'INVALID_PASSKEY' : 'WRONG_CODE');
    });
    const { kind } = right;
    return { kind, session: await openSession(deps, challenge, `password+${kind}`) };
  }
  const { kind, session } = await compare(guess, () => compareFactor(deps, username, show));
  await guess.succeeded();
  if (kind === 'recovery') await tellOfRecovery(deps, username);
  return { token: session, username };
}

async function tellOfRecovery(deps: Deps, username: string): Promise<void> {
  const { email } = await deps.db.user.update({
    where: { username },
    data: { factorsChangedAt: new Date(deps.clock()) },
    select: { email: true },
  });
  await tellOwner(deps, 'recoveryCodeUse', { username, email });
}

/** What a browser needs to log in with a passkey in place of name and password. It is the same for everybody. Throws 'PASSKEYS_OFF'. */
export async function startPasskeyLogin(deps: Deps): Promise<ReturnType<typeof requestOptions>> {
  requireOwnAccounts(deps);
  const site = requireSite(deps);
  const challenge = await newPasskeyChallenge(deps, { purpose: 'logIn' });
  return requestOptions({ site, challenge, timeoutMs: passkeyMs, verifiesUser: true });
}

interface PasskeyLogin {
  passkey: UsedPasskey;
  device?: string | undefined;
  address: string;
}

/**
 * Logs in with a passkey that has verified its user, by a PIN, a fingerprint or the like: that is two factors. Throws
 * 'INVALID_PASSKEY', also for one that is unknown, 'USER_DISABLED', 'EMAIL_NOT_VERIFIED', 'TOO_MANY_REQUESTS'.
 */
export const finishPasskeyLogin = (deps: Deps, login: PasskeyLogin) =>
  counted(deps, () => finishByPasskey(deps, login));

async function finishByPasskey(deps: Deps, { passkey, device, address }: PasskeyLogin): Promise<Opened> {
  requireOwnAccounts(deps);
  requireSite(deps);
  const owner = await ownerOfPasskey(deps, passkey);
  const guess = await countPasskey(deps, { owner, address });
  const opened = await compare(guess, async () => {
    const challenge = challengeIn(passkey);
    if (!(await isPasskeyChallenge(deps, { purpose: 'logIn' }, challenge)))
      throw new AppError('INVALID_PASSKEY');
    const right = await checkPasskey(deps, { passkey, challenge, verifiesUser: true });
    const isFirst = (await takePasskeyChallenge(deps, challenge)) && (await right.take(deps.db));
    if (!isFirst) throw new AppError('INVALID_PASSKEY');
    return open(deps, right.username, device);
  });
  await guess.refund();
  deps.knownCallers.add(opened.username, networkOf(address));
  return opened;
}

async function open(deps: Deps, username: string, device: string | undefined): Promise<Opened> {
  const account = await deps.db.user.findUnique({ where: { username }, select: { fromHost: true } });
  const user = await findLogin(deps, username);
  if (!user || !account || account.fromHost) throw new AppError('INVALID_PASSKEY');
  if (user.disabledAt !== null) throw new AppError('USER_DISABLED');
  if (deps.config.requireVerifiedEmail && user.emailVerifiedAt === null) {
    await offerEmailVerification(deps, user);
    throw new AppError('EMAIL_NOT_VERIFIED');
  }
  const token = await openSession(deps, { username, passwordHash: user.password, device }, 'passkey');
  return { token, username };
}
