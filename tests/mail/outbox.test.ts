import { expect, it, onTestFinished, vi } from 'vitest';
import { openDeps } from '../../src/server/app/deps.ts';
import { createLink } from '../../src/server/services/mail/links.ts';
import { maxWaiting } from '../../src/server/services/mail/outbox.ts';
import { startMirage } from '../support/harness.ts';
import { mailSettings, startMailServer, startWithMail, tokenIn } from '../support/mail.ts';
import { metricsToken, scrape } from '../support/metrics.ts';
import { refusal } from '../support/refusal.ts';

const minuteMs = 60_000;

/** Asks for mails to addresses of accounts. */
async function startAsking(...args: Parameters<typeof startWithMail>) {
  const mirage = await startWithMail(...args);
  const ask = async (username: string) => {
    await mirage.client().auth.requestPasswordReset.mutate({ email: `${username}@example.com` });
    await mirage.deps.mailer?.idle();
  };
  const again = async (ms: number) => {
    mirage.clock.advance(ms);
    mirage.deps.mailer?.wake();
    await mirage.deps.mailer?.idle();
  };
  return { ...mirage, ask, again };
}

it('tries again, later each time, while a mail server puts a mail off', async () => {
  let answer: { code: number; message: string } | undefined = { code: 450, message: 'try later' };
  const { ask, again, user, post, deps } = await startAsking({}, { refuse: () => answer });
  await user('ada');
  await ask('ada');
  expect(post.attempts).toHaveLength(1);
  await again(29_000);
  expect(post.attempts).toHaveLength(1);
  await again(1000);
  expect(post.attempts).toHaveLength(2);
  await again(59_000);
  expect(post.attempts).toHaveLength(2);
  answer = undefined;
  await again(1000);
  expect(post.mails).toHaveLength(1);
  expect(await deps.db.mail.count()).toBe(0);
});

it('gives up what the server refuses for good, and sends the others', async () => {
  const refuse = (address: string) =>
    address.startsWith('ada') ? { code: 550, message: `no such user ${address}` } : undefined;
  const { ask, user, post, deps } = await startAsking({}, { refuse });
  await user('ada');
  await user('bob');
  await ask('ada');
  await ask('bob');
  expect(post.attempts).toEqual(['ada@example.com', 'bob@example.com']);
  expect(post.mails.map(({ to }) => to[0])).toEqual(['bob@example.com']);
  expect(await deps.db.mail.count()).toBe(0);
});

it('gives up a link for a new password after an hour, and all else after a day', async () => {
  const { ask, again, user, client, deps } = await startAsking(
    {},
    {
      refuse: () => ({ code: 450, message: 'try later' }),
    },
  );
  await user('ada');
  await ask('ada');
  await client().auth.register.mutate({
    username: 'bob',
    email: 'bob@example.com',
    password: 'a secret one',
  });
  await again(61 * minuteMs);
  expect(await deps.db.mail.findMany({ select: { kind: true } })).toEqual([{ kind: 'verify' }]);
  await again(24 * 60 * minuteMs);
  expect(await deps.db.mail.count()).toBe(0);
});

it('sends after a restart what was stored while the mail server was away', async () => {
  const first = await startMailServer();
  const before = await startMirage(mailSettings(first.url));
  await first.close();
  await before.user('ada');
  await before.client().auth.requestPasswordReset.mutate({ email: 'ada@example.com' });
  await before.deps.mailer?.idle();
  await before.close();

  const second = await startMailServer();
  const { databaseUrl } = before.deps.config;
  const after = await startMirage({ ...mailSettings(second.url), databaseUrl }, before.clock() + minuteMs);
  expect(await second.next()).toMatchObject({ to: ['ada@example.com'] });
  await after.deps.mailer?.idle();
  expect(await after.deps.db.mail.count()).toBe(0);
});

it('does not keep a shutdown waiting for a mail server that does not answer', {
  timeout: 20_000,
}, async () => {
  let release = () => {};
  const held = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  onTestFinished(release);
  const { client, user, post, deps, close } = await startWithMail({}, { beforeAnswer: () => held });
  await user('ada');
  await client().auth.requestPasswordReset.mutate({ email: 'ada@example.com' });
  await post.until(() => post.attempts.length === 1);
  await close();
  expect(deps.config.mail).toBeDefined();
});

it('takes no more than so many mails that wait, and says so', async () => {
  const { client, deps } = await startAsking();
  const dueMs = BigInt(deps.clock() + minuteMs);
  const mail = { kind: 'verify', username: 'nobody', email: 'x', createdMs: dueMs, dueMs };
  await deps.db.mail.createMany({ data: Array.from({ length: maxWaiting }, () => mail) });
  await expect(client().auth.requestPasswordReset.mutate({ email: 'ada@example.com' })).rejects.toMatchObject(
    refusal('TOO_MANY_REQUESTS'),
  );
  // Nobody is kept from registering.
  await client().auth.register.mutate({
    username: 'bob',
    email: 'bob@example.com',
    password: 'a secret one',
  });
  expect(await deps.db.mail.count()).toBe(maxWaiting);
});

