import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { tellOwner } from '../accounts/email.ts';
import { endSessionsBegunHere, isBegunHere, logOutEverywhere } from '../sessions/end-sessions.ts';
import { proofMs, requireRecentProof } from '../sessions/proof.ts';
import type { Deps } from '../shared/deps.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';

/** The second factors of an account. */
export interface Factors {
  /** Null without an authenticator app. */
  totp: { createdAt: Date } | null;
  passkeys: { id: number; name: string; createdAt: Date; lastUsedAt: Date | null }[];
  recoveryCodesLeft: number;
  /** When they last changed; null if there never were any. */
  changedAt: Date | null;
  /** Whether the server requires one. */
  required: boolean;
}

type Tables = Pick<Deps['db'], 'totp' | 'passkey' | 'recoveryCode' | 'user'>;

export async function listFactors(
  { db, config }: Pick<Deps, 'db' | 'config'>,
  username: string,
): Promise<Factors> {
  const [totp, passkeys, recoveryCodesLeft, user] = await Promise.all([
    db.totp.findFirst({ where: { username, confirmedAt: { not: null } }, select: { createdAt: true } }),
    db.passkey.findMany({
      where: { username },
      orderBy: { id: 'asc' },
      select: { id: true, name: true, createdAt: true, lastUsedAt: true },
    }),
    db.recoveryCode.count({ where: { username } }),
    db.user.findUnique({ where: { username }, select: { factorsChangedAt: true } }),
  ]);
  return {
    totp,
    passkeys,
    recoveryCodesLeft,
    changedAt: user?.factorsChangedAt ?? null,
    required: config.requireSecondFactor,
  };
}

/** Of an account: whether it has an authenticator app, and how many passkeys. */
export async function countFactors(
  tx: Pick<Tables, 'totp' | 'passkey'>,
  username: string,
): Promise<{ hasTotp: boolean; passkeys: number; any: boolean }> {
  const hasTotp = (await tx.totp.count({ where: { username, confirmedAt: { not: null } } })) > 0;
  const passkeys = await tx.passkey.count({ where: { username } });
  return { hasTotp, passkeys, any: hasTotp || passkeys > 0 };
}

/** As browsers are told of them. */
export async function presentPasskeys({ db }: Pick<Deps, 'db'>, username: string) {
  const rows = await db.passkey.findMany({ where: { username }, orderBy: { id: 'asc' } });
  return rows.map(({ credentialId, transports }) => ({
    credentialId,
    transports: transports.split(' ').filter(Boolean),
  }));
}

/**
 * Whoever has taken over a session must not lock its owner out. Throws 'PROOF_REQUIRED', and 'MANAGED_BY_HOST' for a user of
 * the host, which asks for factors itself.
 */
export async function requireOwner(deps: Pick<Deps, 'db' | 'clock'>, session: Session): Promise<void> {
  if (session.fromHost) throw new AppError('MANAGED_BY_HOST');
  await requireRecentProof(deps, session, proofMs);
}

/** As `requireOwner`, for what asks nothing of accounts without a second factor. Throws 'PROOF_REQUIRED'. */
export async function requireOwnerIfFactor(
  deps: Pick<Deps, 'db' | 'clock'>,
  session: Session,
): Promise<void> {
  if ((await countFactors(deps.db, session.username)).any) await requireRecentProof(deps, session, proofMs);
}

/** A session that was ended meanwhile changes nothing. Throws 'UNAUTHORIZED'. */
export async function requireStillOpen(tx: Pick<Deps['db'], 'session'>, { id }: Session): Promise<void> {
  if ((await tx.session.count({ where: { id, ended: false } })) === 0) throw new AppError('UNAUTHORIZED');
}

/** Makes recovery codes with the first factor: these are given, and null with others. */
export async function recoveryCodesOfFirst(
  tx: Pick<Tables, 'recoveryCode'>,
  username: string,
): Promise<string[] | null> {
  const present = await tx.recoveryCode.count({ where: { username } });
  return present === 0 ? replaceRecoveryCodes(tx, username) : null;
}

