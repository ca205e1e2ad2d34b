import { AppError } from '../../core/errors.ts';
import { stepOfCode } from '../../infra/factors/totp.ts';
import {
  challengeIn,
  counterOfUse,
  type Site,
  siteOf,
  type UsedPasskey,
} from '../../infra/factors/webauthn.ts';
import type { Deps } from '../shared/deps.ts';
import { isRecoveryCode, takeRecoveryCode } from './recovery-codes.ts';

/** What a user shows besides a password: a code of an authenticator app or for recovery, or a passkey. */
export interface ShownFactor {
  code?: string | undefined;
  passkey?: UsedPasskey | undefined;
}

export type FactorKind = 'totp' | 'recovery' | 'passkey';

/** A factor that is right, and has still to be taken: none counts twice. */
export interface RightFactor {
  kind: FactorKind;
  username: string;
  /** Of two at the same time, one resolves to true. */
  take(tx: Tables): Promise<boolean>;
}

type Tables = Pick<Deps['db'], 'totp' | 'passkey' | 'recoveryCode'>;

type Reads = Pick<Deps, 'db' | 'clock' | 'config'>;

/** Throws 'PASSKEYS_OFF'. */
export function requireSite({ config }: Pick<Deps, 'config'>): Site {
  const site = siteOf(config.publicUrl);
  if (!site) throw new AppError('PASSKEYS_OFF');
  return site;
}

/** Throws 'WRONG_CODE', also for one that was used before. */
export async function checkCode(deps: Reads, username: string, given: string): Promise<RightFactor> {
  const code = given.replace(/[\s-]/g, '');
  const right = /^\d{6}$/.test(code)
    ? await checkTotp(deps, username, code)
    : (await isRecoveryCode(deps, username, code)) && {
        kind: 'recovery' as const,
        username,
        take: (tx: Tables) => takeRecoveryCode(tx, username, code),
      };
  if (!right) throw new AppError('WRONG_CODE');
  return right;
}

async function checkTotp(
  { db, clock }: Reads,
  username: string,
  code: string,
): Promise<RightFactor | undefined> {
  const app = await db.totp.findFirst({ where: { username, confirmedAt: { not: null } } });
  if (!app) return undefined;
  const { id, secret, lastStep } = app;
  const step = await stepOfCode({ secret, code, nowMs: clock(), afterStep: lastStep });
  if (step === undefined) return undefined;
  return {
    kind: 'totp',
    username,
    take: async (tx) =>
      (await tx.totp.updateMany({ where: { id, lastStep: { lt: step } }, data: { lastStep: step } }))
        .count === 1,
  };
}

/** Who has added the passkey, if anybody has. Nothing is verified yet. */
export async function ownerOfPasskey(
  { db }: Pick<Deps, 'db'>,
  { id }: UsedPasskey,
): Promise<string | undefined> {
  const found = await db.passkey.findUnique({ where: { credentialId: id }, select: { username: true } });
  return found?.username;
}

interface PasskeyUse {
  passkey: UsedPasskey;
  /** Whose it has to be; anybody's if not given. */
  username?: string | undefined;
  /** What it has to have signed; whoever gives none has checked that already. */
  challenge?: string | undefined;
  /** Whether it stands alone, so that the user must have shown more than the device. */
  verifiesUser: boolean;
}

/** Throws 'INVALID_PASSKEY', also for one of somebody else. */
export async function checkPasskey(
  deps: Reads,
  { passkey, username, challenge = challengeIn(passkey), verifiesUser }: PasskeyUse,
): Promise<RightFactor> {
  const site = requireSite(deps);
  const known = await deps.db.passkey.findUnique({ where: { credentialId: passkey.id } });
  if (!known || (username !== undefined && known.username !== username))
    throw new AppError('INVALID_PASSKEY');
  const { id, credentialId, publicKey } = known;
  const before = known.counter;
  const counter = await counterOfUse({
    site,
    used: passkey,
    known: { credentialId, publicKey, counter: Number(before), transports: [] },
    challenge,
    verifiesUser,
  });
  if (counter === undefined) throw new AppError('INVALID_PASSKEY');
  return {
    kind: 'passkey',
    username: known.username,
    take: async (tx) => {
      const { count } = await tx.passkey.updateMany({
        where: { id, counter: before },
        data: { counter: BigInt(counter), lastUsedAt: new Date(deps.clock()) },
      });
      return count === 1;
    },
  };
}
