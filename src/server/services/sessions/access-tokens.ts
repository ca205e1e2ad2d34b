import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import { holdAccount } from '../shared/hold-account.ts';
import { forgetSessions } from './end-sessions.ts';
import { accessTokenPrefix, hashToken, newToken } from './sessions.ts';

/** An access token as its owner sees it: the token itself is known to nobody any more. */
export interface AccessToken {
  id: number;
  name: string;
  /** What it may call. */
  scopes: string[];
  createdAt: Date;
  /** Accurate to the hour; null if it was never used. */
  lastUsedAt: Date | null;
  /** Null if it does not expire. */
  expiresAt: Date | null;
}

interface NewAccessToken {
  username: string;
  name: string;
  scopes: readonly string[];
  expiresAt?: Date | undefined;
  /** The session of the owner that makes it. None for an administrator. */
  session?: Session | undefined;
}

type Tokens = Pick<Deps, 'db' | 'sql' | 'bus' | 'clock' | 'config'>;

/** The column is never empty. */
const never = new Date('9999-12-31T23:59:59.999Z');

/**
 * Makes an access token, which is given this once. Throws 'TOKEN_LIMIT', 'MANAGED_BY_HOST' for a user of the host, whose tokens
 * it would not know, 'INVALID_INPUT', 'USER_DISABLED' and, if the session has ended meanwhile, 'UNAUTHORIZED'.
 */
export async function createAccessToken(
  deps: Tokens,
  { username, name, scopes, expiresAt = never, session }: NewAccessToken,
): Promise<AccessToken & { token: string }> {
  const now = new Date(deps.clock());
  if (expiresAt <= now) {
    const message = 'must be in the future';
    throw new AppError('INVALID_INPUT', { message, issues: [{ path: 'expiresAt', message }] });
  }
  await forgetSessions(deps, Prisma.sql`username = ${username} AND expires_at <= ${now}`);
  const token = accessTokenPrefix + newToken();
  const made = await deps.db.$transaction(async (tx) => {
    // So that nobody disables it meanwhile, and tokens are counted one after the other.
    await holdAccount(tx, deps, username);
    const owner = await tx.user.findUnique({
      where: { username },
      select: { disabledAt: true, fromHost: true },
    });
    if (session && (await tx.session.count({ where: { id: session.id, ended: false } })) === 0)
      throw new AppError('UNAUTHORIZED');
    if (!owner) throw new AppError('USER_NOT_FOUND');
    if (owner.disabledAt) throw new AppError('USER_DISABLED');
    if (owner.fromHost) throw new AppError('MANAGED_BY_HOST');
    const present = await tx.session.count({ where: ownedBy(username) });
    if (present >= deps.config.maxPerUser.tokens) throw new AppError('TOKEN_LIMIT');
    return tx.session.create({
      data: {
        tokenHash: hashToken(token),
        username,
        device: name,
        scopes: scopes.join(' '),
        createdAt: now,
        expiresAt,
      },
      select: columns,
    });
  });
  return { ...toAccessToken(made), token };
}

/** The user's access tokens that have not expired, newest first. */
export async function listAccessTokens(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  username: string,
): Promise<AccessToken[]> {
  const rows = await db.session.findMany({
    where: { ...ownedBy(username), expiresAt: { gt: new Date(clock()) } },
    orderBy: { id: 'desc' },
    select: columns,
  });
  return rows.map(toAccessToken);
}

const ownedBy = (username: string) => ({ username, scopes: { not: null } });

const columns = {
  id: true,
  device: true,
  scopes: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
} as const;

interface TokenRow {
  id: number;
  device: string | null;
  scopes: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date;
}

const toAccessToken = ({ device, scopes, expiresAt, ...row }: TokenRow): AccessToken => ({
  ...row,
  name: device ?? '',
  scopes: scopes?.split(' ') ?? [],
  expiresAt: expiresAt.getTime() === never.getTime() ? null : expiresAt,
});