/** Removes the authenticator app, or one passkey. Throws 'FACTOR_NOT_FOUND', 'SECOND_FACTOR_REQUIRED', and what `requireOwner` throws. */
export async function removeFactor(
  deps: Deps,
  session: Session,
  which: 'totp' | { passkeyId: number },
): Promise<void> {
  const { username } = session;
  await requireOwner(deps, session);
  const email = await deps.db.$transaction(async (tx) => {
    // First, so that of two removals at the same time the second sees what the first has left.
    const { email } = await tx.user.update({
      where: { username },
      data: { factorsChangedAt: new Date(deps.clock()) },
      select: { email: true },
    });
    await requireStillOpen(tx, session);
    const { count } =
      which === 'totp'
        ? await tx.totp.deleteMany({ where: { username, confirmedAt: { not: null } } })
        : await tx.passkey.deleteMany({ where: { id: which.passkeyId, username } });
    if (count === 0) throw new AppError('FACTOR_NOT_FOUND');
    const { any } = await countFactors(tx, username);
    if (!any && deps.config.requireSecondFactor) throw new AppError('SECOND_FACTOR_REQUIRED');
    if (!any) await tx.recoveryCode.deleteMany({ where: { username } });
    return email;
  });
  await tellOwner(deps, 'factorChange', { username, email });
}

/** Makes ten new recovery codes; those from before end. Throws 'FACTOR_NOT_FOUND' without a second factor, and what `requireOwner` throws. */
export async function newRecoveryCodes(deps: Deps, session: Session): Promise<{ recoveryCodes: string[] }> {
  const { username } = session;
  await requireOwner(deps, session);
  const { email, recoveryCodes } = await deps.db.$transaction(async (tx) => {
    const { email } = await tx.user.update({
      where: { username },
      data: { factorsChangedAt: new Date(deps.clock()) },
      select: { email: true },
    });
    await requireStillOpen(tx, session);
    if (!(await countFactors(tx, username)).any) throw new AppError('FACTOR_NOT_FOUND');
    return { email, recoveryCodes: await replaceRecoveryCodes(tx, username) };
  });
  await tellOwner(deps, 'factorChange', { username, email });
  return { recoveryCodes };
}

/** Without any factor, as after an administrator has reset them or the account has become one of the host. */
export async function deleteFactors(
  tx: Tables & Pick<Deps['db'], 'loginChallenge'>,
  username: string,
): Promise<void> {
  const where = { username };
  for (const table of [tx.totp, tx.passkey, tx.recoveryCode, tx.loginChallenge] as const)
    await (table as typeof tx.totp).deleteMany({ where }); // safe: each has the column
}

/**
 * For a user who has lost all of them: removes the second factors of an account, and ends its sessions, which whoever has the lost
 * ones may have opened. Throws 'USER_NOT_FOUND'.
 */
export async function resetFactors(
  deps: Pick<Deps, 'db' | 'sql' | 'bus' | 'clock'>,
  username: string,
): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    const { count } = await tx.user.updateMany({
      where: { username },
      data: { factorsChangedAt: new Date(deps.clock()) },
    });
    if (count === 0) throw new AppError('USER_NOT_FOUND');
    await deleteFactors(tx, username);
  });
  await logOutEverywhere(deps, { username });
}

/** With REQUIRE_SECOND_FACTOR: the sessions of accounts that have none were opened before it was required. */
export async function endSessionsWithoutFactor({
  sql,
  bus,
  log,
}: Pick<Deps, 'sql' | 'bus' | 'log'>): Promise<void> {
  const rows = await sql<{ username: string }>(Prisma.sql`
    SELECT DISTINCT username FROM sessions
    WHERE scopes IS NULL AND NOT from_host AND NOT ended AND ${isBegunHere}
      AND username NOT IN (SELECT username FROM totps WHERE confirmed_at IS NOT NULL)
      AND username NOT IN (SELECT username FROM passkeys)`);
  for (const { username } of rows) await endSessionsBegunHere({ sql, bus }, username);
  if (rows.length > 0) log.info({ users: rows.length }, 'users without a second factor have been logged out');
}
