import type { Config } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import { normalizeSecret } from '../../core/names/precis.ts';

const minLength = 8;
const commonPasswords = 10_000;

/** Loaded with the first new password, as it takes some 30 ms. */
let common: Promise<Set<string>> | undefined;

async function loadCommon(): Promise<Set<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  // The list begins with the most common ones.
  return new Set(dictionary['passwords-common'].slice(0, commonPasswords));
}

interface Chosen {
  password: string;
  username: string;
  email: string;
  /** Whether it was chosen by the legacy API, which takes any password unless the settings say otherwise. */
  isLegacy?: boolean | undefined;
}

/** Throws 'WEAK_PASSWORD' for a new password that is too short, common, or the user's own name or address. Case does not matter. */
export async function requireStrongPassword(
  { config }: { config: Pick<Config, 'passwordRules'> },
  { password, username, email, isLegacy = false }: Chosen,
): Promise<void> {
  if (isLegacy && config.passwordRules === 'legacy') return;
  const normalized = normalizeSecret(password);
  const folded = normalized.toLowerCase();
  const isOwn = [username, email].some((own) => own.toLowerCase() === folded);
  if (isOwn || [...normalized].length < minLength || (await isCommon(folded)))
    throw new AppError('WEAK_PASSWORD');
}

async function isCommon(folded: string): Promise<boolean> {
  common ??= loadCommon();
  return (await common).has(folded);
}
