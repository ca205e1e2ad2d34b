import { networkOf } from '../../core/address.ts';
import { requireAnswerSize } from '../../core/answer-size.ts';
import { avatarIdIn, storedAvatar } from '../../core/avatars.ts';
import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import type { Session } from '../../core/session.ts';
import { countWords, maxDescriptionWords, shownAvatarUrl, shownEmail } from '../../core/validation.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { isTaken } from '../../infra/db/is-taken.ts';
import { requireOwnerIfFactor } from '../factors/factors.ts';
import { type AvatarSource, makeAvatar } from '../files/avatars.ts';
import { storeMails } from '../mail/outbox.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { holdMailbox, isMailboxTaken } from '../shared/mailboxes.ts';
import { isUsernameReserved } from '../shared/names.ts';
import { prepareEmailChange } from './email.ts';

/** A user's public profile. */
export interface Profile {
  username: string;
  /** An http(s) URL, for an uploaded avatar maybe a path; null if the user has set none. */
  avatarUrl: string | null;
  description: string;
  createdAt: Date;
  /** Whether it is the account of a program. */
  isBot?: true;
}

export interface ProfileChanges {
  email?: string | undefined;
  avatarUrl?: string | undefined;
  description?: string | undefined;
}

type ProfileDeps = Pick<Deps, 'sql' | 'fileUrls'>;

export async function getProfile(deps: ProfileDeps, username: string): Promise<Profile> {
  return requireAnswerSize(toProfile(deps, await readProfile(deps, username)));
}

/** The same for a caller without a session, who could otherwise try names without end. */
export async function getProfileAnonymously(
  deps: ProfileDeps & Pick<Deps, 'limits' | 'metrics'>,
  username: string,
  address: string,
): Promise<Profile> {
  const network = networkOf(address);
  await requireWithinLimit(deps, 'lookup', network);
  const profile = await getProfile(deps, username);
  await deps.limits.refund('lookup', network);
  return profile;
}

/** A profile as its owner sees it. */
export interface OwnProfile extends Profile {
  /** '' if there is none, as for some host users. */
  email: string;
  emailVerified: boolean;
  /** The address that takes the place of the present one once it is verified. */
  pendingEmail: string | null;
  /** When a link for a new password was last mailed to the address, if nobody has verified it since. */
  resetMailedAt: Date | null;
}

/** The caller's own profile, including the private fields. */
export const getOwnProfile = async (deps: ProfileDeps, username: string) =>
  toOwnProfile(deps, await readProfile(deps, username));

type AvatarDeps = ProfileDeps & Pick<Deps, 'db'>;

/**
 * Where mail is sent, a new address takes the place of the present one once it is verified, of which the present one is told. Throws
 * 'PROOF_REQUIRED' for a new address of an account with a second factor, and what `prepareEmailChange` throws.
 */
export async function updateProfile(
  deps: AvatarDeps & Pick<Deps, 'config' | 'clock' | 'limits' | 'metrics' | 'mailer'>,
  session: Session,
  { email, description, isLegacy, ...changes }: ProfileChanges & { isLegacy?: boolean | undefined },
): Promise<OwnProfile> {
  const { username } = session;
  const avatarUrl = await changedAvatarUrl(deps, username, changes.avatarUrl);
  if (description !== undefined) requireShortDescription(description);
  if (email !== undefined) await requireAddressOwner(deps, session, email);
  const change =
    email === undefined ? undefined : await prepareEmailChange(deps, { username, email, isLegacy });
  const data = {
    ...change?.data,
    ...(avatarUrl !== undefined && { avatarUrl }),
    ...(description !== undefined && { description }),
  };
  const mails = change?.mails ?? [];
  if (mails.length === 0 && data.email === undefined) return writeProfile(deps, username, data);
  const user = await deps.db
    .$transaction(async (tx) => {
      await storeMails(tx, deps, mails);
      if (data.email === undefined || isLegacy) return tx.user.update({ where: { username }, data });
      await holdMailbox(tx, deps, data.email);
      const updated = await tx.user.update({ where: { username }, data });
      if (await isMailboxTaken(tx, updated)) throw new AppError('EMAIL_TAKEN');
      return updated;
    })
    .catch((error: unknown) => {
      throw toTakenError(error);
    });
  deps.mailer?.wake();
  return toOwnProfile(deps, user);
}

/**
 * New passwords are mailed to the address, and other services linked by it: whoever has stolen a session must not get there around a
 * second factor. Some clients send the present one along, which changes nothing.
 */
async function requireAddressOwner(
  deps: AvatarDeps & Pick<Deps, 'clock'>,
  session: Session,
  email: string,
): Promise<void> {
  const present = await readProfile(deps, session.username);
  if (present.email !== email) await requireOwnerIfFactor(deps, session);
}

