import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { challengeIn, requestOptions, siteOf } from '../../infra/factors/webauthn.ts';
import { findLogin } from '../accounts/find-login.ts';
import { requireCurrentPassword } from '../accounts/users.ts';
import type { Deps } from '../shared/deps.ts';
import { compareFactor, requireWithinLimit } from '../shared/limits.ts';
import { hasPassword } from '../shared/passwords.ts';
import { countFactors, presentPasskeys } from './factors.ts';
import {
  isPasskeyChallenge,
  newPasskeyChallenge,
  passkeyMs,
  takePasskeyChallenge,
} from './passkey-challenges.ts';
import { checkCode, checkPasskey, requireSite, type ShownFactor } from './show-factor.ts';

/** With what users can prove who they are. */
export interface WaysToConfirm {
  /** None for an account without a second factor and a password: its user logs in with another service once more. */
  methods: ('password' | 'code' | 'passkey')[];
  /** For the browser, where a passkey is one of them. */
  passkey: ReturnType<typeof requestOptions> | null;
}

/** Throws 'MANAGED_BY_HOST'. */
export async function startConfirm(deps: Deps, session: Session): Promise<WaysToConfirm> {
  requireOwnSession(session);
  const { username } = session;
  const { any, passkeys, hasTotp } = await countFactors(deps.db, username);
  if (!any) {
    const user = await findLogin(deps, username);
    return { methods: user && hasPassword(user) ? ['password'] : [], passkey: null };
  }
  const site = passkeys > 0 ? siteOf(deps.config.publicUrl) : undefined;
  if (!site) return { methods: ['code'], passkey: null };
  return {
    methods: hasTotp ? ['code', 'passkey'] : ['passkey', 'code'],
    passkey: requestOptions({
      site,
      challenge: await newPasskeyChallenge(deps, { purpose: 'confirm', username }),
      timeoutMs: passkeyMs,
      present: await presentPasskeys(deps, username),
      verifiesUser: false,
    }),
  };
}

function requireOwnSession({ fromHost }: Session): void {
  if (fromHost) throw new AppError('MANAGED_BY_HOST');
}

/**
 * Notes in the session that its user has proved who they are: by a second factor, if there is one, since whoever has stolen the
 * session may know the password, too. Throws 'WRONG_PASSWORD', 'WRONG_CODE', 'INVALID_PASSKEY', 'SECOND_FACTOR_REQUIRED' for a
 * password where there is a second factor, 'MANAGED_BY_HOST', 'TOO_MANY_REQUESTS'.
 */
export async function confirm(
  deps: Deps,
  session: Session,
  shown: ShownFactor & { password?: string | undefined },
): Promise<void> {
  requireOwnSession(session);
  const { username } = session;
  await requireWithinLimit(deps, 'passwordWork', username);
  const { password } = shown;
  if (password === undefined) await compareFactor(deps, username, () => checkFactor(deps, username, shown));
  else await checkPassword(deps, username, password);
  const { count } = await deps.db.session.updateMany({
    where: { id: session.id, ended: false },
    data: { confirmedAt: new Date(deps.clock()) },
  });
  if (count === 0) throw new AppError('UNAUTHORIZED');
}

async function checkFactor(deps: Deps, username: string, { code, passkey }: ShownFactor): Promise<void> {
  if (code !== undefined) {
    const right = await checkCode(deps, username, code);
    if (!(await right.take(deps.db))) throw new AppError('WRONG_CODE');
    return;
  }
  if (!passkey) throw new AppError('INVALID_INPUT');
  requireSite(deps);
  const challenge = challengeIn(passkey);
  if (!(await isPasskeyChallenge(deps, { purpose: 'confirm', username }, challenge)))
    throw new AppError('INVALID_PASSKEY');
  const right = await checkPasskey(deps, { passkey, username, challenge, verifiesUser: false });
  if (!(await takePasskeyChallenge(deps, challenge)) || !(await right.take(deps.db)))
    throw new AppError('INVALID_PASSKEY');
}

async function checkPassword(deps: Deps, username: string, password: string): Promise<void> {
  if ((await countFactors(deps.db, username)).any) throw new AppError('SECOND_FACTOR_REQUIRED');
  await requireCurrentPassword(deps, { username, password });
}
