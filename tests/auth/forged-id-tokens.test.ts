import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { clientSecret, type Issuer, type Person, startWithIssuers } from '../support/oidc.ts';
import { refusal } from '../support/refusal.ts';

const ada: Person = { id: 'ada-at-company', email: 'ada@example.com', email_verified: true };

const newKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const [issuerKeys, otherKeys] = [newKeys(), newKeys()];

interface Token {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  sign: (signed: string) => Buffer;
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signWith = (key: KeyObject) => (signed: string) => sign('sha256', Buffer.from(signed), key);

function writeToken({ header, claims, sign: signatureOf }: Token): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${signatureOf(signed).toString('base64url')}`;
}

/** What the issuer says from now on, with keys of the test's: this ID token, and this about the user. */
function answer({ state }: Issuer, idToken: string, userinfo: object): void {
  const jwks = { keys: [{ ...issuerKeys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }] };
  state.override = ({ url }, res) => {
    const answers: Record<string, object> = {
      '/jwks': jwks,
      '/token': { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: idToken },
      '/me': userinfo,
    };
    const found = answers[url?.split('?')[0] ?? ''];
    if (found) res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
    return found !== undefined;
  };
}

const seconds = () => Math.floor(Date.now() / 1000);

it.each<[what: string, change: (token: Token) => void, userinfo?: object]>([
  ['signed by another key', (token) => (token.sign = signWith(otherKeys.privateKey))],
  [
    'signed with the secret of the client',
    (token) => {
      token.header.alg = 'HS256';
      token.sign = (signed) => createHmac('sha256', clientSecret).update(signed).digest();
    },
  ],
  [
    'without a signature',
    (token) => {
      token.header = { alg: 'none' };
      token.sign = () => Buffer.alloc(0);
    },
  ],
  ['of a key that the issuer does not have', ({ header }) => (header.kid = 'two')],
  ['of another issuer', ({ claims }) => (claims.iss = 'https://evil.example')],
  ['for another client', ({ claims }) => (claims.aud = 'another client')],
  [
    'for two clients, of another one',
    (token) => Object.assign(token.claims, { aud: ['mirage', 'b'], azp: 'b' }),
  ],
  ['that has expired', ({ claims }) => (claims.exp = seconds() - 120)],
  ['that never expires', ({ claims }) => delete claims.exp],
  ['of another log-in', ({ claims }) => (claims.nonce = 'another nonce')],
  ['of no log-in', ({ claims }) => delete claims.nonce],
  ['of nobody', ({ claims }) => delete claims.sub],
  [
    'of somebody else than what is said of them',
    () => {},
    { sub: 'eve-at-company', email: 'ada@example.com' },
  ],
])('refuses an ID token %s', async (_, change, userinfo) => {
  const { arrive, anonymous, issuer, deps } = await startWithIssuers();
  const login = async (alter: (token: Token) => void, more: object) => {
    const { login: attempt, url, sent } = await arrive(ada);
    const now = seconds();
    const token: Token = {
      header: { alg: 'RS256', kid: 'one' },
      claims: {
        iss: issuer.url,
        sub: ada.id,
        aud: 'mirage',
        iat: now,
        exp: now + 60,
        nonce: sent.searchParams.get('nonce'),
      },
      sign: signWith(issuerKeys.privateKey),
    };
    alter(token);
    answer(issuer, writeToken(token), more);
    return anonymous.auth.finishOidc.mutate({ login: attempt, url });
  };
  const { id, ...claims } = ada;
  await expect(login(change, userinfo ?? { sub: id, ...claims })).rejects.toMatchObject(
    refusal('ISSUER_REFUSED'),
  );
  expect(await deps.db.session.count()).toBe(0);
  // The same but for what is forged.
  expect(await login(() => {}, { sub: id, ...claims })).toMatchObject({ status: 'new', email: ada.email });
});
