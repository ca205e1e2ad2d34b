import type { Configuration } from 'openid-client';
import type { Stopwatch } from '../../core/clock.ts';
import type { OidcIssuer } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { sparingLog } from '../../core/sparing-log.ts';
import { createBoundedQueue } from '../limits/bounded-queue.ts';
import { fetchFromIssuer, IssuerUnreachable } from './fetch-from-issuer.ts';

/** What ties the answer of an issuer to the log-in that it answers. */
export interface Attempt {
  redirectUri: string;
  state: string;
  nonce: string;
  /** Of PKCE. */
  verifier: string;
}

/** Whom an issuer has confirmed. */
export interface Person {
  subject: string;
  email: string | undefined;
  /** Whether the issuer says that the address is theirs. */
  emailVerified: boolean;
  /** What they are called there, the best name for an account first. */
  names: string[];
}

/** The services that users can log in with. */
export interface Issuers {
  /** In the order of the settings. */
  readonly all: readonly OidcIssuer[];
  /** The URL to send a browser to. Throws 'ISSUER_UNAVAILABLE', 'TOO_MANY_REQUESTS'. */
  begin(issuer: OidcIssuer, attempt: Attempt): Promise<string>;
  /**
   * Who has come back to this URL. Throws 'ISSUER_REFUSED' unless everything in it is the issuer's answer to this attempt,
   * 'ISSUER_UNAVAILABLE', 'TOO_MANY_REQUESTS'.
   */
  confirm(issuer: OidcIssuer, attempt: Attempt, callback: URL): Promise<Person>;
}

/** How long an issuer may take for each answer. */
const answerSeconds = 5;
/** Metadata of an issuer is read again after this; until then its answers are checked by what it said last. */
const metadataMs = 3_600_000;
/** An issuer that did not answer is asked again after this. */
const pauseMs = 5000;

interface Known {
  configuration: Configuration;
  readAtMs: number;
}

/** Nothing is loaded or asked before somebody logs in. */
export function openIssuers(
  all: readonly OidcIssuer[],
  { stopwatch, log }: { stopwatch: Stopwatch; log: Logger },
): Issuers {
  const known = new Map<string, Known>();
  const reading = new Map<string, Promise<Configuration>>();
  const failedAtMs = new Map<string, number>();
  // One for each, so that nobody waits for another issuer than their own.
  const queues = new Map(
    all.map(({ id }) => [id, createBoundedQueue({ running: 8, waiting: 128, retryAfterMs: pauseMs })]),
  );
  const inTurn = <Result>({ id }: OidcIssuer, job: () => Promise<Result>): Promise<Result> =>
    queues.get(id)?.run(job) ?? job();

  async function configurationOf(issuer: OidcIssuer): Promise<Configuration> {
    const found = known.get(issuer.id);
    if (found && stopwatch() - found.readAtMs < metadataMs) return found.configuration;
    const waitMs = (failedAtMs.get(issuer.id) ?? Number.NEGATIVE_INFINITY) + pauseMs - stopwatch();
    // Its keys are read anew by themselves; the rest hardly ever changes.
    if (waitMs > 0) return found?.configuration ?? unavailable(waitMs);
    const pending = reading.get(issuer.id) ?? read(issuer).finally(() => reading.delete(issuer.id));
    reading.set(issuer.id, pending);
    try {
      return await pending;
    } catch (error) {
      if (found) return found.configuration;
      throw error;
    }
  }

  async function read(issuer: OidcIssuer): Promise<Configuration> {
    const { url, clientId } = issuer;
    const library = await import('openid-client');
    try {
      const configuration = await library.discovery(new URL(url), clientId, undefined, await authOf(issuer), {
        timeout: answerSeconds,
        [library.customFetch]: fetchFromIssuer,
        // The signature of an ID token is checked, although it comes from the issuer itself.
        execute: [
          library.enableNonRepudiationChecks,
          ...(url.startsWith('http:') ? [library.allowInsecureRequests] : []),
        ],
      });
      known.set(issuer.id, { configuration, readAtMs: stopwatch() });
      failedAtMs.delete(issuer.id);
      return configuration;
    } catch (error) {
      failedAtMs.set(issuer.id, stopwatch());
      sparingLog(log).error(
        { issuer: issuer.id, ...factsOf(error) },
        'reading the metadata of an issuer failed',
      );
      return unavailable(pauseMs);
    }
  }

  return {
    all,

    begin: (issuer, { redirectUri, state, nonce, verifier }) =>
      inTurn(issuer, async () => {
        const configuration = await configurationOf(issuer);
        const library = await import('openid-client');
        return library.buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri,
          scope: issuer.scope,
          code_challenge: await library.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        }).href;
      }),

    confirm: (issuer, attempt, callback) =>
      inTurn(issuer, async () => {
        const configuration = await configurationOf(issuer);
        try {
          return await identify(configuration, attempt, callback);
        } catch (error) {
          sparingLog(log).warn({ issuer: issuer.id, ...factsOf(error) }, 'a log-in with an issuer failed');
          if (isUnreachable(error)) return unavailable(pauseMs);
          throw new AppError('ISSUER_REFUSED');
        }
      }),
  };
}