async function writeProfile(
  deps: AvatarDeps,
  username: string,
  data: Prisma.UserUpdateInput,
): Promise<OwnProfile> {
  try {
    return toOwnProfile(deps, await deps.db.user.update({ where: { username }, data }));
  } catch (error) {
    throw toTakenError(error);
  }
}

/** Undefined for the uploaded avatar that the profile has: some clients send back all that they were shown of a profile. */
async function changedAvatarUrl(deps: ProfileDeps, username: string, url: string | undefined) {
  const id = avatarIdIn(url ?? '');
  if (id === undefined) return url;
  const { avatarUrl } = await readProfile(deps, username);
  if (avatarUrl === storedAvatar(id)) return undefined;
  if (shownAvatarUrl(url ?? '') === null) {
    const message = 'must be an http or https URL, or that of your present avatar';
    throw new AppError('INVALID_INPUT', { message, issues: [{ path: 'avatarUrl', message }] });
  }
  return url;
}

/** Replaces the avatar by a picture that the user has uploaded. A trigger lets the one before go. Throws what `makeAvatar` throws. */
export async function setAvatar(deps: Deps, source: AvatarSource) {
  const avatarUrl = storedAvatar(await makeAvatar(deps, source));
  return writeProfile(deps, source.owner, { avatarUrl });
}

export const removeAvatar = (deps: AvatarDeps, username: string) =>
  writeProfile(deps, username, { avatarUrl: '' });

async function readProfile({ sql }: Pick<Deps, 'sql'>, username: string): Promise<StoredProfile<Date>> {
  const [user] = await sql<StoredProfile<Date | string>>(Prisma.sql`
    SELECT username, email, avatar_url AS "avatarUrl", description, created_at AS "createdAt",
      email_verified_at AS "emailVerifiedAt", pending_email AS "pendingEmail", reset_mailed_at AS "resetMailedAt",
      is_bot AS "isBot"
    FROM users WHERE username = ${username}`);
  if (!user) throw new AppError('USER_NOT_FOUND');
  // Named one by one: copying the rest of a row costs as much as reading it.
  return {
    username: user.username,
    email: user.email,
    avatarUrl: user.avatarUrl,
    description: user.description,
    createdAt: knownDate(user.createdAt),
    emailVerifiedAt: user.emailVerifiedAt === null ? null : new Date(user.emailVerifiedAt),
    pendingEmail: user.pendingEmail,
    resetMailedAt: user.resetMailedAt === null ? null : new Date(user.resetMailedAt),
    isBot: user.isBot,
  };
}

/** `Time`: as the driver returns it. */
interface StoredProfile<Time> extends Omit<Profile, 'createdAt' | 'isBot'> {
  email: string;
  isBot: boolean | number;
  pendingEmail: string | null;
  createdAt: Time;
  emailVerifiedAt: Time | null;
  resetMailedAt: Time | null;
}

function toProfile(
  { fileUrls }: Pick<Deps, 'fileUrls'>,
  {
    username,
    avatarUrl,
    description,
    createdAt,
    isBot,
  }: Omit<Profile, 'isBot'> & { isBot: boolean | number },
): Profile {
  const profile: Profile = { username, avatarUrl: fileUrls.avatar(avatarUrl), description, createdAt };
  if (isBot) profile.isBot = true;
  return profile;
}

/** Texts of imported accounts may have any length. */
function toOwnProfile({ fileUrls }: Pick<Deps, 'fileUrls'>, stored: StoredProfile<Date>): OwnProfile {
  const profile: OwnProfile = {
    username: stored.username,
    avatarUrl: fileUrls.avatar(stored.avatarUrl),
    description: stored.description,
    createdAt: stored.createdAt,
    email: shownEmail(stored.email),
    emailVerified: stored.emailVerifiedAt !== null,
    pendingEmail: stored.pendingEmail,
    resetMailedAt: stored.resetMailedAt,
  };
  if (stored.isBot) profile.isBot = true;
  return requireAnswerSize(profile);
}

export function requireShortDescription(description: string): void {
  if (countWords(description) > maxDescriptionWords) throw new AppError('DESCRIPTION_TOO_LONG');
}

export function toTakenError(error: unknown): unknown {
  if (isTaken(error, 'username')) return new AppError('USERNAME_TAKEN');
  if (isTaken(error, 'email')) return new AppError('EMAIL_TAKEN');
  // The account was removed meanwhile.
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2025')
    return new AppError('USER_NOT_FOUND');
  return error;
}

/** As `toTakenError`, of a new account: a trigger refuses names that are reserved. */
export async function toTakenName(
  { db }: Pick<Deps, 'db'>,
  username: string,
  error: unknown,
): Promise<unknown> {
  const taken = toTakenError(error);
  if (taken !== error || error instanceof AppError) return taken;
  return (await isUsernameReserved(db, username)) ? new AppError('USERNAME_TAKEN') : error;
}
