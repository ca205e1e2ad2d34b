import { expect, it } from 'vitest';
import { type Person, publicUrl, startIssuer, visit } from '../support/oidc.ts';
import { refusal, tally } from '../support/refusal.ts';
import { startCluster } from './support/cluster.ts';

const ada: Person = { id: 'ada', email: 'ada@example.com', email_verified: true, preferred_username: 'ada' };

async function setup() {
  const issuer = await startIssuer();
  issuer.serve(publicUrl);
  const settings = { publicUrl, oidc: [issuer.setting] };
  const cluster = await startCluster([settings, settings]);
  const arrive = async (node: number, link?: { client: ReturnType<typeof cluster.api> }) => {
    const { auth } = link?.client ?? cluster.api(node);
    const { url, login } = await auth.startOidc.mutate({ issuer: 'company', link: link !== undefined });
    return { login, url: await visit(url, ada, issuer) };
  };
  return { ...cluster, arrive };
}

it('finishes at one server what began at another, once', async () => {
  const { api, arrive } = await setup();
  const back = await arrive(0);
  expect(await tally([1, 0, 1, 0].map((node) => api(node).auth.finishOidc.mutate(back)))).toEqual({
    ok: 1,
    LOGIN_EXPIRED: 3,
  });
  const finished = await api(1).auth.finishOidc.mutate(await arrive(0));
  if (finished.status !== 'new') throw new Error(finished.status);
  const { login } = finished;
  const names = ['ada', 'lovelace', 'countess', 'augusta'];
  const made = names.map((username, index) => api(index % 2).auth.registerOidc.mutate({ login, username }));
  expect(await tally(made)).toEqual({ ok: 1, LOGIN_EXPIRED: 3 });
  expect(await api(1).auth.finishOidc.mutate(await arrive(0))).toMatchObject({ status: 'loggedIn' });
});

it('links a log-in with one account, and leaves each a way in, whichever servers are asked', async () => {
  const { api, user, arrive, servers } = await setup();
  const bob = await user('bob');
  const deps = servers[0]?.deps ?? expect.fail('there is no server');
  await deps.db.user.update({ where: { username: 'bob' }, data: { email: 'ada@example.com' } });
  const backs = [await arrive(0, { client: bob.at(0) }), await arrive(1, { client: bob.at(1) })];
  const linked = backs.map((back, node) => bob.at(node).auth.finishOidc.mutate(back));
  const outcome = await tally(linked);
  expect(outcome.ok).toBeGreaterThan(0);
  expect(await deps.db.identity.count()).toBe(1);
  const finished = await api(0).auth.finishOidc.mutate(await arrive(1));
  if (finished.status !== 'loggedIn') throw new Error(finished.status);
  const session = [0, 1].map((node) => api(node, finished.token));
  for (const { auth } of session) await auth.me.query();
  const [identity] = (await bob.at(1).auth.listOidc.query()).identities;
  const id = identity?.id ?? 0;
  await bob.at(1).auth.unlinkOidc.mutate({ id });
  for (const { auth } of session)
    await expect(auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});
