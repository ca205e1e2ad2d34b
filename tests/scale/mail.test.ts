import { expect, it } from 'vitest';
import { mailSettings, startMailServer, tokenIn } from '../support/mail.ts';
import { tally } from '../support/refusal.ts';
import { startCluster } from './support/cluster.ts';

const count = 40;

it('sends each mail once, whichever of two servers sends it', async () => {
  const post = await startMailServer();
  const settings = mailSettings(post.url);
  const { servers } = await startCluster([settings, settings]);
  const [deps] = servers.map((server) => server.deps);
  const names = Array.from({ length: count }, (_, index) => `user${index}`);
  const addressOf = (username: string) => `${username}@example.com`;
  await deps?.db.user.createMany({
    data: names.map((username) => ({ username, email: addressOf(username), password: '' })),
  });
  const now = BigInt(Date.now());
  await deps?.db.mail.createMany({
    data: names.map((username) => ({
      ...{ kind: 'verify', username, email: addressOf(username) },
      ...{ createdMs: now, dueMs: now },
    })),
  });
  for (const server of servers) server.deps.mailer?.wake();
  await post.until(() => post.mails.length >= count);
  await Promise.all(servers.map((server) => server.deps.mailer?.idle()));
  expect(post.mails.map(({ to }) => to[0]).sort()).toEqual(names.map(addressOf).sort());
  expect(await deps?.db.mail.count()).toBe(0);
});

it('sends at the next start what a server that died had begun to send', async () => {
  const post = await startMailServer();
  const { servers } = await startCluster([mailSettings(post.url)]);
  const { deps } = servers[0] ?? expect.fail('there is no server');
  await deps.db.user.create({ data: { username: 'ada', email: 'ada@example.com', password: '' } });
  const now = Date.now();
  const claimed = (email: string, dueMs: number) => ({
    ...{ kind: 'verify', username: 'ada', email, attempts: 1 },
    ...{ createdMs: BigInt(now - 400_000), dueMs: BigInt(dueMs) },
  });
  // That of a server which may still be sending is left to it.
  await deps.db.mail.createMany({ data: [claimed('ada@example.com', now + 200_000)] });
  deps.mailer?.wake();
  await deps.mailer?.idle();
  expect(post.mails).toHaveLength(0);
  await deps.db.mail.updateMany({ data: { dueMs: BigInt(now - 1) } });
  deps.mailer?.wake();
  await deps.mailer?.idle();
  expect(post.mails).toHaveLength(1);
});

it('takes a link for a new password at one of two servers, once, and ends sessions at both', async () => {
  const post = await startMailServer();
  const settings = mailSettings(post.url);
  const cluster = await startCluster([settings, settings]);
  const ada = await cluster.user('ada');
  expect(tokenIn(await post.next(), 'verify')).toBeTruthy();
  await Promise.all([ada.at(0).auth.me.query(), ada.at(1).auth.me.query()]);
  await cluster.api(1).auth.requestPasswordReset.mutate({ email: 'ada@example.com' });
  const token = tokenIn(await post.next(), 'reset');
  const reset = (node: number) =>
    cluster.api(node).auth.resetPassword.mutate({ token, newPassword: `password of node ${node}` });
  expect(await tally([reset(0), reset(1), reset(0), reset(1)])).toEqual({ ok: 1, LINK_EXPIRED: 3 });
  expect(await tally([ada.at(0).auth.me.query(), ada.at(1).auth.me.query()])).toEqual({ UNAUTHORIZED: 2 });
});

it('gives an address to one of two accounts that verify it at the same time', async () => {
  const post = await startMailServer();
  const settings = mailSettings(post.url);
  const cluster = await startCluster([settings, settings]);
  const tokens: string[] = [];
  for (const name of ['ada', 'bob']) {
    const user = await cluster.user(name);
    await post.next();
    await user.at(0).users.updateProfile.mutate({ email: 'shared@example.com' });
    const mails = [await post.next(), await post.next()];
    tokens.push(tokenIn(mails.find(({ to }) => to[0] === 'shared@example.com') ?? { text: '' }, 'verify'));
  }
  const verify = (token: string, node: number) => cluster.api(node).auth.verifyEmail.mutate({ token });
  expect(await tally(tokens.map(verify))).toEqual({ ok: 1, EMAIL_TAKEN: 1 });
});