function unavailable(retryAfterMs: number): never {
  throw new AppError('ISSUER_UNAVAILABLE', { retryAfterMs: Math.ceil(retryAfterMs) });
}

/** As most issuers expect it of a client with a secret, or else as they say. */
async function authOf({ clientSecret }: OidcIssuer) {
  const { ClientSecretBasic, ClientSecretPost, None } = await import('openid-client');
  if (clientSecret === undefined) return None();
  const [basic, post] = [ClientSecretBasic(clientSecret), ClientSecretPost(clientSecret)];
  return (...[server, ...rest]: Parameters<typeof basic>) => {
    const { token_endpoint_auth_methods_supported: methods } = server;
    return (methods?.includes('client_secret_basic') === false ? post : basic)(server, ...rest);
  };
}

async function identify(
  configuration: Configuration,
  { state, nonce, verifier }: Attempt,
  callback: URL,
): Promise<Person> {
  const library = await import('openid-client');
  const tokens = await library.authorizationCodeGrant(configuration, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims) throw new Error('there is no ID token');
  const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
  const more = hasMore ? await library.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
  return toPerson({ ...claims, ...more, sub: claims.sub });
}

const maxSubjectLength = 255;
const maxTextLength = 320;

function toPerson(claims: { sub: string; [claim: string]: unknown }): Person {
  if (claims.sub === '' || claims.sub.length > maxSubjectLength || !isStorable(claims.sub))
    throw new Error('the subject is no text of 1 to 255 characters');
  const text = (name: string) => {
    const value = claims[name];
    const isUsable = typeof value === 'string' && value.length <= maxTextLength && isStorable(value);
    return isUsable && value.trim() !== '' ? value.trim() : undefined;
  };
  const email = text('email');
  const names = [text('preferred_username'), text('nickname'), text('name'), email];
  return {
    subject: claims.sub,
    email,
    // Some write it as a text.
    emailVerified: email !== undefined && [true, 'true'].includes(claims.email_verified as boolean | string), // safe: anything else is not included
    names: names.flatMap((name) => (name === undefined ? [] : [name.replace(/@.*$/u, '')])),
  };
}

const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();

/** An error, and what caused it. */
function* chainOf(error: unknown): Generator<Error> {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1)
    yield each;
}

const isUnreachable = (error: unknown): boolean =>
  [...chainOf(error)].some((each) => each instanceof IssuerUnreachable);

/** What may be logged of an error: neither its message nor what the issuer has sent, as both may quote a token. */
function factsOf(error: unknown): { code?: string; refusal?: string } {
  const facts: { code?: string; refusal?: string } = {};
  for (const each of chainOf(error)) {
    const { code, error: refusal } = each as { code?: unknown; error?: unknown }; // safe: both are checked
    if (typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code)) facts.code ??= code;
    if (typeof refusal === 'string' && /^[a-z_]{1,64}$/.test(refusal)) facts.refusal ??= refusal;
  }
  return facts;
}
