import { expect, it, vi } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { openSocket } from '../support/raw-socket.ts';

const calls = 20_000;

it('bounds the calls in progress of one WebSocket, and answers them all', async () => {
  const { url, deps, user } = await startMirage();
  const bob = await user('bob');
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const count = vi.spyOn(deps, 'sql').mockImplementation(() => held.then(() => []));
  const { send, until, texts } = await openSocket(url, bob.token);
  for (let id = 1; id <= calls; id += 1)
    send({ id, method: 'query', params: { path: 'users.get', input: { username: 'bob' } } });

  await vi.waitFor(() => expect(count.mock.calls.length).toBeGreaterThan(0));
  // Once later requests of other connections are answered, the server has read all it will of this one.
  await fetch(`${url}/healthz`);
  await fetch(`${url}/healthz`);
  // A hundred, plus those that arrived in the same packet.
  expect(count.mock.calls.length).toBeLessThan(1500);

  goOn();
  await until(() => texts.length === calls);
});
