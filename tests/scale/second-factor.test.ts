import { expect, it } from 'vitest';
import { createAuthenticator } from '../support/authenticator.ts';
import { codeAt, stepOf } from '../support/factors.ts';
import { tally } from '../support/refusal.ts';
import { startCluster } from './support/cluster.ts';

it('takes a challenge of one server, a code and a passkey once at two', async () => {
  const cluster = await startCluster();
  const ada = await cluster.user('ada');
  const { auth } = ada.at(0);
  const { secret } = await auth.startTotp.mutate({});
  // The clock of these servers is the real one: codes of the next step count as well.
  const begun = Date.now();
  const { recoveryCodes } = await ada.at(1).auth.finishTotp.mutate({ code: codeAt(secret, begun) });
  const device = createAuthenticator();
  const passkey = device.make(await auth.startPasskey.mutate({}));
  await ada.at(1).auth.finishPasskey.mutate({ name: 'Phone', passkey });

  const { username, password } = ada;
  const challenge = async (node: number) =>
    stepOf(await cluster.api(node).auth.login.mutate({ username, password })).token;
  const finish = (node: number, step: string, code: string) =>
    cluster.api(node).auth.finishLogin.mutate({ challenge: step, code });

  // Each of them alone: the challenge, the code of the app, a recovery code.
  const step = await challenge(0);
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = recoveryCodes ?? [];
  const codes = [first, second, third, fourth];
  const ofChallenge = await tally(codes.map((code, index) => finish(index % 2, step, code)));
  expect(ofChallenge).toEqual({ ok: 1, CHALLENGE_EXPIRED: 3 });

  const steps = await Promise.all([0, 1, 0, 1].map(challenge));
  const code = codeAt(secret, begun + 30_000);
  const ofCode = await tally(steps.map((each, index) => finish(index % 2, each, code)));
  expect(ofCode).toEqual({ ok: 1, WRONG_CODE: 3 });

  const more = await Promise.all([0, 1, 0, 1].map(challenge));
  const ofRecovery = await tally(more.map((each, index) => finish(index % 2, each, fifth)));
  expect(ofRecovery).toEqual({ ok: 1, WRONG_CODE: 3 });

  const used = device.use(await cluster.api(0).auth.startPasskeyLogin.mutate());
  const enter = (node: number) => cluster.api(node).auth.finishPasskeyLogin.mutate({ passkey: used });
  expect(await tally([enter(0), enter(1), enter(0), enter(1)])).toEqual({ ok: 1, INVALID_PASSKEY: 3 });
});

it('removes of two last factors one, where one is required, and makes one set of recovery codes for two first ones', async () => {
  const cluster = await startCluster([{}, {}]);
  const ada = await cluster.user('ada');
  const devices = [createAuthenticator(), createAuthenticator()];
  const added = await Promise.all(
    devices.map(async (device, node) => {
      const { auth } = ada.at(node);
      const passkey = device.make(await auth.startPasskey.mutate({}));
      return auth.finishPasskey.mutate({ name: `Key ${node}`, passkey });
    }),
  );
  expect(added.filter(({ recoveryCodes }) => recoveryCodes !== null)).toHaveLength(1);
  const [deps] = cluster.servers.map((server) => server.deps);
  expect(await deps?.db.recoveryCode.count()).toBe(10);

  for (const server of cluster.servers) Object.assign(server.deps.config, { requireSecondFactor: true });
  const { passkeys } = await ada.at(0).auth.listFactors.query();
  const removals = passkeys.map(({ id }, node) => ada.at(node).auth.removePasskey.mutate({ id }));
  expect(await tally(removals)).toEqual({ ok: 1, SECOND_FACTOR_REQUIRED: 1 });
  expect(await deps?.db.passkey.count()).toBe(1);
});
