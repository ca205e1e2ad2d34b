import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';
import { onTestFinished } from 'vitest';
import type { Config, OidcIssuer } from '../../src/server/core/config.ts';
import { type Mirage, startMirage } from './harness.ts';

/** Somebody who has an account at the issuer. */
export interface Person {
  /** Their `sub`. */
  id: string;
  email?: string;
  email_verified?: boolean | string;
  preferred_username?: string;
  name?: string;
}

export const clientSecret = 'the secret of the client, long enough';

/** What runs in the place of the provider, if it answers. */
type Override = (req: IncomingMessage, res: ServerResponse) => boolean;

/**
 * A real issuer on a free port, at which whoever `person` names is logged in and agrees to everything. `override` answers requests in
 * its place.
 */
export async function startIssuer({ id = 'company', label = 'Company' } = {}) {
  const people = new Map<string, Person>();
  const state: { person: Person | undefined; override: Override | undefined } = {
    person: undefined,
    override: undefined,
  };
  const requests: string[] = [];
  const redirectUris: string[] = [];
  let answer: ReturnType<Provider['callback']> | undefined;
  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url?.split('?')[0]}`);
    if (state.override?.(req, res)) return;
    void answer?.(req, res);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number }; // safe: it listens on a port
  const url = `http://127.0.0.1:${port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);

  /** With the addresses that browsers may be sent back to, which are known only now. */
  function serve(publicUrl: string): void {
    redirectUris.push(`${publicUrl}/oidc/${id}`);
    const provider = new Provider(url, {
      clients: [
        {
          client_id: 'mirage',
          client_secret: clientSecret,
          redirect_uris: redirectUris,
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      claims: {
        openid: ['sub'],
        email: ['email', 'email_verified'],
        profile: ['preferred_username', 'name', 'nickname'],
      },
      pkce: { required: () => true },
      cookies: { keys: ['a key of the test'] },
      features: { devInteractions: { enabled: false } },
      ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
      interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
      findAccount: (_ctx, sub) => {
        const found = people.get(sub);
        if (!found) return undefined;
        const { id: _, ...claims } = found;
        return { accountId: sub, claims: async () => ({ sub, ...claims }) };
      },
    });
    provider.on('server_error', () => {});
    const callback = provider.callback();
    answer = async (req, res) => {
      if (!req.url?.startsWith('/interaction/')) return callback(req, res);
      const { person } = state;
      if (!person) {
        await provider.interactionFinished(req, res, { error: 'access_denied' });
        return;
      }
      people.set(person.id, person);
      const { params } = await provider.interactionDetails(req, res);
      const grant = new provider.Grant({ accountId: person.id, clientId: String(params.client_id) });
      grant.addOIDCScope(String(params.scope));
      await provider.interactionFinished(req, res, {
        login: { accountId: person.id },
        consent: { grantId: await grant.save() },
      });
    };
  }

  const setting: OidcIssuer = {
    id,
    label,
    url,
    clientId: 'mirage',
    clientSecret,
    scope: 'openid profile email',
  };
  return { url, setting, state, requests, serve, close, port };
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

/** What a browser does at an issuer: it follows redirects with its cookies until one leads elsewhere, and gives that address. */
export async function visit(url: string, person: Person | undefined, { state, url: issuerUrl }: Issuer) {
  const cookies = new Map<string, string>();
  state.person = person;
  let next = url;
  for (let step = 0; next.startsWith(`${issuerUrl}/`) && step < 10; step += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, { headers: { cookie }, redirect: 'manual' });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`the issuer answers ${response.status}: ${await response.text()}`);
    next = new URL(location, next).href;
  }
  return next;
}

export const publicUrl = 'https://chat.example/app';

interface Options {
  client?: ReturnType<Mirage['client']>;
  at?: Issuer;
  link?: boolean;
}

/** A Mirage with issuers, and what a client does there. */
export async function startWithIssuers(settings: Partial<Config> = {}, ids: string[] = ['company']) {
  const issuers = await Promise.all(ids.map((id) => startIssuer({ id, label: `The ${id}` })));
  for (const issuer of issuers) issuer.serve(settings.publicUrl ?? publicUrl);
  const first = issuers[0] ?? (await startIssuer());
  const mirage = await startMirage({
    publicUrl,
    oidc: issuers.map(({ setting }) => setting),
    ...settings,
  });
  const anonymous = mirage.client();

  /** Begins a log-in and goes to the issuer as `person`. */
  async function arrive(person: Person | undefined, options: Options = {}) {
    const { client = anonymous, at = first, link = false } = options;
    const { url, login } = await client.auth.startOidc.mutate({
      issuer: at.setting.id,
      ...(link && { link }),
    });
    return { login, url: await visit(url, person, at), sent: new URL(url) };
  }

  async function finish(person: Person | undefined, options: Options = {}) {
    const { login, url } = await arrive(person, options);
    return (options.client ?? anonymous).auth.finishOidc.mutate({ login, url });
  }

  /** An account that its owner has made by a log-in. */
  async function register(person: Person, username: string, options: Options = {}) {
    const finished = await finish(person, options);
    if (finished.status !== 'new') throw new Error(`the log-in has led to ${finished.status}`);
    const { token } = await anonymous.auth.registerOidc.mutate({ login: finished.login, username });
    return { username, token, client: mirage.client(token) };
  }

  return { ...mirage, issuer: first, issuers, anonymous, arrive, finish, register };
}
