import type { MirageClient } from '../../client/index.ts';
import { base } from '../base.ts';

const home = new URL('oidc', base);

/** Sends the browser to another service, which sends it back to the page `#/oidc`. What finishes it waits in a cookie that no script can read. */
export async function goToIssuer(
  { auth }: Pick<MirageClient, 'auth'>,
  input: { issuer: string; link?: boolean },
): Promise<void> {
  const { url, login } = await auth.startOidc.mutate(input);
  const response = await fetch(home, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login }),
  });
  if (!response.ok) throw new Error(`no log-in: status ${response.status}`);
  location.assign(url);
}

/** What `auth.finishOidc` needs, once; undefined if none is under way in this browser. */
export async function takeReturn(): Promise<{ login: string; url: string } | undefined> {
  const response = await fetch(new URL('oidc/return', base), { method: 'POST' });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`no log-in: status ${response.status}`);
  return (await response.json()) as { login: string; url: string }; // safe: as the server sends it
}
