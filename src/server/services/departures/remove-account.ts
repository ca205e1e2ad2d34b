import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { skeletonOf } from '../../core/names/confusables.ts';
import type { Session } from '../../core/session.ts';
import { botsTopic } from '../accounts/bots.ts';
import { storeNotice } from '../accounts/email.ts';
import { announceEndedSessions } from '../shared/access.ts';
import type { Deps } from '../shared/deps.ts';
import { holdAccount } from '../shared/hold-account.ts';
import { aliasPrefix } from '../shared/names.ts';
import { publish } from '../shared/publish.ts';
import { announceDeparture } from './departed-names.ts';

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 80 random bits, in characters that are hard to confuse. */
const newAlias = () =>
  aliasPrefix + [...randomBytes(16)].map((byte) => letters[byte % letters.length]).join('');

const announcedAtOnce = 200;

/** All that lets somebody into the account, or is about to. */
export async function removeAccess(
  tx: Pick<
    Deps['db'],
    | 'session'
    | 'linkToken'
    | 'mail'
    | 'totp'
    | 'passkey'
    | 'recoveryCode'
    | 'loginChallenge'
    | 'identity'
    | 'oidcLogin'
  >,
  username: string,
): Promise<void> {
  const where = { username };
  await tx.session.deleteMany({ where });
  await tx.linkToken.deleteMany({ where });
  await tx.mail.deleteMany({ where: { username, kind: { not: 'accountDeletion' } } });
  await tx.totp.deleteMany({ where });
  await tx.passkey.deleteMany({ where });
  await tx.recoveryCode.deleteMany({ where });
  await tx.loginChallenge.deleteMany({ where });
  await tx.identity.deleteMany({ where });
  await tx.oidcLogin.deleteMany({ where });
}

type RemovalDeps = Pick<Deps, 'db' | 'bus' | 'clock' | 'config' | 'log'> & Partial<Pick<Deps, 'mailer'>>;

interface Removal {
  username: string;
  /** The owner's, who is told by mail. Without one it is somebody else who removes the account. */
  session?: Session | undefined;
}

/**
 * Removes an account with all access to it, in one transaction, and reserves its name. What is left of the user elsewhere is for the
 * server to hand over and to rename, which goes on after a restart: see `departures.ts`. Throws 'USER_NOT_FOUND' and, if the
 * session that asks has ended meanwhile, 'UNAUTHORIZED'.
 */
export async function removeAccount(
  deps: RemovalDeps,
  { username, session }: Removal,
): Promise<{ alias: string }> {
  const { db } = deps;
  const now = BigInt(deps.clock());
  const alias = newAlias();
  const { ids, isBot } = await db.$transaction(async (tx) => {
    // Who logs in meanwhile is either seen below, or finds no account.
    await holdAccount(tx, deps, username);
    const user = await tx.user.findUnique({ where: { username }, select: { isBot: true, email: true } });
    if (session && (await tx.session.count({ where: { id: session.id, ended: false } })) === 0)
      throw new AppError('UNAUTHORIZED');
    if (!user) throw new AppError('USER_NOT_FOUND');
    await tx.departure.create({
      data: { username, nameSkeleton: skeletonOf(username), alias, leftMs: now, dueMs: now },
    });
    const sessions = await tx.session.findMany({ where: { username }, select: { id: true } });
    await removeAccess(tx, username);
    await tx.user.delete({ where: { username } });
    if (session) await storeNotice(tx, deps, { kind: 'accountDeletion', username, email: user.email });
    return { ids: sessions.map(({ id }) => id), isBot: user.isBot };
  });
  for (let start = 0; start < ids.length; start += announcedAtOnce)
    await announceEndedSessions(deps, ids.slice(start, start + announcedAtOnce));
  deps.mailer?.wake();
  if (isBot) await publish(deps, botsTopic);
  await announceDeparture(deps, { username, alias });
  return { alias };
}
