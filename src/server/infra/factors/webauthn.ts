import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';

/** Loaded when it is first needed: it is large, and few servers need it. */
const library = () => import('@simplewebauthn/server');

/** Where passkeys are used: for which domain, and on pages of which origin. */
export interface Site {
  domain: string;
  isOrigin(origin: string): boolean;
}

/**
 * The domain of the address that the operator has given; never that of a request, which anybody can make up. Without one,
 * passkeys can be used on the machine that the server runs on. Undefined where browsers have none: at an address of numbers,
 * and without TLS.
 */
export function siteOf(publicUrl: string | undefined): Site | undefined {
  if (publicUrl === undefined) return { domain: 'localhost', isOrigin: isLocalOrigin };
  const { hostname, protocol, origin } = new URL(publicUrl);
  const isSecure = protocol === 'https:' || hostname === 'localhost';
  if (!isSecure || /^[\d.]+$|^\[/.test(hostname)) return undefined;
  return { domain: hostname, isOrigin: (given) => given === origin };
}

const isLocalOrigin = (origin: string) => /^https?:\/\/localhost(:\d{1,5})?$/.test(origin);

/** What a browser gives for a passkey that was made. */
export interface MadePasskey {
  id: string;
  rawId: string;
  type: 'public-key';
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] | undefined };
}

/** What a browser gives for a passkey that was used. */
export interface UsedPasskey {
  id: string;
  rawId: string;
  type: 'public-key';
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string | undefined;
  };
}

/** What is known of a passkey. */
export interface KnownPasskey {
  credentialId: string;
  publicKey: string;
  counter: number;
  transports: string[];
}

const transportsOf = (transports: string[]) => (transports.length > 0 ? { transports } : {});

interface ToMake {
  site: Site;
  siteName: string;
  username: string;
  userHandle: string;
  challenge: string;
  timeoutMs: number;
  present: Pick<KnownPasskey, 'credentialId' | 'transports'>[];
}

/** What a browser needs to make a passkey. */
export async function creationOptions(toMake: ToMake) {
  const { site, siteName, username, userHandle, challenge, timeoutMs, present } = toMake;
  const { generateRegistrationOptions } = await library();
  const { pubKeyCredParams } = await generateRegistrationOptions({
    rpName: siteName,
    rpID: site.domain,
    userName: username,
  });
  return {
    challenge,
    rp: { name: siteName, id: site.domain },
    user: { id: userHandle, name: username, displayName: username },
    pubKeyCredParams,
    timeout: timeoutMs,
    excludeCredentials: present.map(descriptorOf),
    // Kept on the device where it can be, for logging in without a password. The PIN or fingerprint is asked for where there is one.
    authenticatorSelection: { residentKey: 'preferred' as const, userVerification: 'preferred' as const },
    attestation: 'none' as const,
  };
}

interface ToUse {
  site: Site;
  challenge: string;
  timeoutMs: number;
  /** None for those of any user. */
  present?: Pick<KnownPasskey, 'credentialId' | 'transports'>[];
  /** Whether the user has to show a PIN, a fingerprint or the like, and not only the device. */
  verifiesUser: boolean;
}

/** What a browser needs to use a passkey. */
export const requestOptions = ({ site, challenge, timeoutMs, present = [], verifiesUser }: ToUse) => ({
  challenge,
  timeout: timeoutMs,
  rpId: site.domain,
  allowCredentials: present.map(descriptorOf),
  userVerification: verifiesUser ? ('required' as const) : ('preferred' as const),
});

const descriptorOf = ({ credentialId, transports }: Pick<KnownPasskey, 'credentialId' | 'transports'>) => ({
  id: credentialId,
  type: 'public-key' as const,
  ...transportsOf(transports),
});

/** The passkey that was made, or undefined if anything about it is wrong. */
export async function readMadePasskey(
  site: Site,
  made: MadePasskey,
  challenge: string,
): Promise<KnownPasskey | undefined> {
  const origin = originIn(made.response.clientDataJSON, site);
  if (origin === undefined) return undefined;
  const { verifyRegistrationResponse } = await library();
  const { transports = [] } = made.response;
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: { ...made, clientExtensionResults: {} } as RegistrationResponseJSON, // safe: checked by its schema
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: site.domain,
    requireUserVerification: false,
  }).catch(() => ({ verified: false, registrationInfo: undefined }) as const); // it throws for what is wrong
  if (!verified || !registrationInfo) return undefined;
  const { id, publicKey, counter } = registrationInfo.credential;
  return {
    credentialId: id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    counter,
    transports,
  };
}

interface Use {
  site: Site;
  used: UsedPasskey;
  known: KnownPasskey;
  challenge: string;
  verifiesUser: boolean;
}

/** What the device has counted, or undefined if anything is wrong: the signature, the page, the challenge, or a count that went back. */
export async function counterOfUse({
  site,
  used,
  known,
  challenge,
  verifiesUser,
}: Use): Promise<number | undefined> {
  const origin = originIn(used.response.clientDataJSON, site);
  if (origin === undefined) return undefined;
  const { verifyAuthenticationResponse } = await library();
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...used, clientExtensionResults: {} } as AuthenticationResponseJSON, // safe: checked by its schema
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: site.domain,
    credential: {
      id: known.credentialId,
      publicKey: new Uint8Array(Buffer.from(known.publicKey, 'base64url')),
      counter: known.counter,
    },
    requireUserVerification: verifiesUser,
  }).catch(() => ({ verified: false, authenticationInfo: undefined }) as const);
  return verified ? authenticationInfo?.newCounter : undefined;
}

/** What the browser says that it has signed. It is not verified yet. */
function clientDataOf(clientDataJSON: string): { origin?: unknown; challenge?: unknown } {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'));
    return typeof data === 'object' && data !== null ? data : {};
  } catch {
    return {};
  }
}

/** The origin of the page, if it is one of the site. */
function originIn(clientDataJSON: string, site: Site): string | undefined {
  const { origin } = clientDataOf(clientDataJSON);
  return typeof origin === 'string' && site.isOrigin(origin) ? origin : undefined;
}

/** The challenge that was signed, as far as the browser says. */
export function challengeIn({ response }: UsedPasskey | MadePasskey): string {
  const { challenge } = clientDataOf(response.clientDataJSON);
  return typeof challenge === 'string' ? challenge : '';
}
