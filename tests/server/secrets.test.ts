import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { codeAt, stepOf } from '../support/factors.ts';
import { startMailServer, tokenIn } from '../support/mail.ts';
import { startIssuer, visit } from '../support/oidc.ts';
import { spawnMirage } from '../support/process.ts';

const publicUrl = 'http://localhost:5000';
const metricsToken = 'the-token-of-metrics';

/** A Mirage that logs all it can, measures, sends mail, and accepts log-ins of an issuer. */
async function start() {
  const post = await startMailServer();
  const issuer = await startIssuer();
  issuer.serve(publicUrl);
  const { url: issuerUrl, ...setting } = issuer.setting;
  const mirage = await spawnMirage({
    LOG_LEVEL: 'trace',
    METRICS_TOKEN: metricsToken,
    PUBLIC_URL: publicUrl,
    SMTP_URL: post.url,
    MAIL_FROM: 'mirage@chat.example',
    OIDC_ISSUERS: JSON.stringify([{ ...setting, issuer: issuerUrl }]),
  });
  return { post, issuer, mirage, url: await mirage.url() };
}

it('has no secret and no address of an account in its log and its metrics', async () => {
  const { post, issuer, mirage, url } = await start();
  const secrets = new Map<string, string>();
  const secret = <Value extends string | null | undefined>(
    name: string,
    value: Value,
  ): NonNullable<Value> => {
    secrets.set(name, value || expect.fail(`there is no ${name}`));
    return value as NonNullable<Value>; // safe: it is checked
  };
  const as = (token?: string) => createMirageClient({ url, ...(token && { token }) }).auth;
  const anybody = as();

  // An account, its address, and a way back in.
  const [username, email] = ['ada', secret('address', 'ada.lovelace@example.com')];
  const password = secret('password', 'a long enough one');
  await anybody.register.mutate({ username, email, password });
  const first = as(secret('session', (await anybody.login.mutate({ username, password })).token));
  const verification = secret('link to verify', tokenIn(await post.next(), 'verify'));
  await anybody.verifyEmail.mutate({ token: verification });
  await expect(anybody.verifyEmail.mutate({ token: verification })).rejects.toThrow();
  await first.createTicket.mutate().then(({ ticket }) => secret('ticket', ticket));
  await anybody.requestPasswordReset.mutate({ email });
  const reset = secret('link to reset', tokenIn(await post.next(), 'reset'));
  const newPassword = secret('new password', 'another long enough one');
  await anybody.resetPassword.mutate({ token: reset, newPassword });
  await expect(anybody.resetPassword.mutate({ token: reset, newPassword })).rejects.toThrow();
  await expect(anybody.login.mutate({ username, password })).rejects.toThrow();

  // Second factors.
  const login = await anybody.login.mutate({ username, password: newPassword });
  const second = as(secret('second session', login.token));
  const app = await second.startTotp.mutate({});
  secret('secret of the app', app.secret);
  const code = secret('code of the app', codeAt(app.secret, Date.now()));
  const { recoveryCodes } = await second.finishTotp.mutate({ code });
  for (const [index, each] of (recoveryCodes ?? []).entries()) secret(`recovery code ${index}`, each);
  const device = createAuthenticator();
  const asked = await second.startPasskey.mutate({});
  secret('challenge of a passkey', asked.challenge);
  await second.finishPasskey.mutate({ name: 'Laptop', passkey: device.make(asked) });
  const step = stepOf(await anybody.login.mutate({ username, password: newPassword }));
  secret('challenge', step.token);
  const wrong = { challenge: step.token, code: secret('wrong code', 'wrong-wrong-wrong') };
  await expect(anybody.finishLogin.mutate(wrong)).rejects.toThrow();
  const right = { challenge: step.token, code: recoveryCodes?.[0] ?? '' };
  const third = as(secret('third session', (await anybody.finishLogin.mutate(right)).token));
  const passkey = device.use(await anybody.startPasskeyLogin.mutate());
  secret('signature of a passkey', passkey.response.signature);
  const fourth = await anybody.finishPasskeyLogin.mutate({ passkey });
  secret('fourth session', fourth.token);

  // A log-in elsewhere, twice.
  const person = {
    id: secret('subject', 'eve-at-company'),
    email: secret('other address', 'eve@example.org'),
  };
  const begun = await anybody.startOidc.mutate({ issuer: 'company' });
  secret('log-in elsewhere', begun.login);
  const returned = await visit(begun.url, { ...person, email_verified: true }, issuer);
  for (const name of ['code', 'state']) secret(name, new URL(returned).searchParams.get(name));
  secret('nonce', new URL(begun.url).searchParams.get('nonce'));
  // The browser comes back to the server, which hands the answer to the page.
  await fetch(url + returned.slice(publicUrl.length), { redirect: 'manual' });
  const found = await anybody.finishOidc.mutate({ login: begun.login, url: returned });
  if (found.status !== 'new') throw new Error(found.status);
  secret('confirmed log-in', found.login);
  const eve = await anybody.registerOidc.mutate({ login: found.login, username: 'eve' });
  secret('session elsewhere', eve.token);
  await expect(anybody.finishOidc.mutate({ login: begun.login, url: returned })).rejects.toThrow();

  // A token, an archive, and the way out.
  const forPrograms = await third.createToken.mutate({ name: 'script', scopes: ['inbox:read'] });
  secret('access token', forPrograms.token);
  await fetch(`${url}/api/get_inbox`, { headers: { authorization: forPrograms.token } });
  await third.exportData.mutate();
  await expect.poll(async () => (await third.getExport.query())?.url).toBeTruthy();
  const { pathname, search, searchParams } = new URL((await third.getExport.query())?.url ?? '');
  secret('signature of the archive', searchParams.get('signature'));
  expect((await fetch(url + pathname + search)).status).toBe(200);
  await third.deleteAccount.mutate({ password: newPassword });

  const metrics = await fetch(`${url}/metrics`, {
    headers: { authorization: `Bearer ${metricsToken}` },
  });
  const texts = { log: mirage.lines.join('\n'), metrics: await metrics.text() };
  expect(texts.log).toContain('/trpc/auth.finishPasskeyLogin');
  expect(texts.metrics).toContain('mirage_');
  for (const [where, text] of Object.entries(texts))
    for (const [name, value] of secrets)
      expect(
        text.includes(value) || text.includes(encodeURIComponent(value)),
        `${name} in the ${where}`,
      ).toBe(false);
  expect(secrets.size).toBeGreaterThan(35);
}, 60_000);