it('keeps links to the newest five of each account', async () => {
  const { ask, user, deps } = await startAsking();
  await user('ada');
  for (let time = 0; time < 7; time += 1) await ask('ada');
  expect(await deps.db.linkToken.count()).toBe(5);
});

it('ends no link for mails that the mail server does not take, and keeps no token of them', async () => {
  let answer: { code: number; message: string } | undefined;
  const { ask, again, user, post, deps, client } = await startAsking({}, { refuse: () => answer });
  await user('ada');
  for (let time = 0; time < 5; time += 1) await ask('ada');
  const [oldest, ...others] = post.mails.map((mail) => tokenIn(mail, 'reset'));
  const before = await deps.db.linkToken.findMany();
  answer = { code: 451, message: 'try later' };
  for (let time = 0; time < 3; time += 1) await ask('ada');
  for (let time = 0; time < 5; time += 1) await again(5 * minuteMs);
  expect(post.attempts.length).toBeGreaterThan(13);
  expect(await deps.db.linkToken.findMany()).toEqual(before);
  answer = { code: 550, message: 'no such user' };
  await again(30 * minuteMs);
  expect([await deps.db.mail.count(), await deps.db.linkToken.findMany()]).toEqual([0, before]);

  answer = undefined;
  await ask('ada');
  expect(await deps.db.linkToken.count()).toBe(5);
  const reset = (token = '') =>
    client().auth.resetPassword.mutate({ token, newPassword: 'another password' });
  await expect(reset(oldest)).rejects.toMatchObject(refusal('LINK_EXPIRED'));
  expect(await reset(others[0])).toEqual({ username: 'ada' });
});

it('keeps few links of mails of which it does not learn whether they were taken', async () => {
  const { user, deps } = await startAsking();
  await user('ada');
  const link = { kind: 'reset', username: 'ada', email: 'ada@example.com' } as const;
  for (let time = 0; time < 20; time += 1) await createLink(deps, link);
  expect(await deps.db.linkToken.count()).toBe(10);
});

it('sends without TLS to this machine alone, unless the URL allows it', async () => {
  // Also this machine, but by an address that does not say so.
  const post = await startMailServer({ host: '127.0.0.2' });
  const away = post.url;
  for (const [url, mails] of [
    [away, 0],
    [`${away}?tls=optional`, 1],
  ] as const) {
    const { user, client, deps } = await startMirage(mailSettings(url));
    await user('ada');
    await client().auth.requestPasswordReset.mutate({ email: 'ada@example.com' });
    await deps.mailer?.idle();
    expect([url, post.mails.length]).toEqual([url, mails]);
  }
});

it('logs in to the mail server, and sends nothing to one that knows no log-in', async () => {
  const names: (string | undefined)[] = [];
  const careful = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      names.push(username);
      if (password === 'p@ss word') return done(null, { user: username });
      done(new Error('no'));
    },
  });
  const open = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  for (const { port } of [careful, open]) {
    const url = `smtp://mirage:p%40ss%20word@127.0.0.1:${port}`;
    const { user, client, deps } = await startMirage(mailSettings(url));
    await user('ada');
    await client().auth.requestPasswordReset.mutate({ email: 'ada@example.com' });
    await deps.mailer?.idle();
  }
  expect(names).toEqual(['mirage']);
  expect([careful.mails.length, open.mails.length]).toEqual([1, 0]);
});

it('counts mails, and writes no address and no token to the log', async () => {
  const refuse = (address: string) =>
    address.startsWith('bob')
      ? { code: 550, message: `no ${address}` }
      : address.startsWith('carol')
        ? { code: 450, message: `not now ${address}` }
        : undefined;
  const { url, client, user, post, deps } = await startWithMail({ metricsToken }, { refuse });
  const warn = vi.spyOn(deps.log, 'warn');
  for (const name of ['ada', 'bob', 'carol']) {
    await user(name);
    await client().auth.requestPasswordReset.mutate({ email: `${name}@example.com` });
    await deps.mailer?.idle();
  }
  expect(post.mails).toHaveLength(1);
  expect(warn.mock.calls).toEqual([
    [{ kind: 'reset', username: 'bob', code: 'EENVELOPE 550' }, 'the mail server has refused a mail'],
    [{ kind: 'reset', code: 'EENVELOPE 450' }, 'sending a mail failed; it will be tried again'],
  ]);
  const { samples } = await scrape(url);
  const counted = samples.filter(({ name }) => name === 'mirage_mails_total');
  expect(Object.fromEntries(counted.map(({ labels, value }) => [labels.outcome, value]))).toEqual({
    sent: 1,
    rejected: 1,
    failed: 1,
  });
});

it('does not start with settings that do not fit together', async () => {
  const { deps } = await startMirage();
  await expect(
    openDeps({ ...deps.config, ...mailSettings('smtp://127.0.0.1'), publicUrl: undefined }),
  ).rejects.toThrow('PUBLIC_URL must be set with SMTP_URL');
  await expect(openDeps({ ...deps.config, requireVerifiedEmail: true })).rejects.toThrow(
    'SMTP_URL must be set with REQUIRE_VERIFIED_EMAIL',
  );
});
