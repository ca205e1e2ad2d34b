import { expect, it } from 'vitest';
import { exported, gonePast } from '../leaving/support.ts';
import { mailSettings, startMailServer, startWithMail } from '../support/mail.ts';
import { type Person, startWithIssuers } from '../support/oidc.ts';

const ada: Person = { id: 'ada-at-company', email: 'ada@example.com', email_verified: true };

it('tells of log-ins with other services that are linked or unlinked', async () => {
  const post = await startMailServer();
  const { user, finish } = await startWithIssuers(mailSettings(post.url));
  const { client } = await user('ada');
  await finish(ada, { client, link: true });
  const subject = 'The ways to log in to chat.example have been changed';
  expect(await post.next()).toMatchObject({ subject, to: ['ada@example.com'] });
  // The same once more changes nothing.
  await finish(ada, { client, link: true });
  const { identities } = await client.auth.listOidc.query();
  await client.auth.unlinkOidc.mutate({ id: identities[0]?.id ?? 0 });
  expect(await post.next()).toMatchObject({ subject, to: ['ada@example.com'] });
  expect(post.mails).toHaveLength(2);
});

it('tells when the archive of an account is ready', async () => {
  const { user, deps, post } = await startWithMail();
  const { client } = await user('ada');
  await client.auth.exportData.mutate();
  await exported(deps, 'ada');
  const mail = await post.next();
  expect(mail).toMatchObject({
    subject: 'Your data from chat.example is ready',
    to: ['ada@example.com'],
  });
  // It is for whoever is logged in, not for whoever reads the mail.
  expect(mail.text + mail.html).not.toMatch(/https?:/);
});

it('tells the owner of a deleted account, also if the mail server is away at that time', async () => {
  let isAway = true;
  const { user, deps, post, clock } = await startWithMail(
    {},
    { refuse: () => (isAway ? { code: 451, message: 'later' } : undefined) },
  );
  const { client, password } = await user('ada');
  await client.auth.deleteAccount.mutate({ password });
  await post.until(() => post.attempts.length > 0);
  await gonePast(deps, 'ada');
  await deps.mailer?.idle();
  isAway = false;
  clock.advance(3_600_000);
  deps.mailer?.wake();
  expect(await post.next()).toMatchObject({
    subject: 'Your account at chat.example has been deleted',
    to: ['ada@example.com'],
  });
  await expect.poll(() => deps.db.mail.count()).toBe(0);
});

it('deletes an account although the mail about it cannot be stored', async () => {
  const { user, deps, rest } = await startWithMail();
  const { client, username, password } = await user('ada');
  const dueMs = BigInt(Number.MAX_SAFE_INTEGER);
  const waiting = { kind: 'verify', username: 'bob', email: 'bob@example.com', createdMs: dueMs, dueMs };
  await deps.db.mail.createMany({ data: Array.from({ length: 10_000 }, () => waiting) });
  await client.auth.deleteAccount.mutate({ password });
  const [status] = await rest('POST', '/api/login', { username, password });
  expect(status).toBe(404);
});
