import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { serverSecret } from '../../infra/db/server-secrets.ts';
import type { Deps } from './deps.ts';

/** Which secret signs, and what for: a value for one thing is none for another. */
export interface Signing {
  /** The name of the secret, which all servers of a database share. */
  secret: 'passkey-challenges' | 'oidc-logins';
  about: readonly string[];
}

const timeBytes = 8;
const signatureBytes = 16;

/**
 * A value that nothing is stored for, so that strangers who ask for many cost nothing: it carries its expiry, some bytes, which anybody
 * who has it can read, and the server's signature.
 */
export async function signValue(
  deps: Pick<Deps, 'sql'>,
  signing: Signing,
  { expiresAtMs, bytes }: { expiresAtMs: number; bytes: Uint8Array },
): Promise<string> {
  const time = Buffer.alloc(timeBytes);
  time.writeBigUInt64BE(BigInt(expiresAtMs));
  const signed = Buffer.concat([time, bytes]);
  return Buffer.concat([signed, await signatureOf(deps, signing, signed)]).toString('base64url');
}

/** The bytes of one of our values for this; undefined for any other, and for one that has expired. */
export async function readSignedValue(
  deps: Pick<Deps, 'sql' | 'clock'>,
  signing: Signing,
  value: string,
): Promise<Buffer | undefined> {
  const all = Buffer.from(value, 'base64url');
  // Each value has one spelling, by which it is known once it is used.
  if (all.length < timeBytes + signatureBytes || all.toString('base64url') !== value) return undefined;
  const signed = all.subarray(0, -signatureBytes);
  const expected = await signatureOf(deps, signing, signed);
  if (!timingSafeEqual(all.subarray(-signatureBytes), expected)) return undefined;
  return Number(signed.readBigUInt64BE()) > deps.clock() ? signed.subarray(timeBytes) : undefined;
}

async function signatureOf(
  deps: Pick<Deps, 'sql'>,
  { secret, about }: Signing,
  signed: Uint8Array,
): Promise<Buffer> {
  const mac = createHmac('sha256', await signingSecret(deps, secret));
  return mac.update(JSON.stringify(about)).update(signed).digest().subarray(0, signatureBytes);
}

/** One of the secrets that sign. */
export const signingSecret = ({ sql }: Pick<Deps, 'sql'>, name: Signing['secret']): Promise<string> =>
  serverSecret(sql, name, randomBytes(32).toString('base64url'));
