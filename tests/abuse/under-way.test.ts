import { expect, it, vi } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { openSocket } from '../support/raw-socket.ts';

const calls = 20_000;

it('begins few of the calls that one WebSocket sends without waiting, and answers them all', async () => {
  const { url, deps, user } = await startMirage();
  const bob = await user('bob');
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const { db } = deps;
  const count = vi.spyOn(db.user, 'findUnique').mockImplementation((() => held.then(() => ({}))) as never); // safe: what it finds is not looked at
  const { send, until, texts } = await openSocket(url, bob.token);
  for (let id = 1; id <= calls; id += 1)
    send({ id, method: 'query', params: { path: 'users.get', input: { username: 'bob' } } });

  await vi.waitFor(() => expect(count.mock.calls.length).toBeGreaterThan(0));
  // By the time that later requests are answered it has read all that it will.
  await fetch(`${url}/healthz`);
  await fetch(`${url}/healthz`);
  // A hundred, and what came in one piece with them.
  expect(count.mock.calls.length).toBeLessThan(1500);

  goOn();
  await until(() => texts.length === calls);
});
