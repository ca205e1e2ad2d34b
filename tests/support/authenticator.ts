import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

export interface Asked {
  challenge: string;
}

export interface Habits {
  /** Whether it asks for a PIN, a fingerprint or the like. */
  verifiesUser?: boolean;
  /** What the browser says where it was used. */
  origin?: string;
  domain?: string;
  /** What it has counted; it counts on by itself. */
  counter?: number;
}

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest();

/** A device with one passkey, and the browser that it is used in, as far as a server can see them. */
export function createAuthenticator(usual: Habits = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const credentialId = randomBytes(32);
  const id = base64url(credentialId);
  let counted = usual.counter ?? 0;

  function parts(type: string, { challenge }: Asked, habits: Habits) {
    counted += 1;
    const { verifiesUser, origin, domain, counter } = {
      ...{
        verifiesUser: true,
        origin: 'http://localhost:5000',
        domain: 'localhost',
        counter: counted,
      },
      ...usual,
      ...habits,
    };
    const counterBytes = Buffer.alloc(4);
    counterBytes.writeUInt32BE(usual.counter === 0 ? 0 : counter);
    const isMade = type === 'webauthn.create';
    const flags = 1 + (verifiesUser ? 4 : 0) + (isMade ? 64 : 0);
    return {
      clientData: Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false })),
      authData: Buffer.concat([sha256(domain), Buffer.from([flags]), counterBytes]),
    };
  }

  const coseKey = isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ]),
  );

  return {
    id,
    make(asked: Asked, habits: Habits = {}) {
      const { clientData, authData } = parts('webauthn.create', asked, habits);
      const length = Buffer.from([0, credentialId.length]);
      const whole = Buffer.concat([authData, Buffer.alloc(16), length, credentialId, coseKey]);
      const attestation = isoCBOR.encode(
        new Map<string, string | Uint8Array | Map<string, string>>([
          ['fmt', 'none'],
          ['attStmt', new Map<string, string>()],
          ['authData', new Uint8Array(whole)],
        ]),
      );
      return {
        ...{ id, rawId: id, type: 'public-key' as const },
        response: {
          clientDataJSON: base64url(clientData),
          attestationObject: base64url(attestation),
          transports: ['internal'],
        },
      };
    },
    use(asked: Asked, habits: Habits = {}) {
      const { clientData, authData } = parts('webauthn.get', asked, habits);
      const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), privateKey);
      return {
        ...{ id, rawId: id, type: 'public-key' as const },
        response: {
          clientDataJSON: base64url(clientData),
          authenticatorData: base64url(authData),
          signature: base64url(signature),
        },
      };
    },
  };
}
