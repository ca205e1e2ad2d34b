import { expect, it } from 'vitest';
import { refused, runCommand, runJson } from '../support/command.ts';
import { startMirage } from '../support/harness.ts';
import { times } from '../support/limits.ts';
import { tally } from '../support/refusal.ts';

interface Limit {
  name: string;
  user?: string;
  address?: string;
  retryAfterMs: number;
}

async function startWithAda() {
  const mirage = await startMirage({ rateLimit: true });
  const ada = await mirage.user('ada');
  const logIn = (password = ada.password, username = 'ada') =>
    mirage.client().auth.login.mutate({ username, password });
  await logIn(); // from now on the address is one that she has logged in from
  return { ...mirage, ada, logIn };
}

const subjects = (limits: Limit[]) => limits.map(({ name, user, address }) => [name, user, address]);

it('lists reached limits and lifts those of a user or an address', async () => {
  const mirage = await startWithAda();
  const { logIn, deps } = mirage;
  expect(await runJson<Limit>(['limits', 'list'], mirage)).toEqual([]);
  await tally(times(11, () => logIn('wrong')));
  await tally(times(10, () => logIn('wrong', 'nobody')));
  while ((await deps.limits.count('register', '127.0.0.1')) === 0);

  const reached = await runJson<Limit>(['limits', 'list'], mirage);
  expect(subjects(reached).sort()).toEqual([
    ['login', 'nobody', undefined],
    ['loginFromKnownAddress', 'ada', '127.0.0.1'],
    ['register', undefined, '127.0.0.1'],
  ]);
  expect(reached[0]?.retryAfterMs).toBeGreaterThan(0);

  const lifted = await runJson<Limit>(['limits', 'lift', '--user', 'ada'], mirage);
  expect(subjects(lifted)).toEqual([['loginFromKnownAddress', 'ada', '127.0.0.1']]);
  await logIn();
  await runCommand(['limits', 'lift', '--address', '::ffff:127.0.0.1'], mirage);
  expect(subjects(await runJson<Limit>(['limits', 'list'], mirage))).toEqual([
    ['login', 'nobody', undefined],
  ]);
  await runCommand(['limits', 'lift', '--all'], mirage);
  expect((await runCommand(['limits', 'list'], mirage)).stdout).toBe('limit  user  address  seconds\n');
});

it('requires a choice of limits to lift', async () => {
  const mirage = await startWithAda();
  expect(await runCommand(['limits', 'lift'], mirage)).toEqual(
    refused(/choose the limits to lift with --user, --address or --all/),
  );
});

it('lets a user log in immediately after a password reset', async () => {
  const mirage = await startWithAda();
  const { logIn } = mirage;
  await tally(times(10, () => logIn('wrong')));
  const { code } = await runCommand(['user', 'reset-password', 'ada', '--password-stdin'], {
    ...mirage,
    stdin: 'a new password',
  });
  expect(code).toBe(0);
  await logIn('a new password');
});
