import { describe, expect, it, vi } from 'vitest';
import { recheckAccessMs } from '../../src/server/infra/live/timing.ts';
import { watchSubscribers } from '../../src/server/services/operations/recheck-access.ts';
import { transports } from '../support/live.ts';
import { refusal } from '../support/refusal.ts';
import { ada, bob, call, fakeHost, startHost } from './support.ts';

const users = { 'token of ada': ada, 'second of ada': ada, 'token of bob': bob };
const secondMs = 1000;

describe.each(transports)('over %s', (transport) => {
  /** Ada has two subscriptions and bob one; `check` runs one round of access checks. */
  async function setup() {
    const host = fakeHost(users);
    const mirage = await startHost(host);
    const open = async (token: string) => {
      const inbox = mirage.live(token, transport).inbox('0');
      await inbox.started();
      return inbox;
    };
    const adas = await open('token of ada');
    const second = await open('second of ada');
    const bobs = await open('token of bob');
    const listening = (count: number) =>
      vi.waitFor(() => expect(mirage.deps.hub.size).toBe(count), { timeout: 10_000 });
    await listening(3); // an event stream is accepted before it is subscribed
    async function checkSessions() {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      try {
        const stop = watchSubscribers(mirage.deps);
        mirage.clock.advance(recheckAccessMs);
        vi.advanceTimersByTime(recheckAccessMs);
        stop();
      } finally {
        vi.useRealTimers();
      }
    }
    return { ...mirage, host, adas, second, bobs, listening, checkSessions };
  }

  it('a user who has logged out at the host is disconnected at the next check, others are not', async () => {
    const { host, adas, second, bobs, checkSessions, url, client } = await setup();
    host.tokens.delete('token of ada');
    await checkSessions();
    await adas.ended();
    expect(adas.ends).toEqual(['UNAUTHORIZED']);
    expect((await call(url, 'token of ada')).status).toBe(401);
    await client('token of bob').inbox.sendMessage.mutate({ recipient: 'ada', text: 'still there?' });
    await Promise.all([second.word('still there?'), bobs.word('still there?')]);
    expect(adas.words).toEqual([]);
  });

  it('the host ends the sessions of a user immediately', async () => {
    const { host, adas, second, bobs, mirage, listening } = await setup();
    host.tokens.delete('token of ada');
    host.tokens.delete('second of ada');
    await mirage.endSessions({ username: 'ada' });
    await listening(1);
    await Promise.all([adas.ended(), second.ended()]);
    expect([adas.ends, second.ends, bobs.ends]).toEqual([['UNAUTHORIZED'], ['UNAUTHORIZED'], []]);
  });

  it('the host ends the session of one token immediately', async () => {
    const { host, adas, second, mirage, listening, url } = await setup();
    host.tokens.delete('token of ada');
    await mirage.endSessions({ token: 'token of ada' });
    await listening(2);
    await adas.ended();
    expect(second.ends).toEqual([]);
    expect((await call(url, 'token of ada')).status).toBe(401);
    expect((await call(url, 'second of ada')).status).toBe(200);
  });

  it('subscribers are disconnected while the host is unavailable, and resume afterwards', async () => {
    const { host, adas, bobs, checkSessions, listening, client } = await setup();
    host.think = async () => {
      throw new Error('no database');
    };
    await checkSessions();
    await listening(0);
    expect([...adas.ends, ...bobs.ends]).toEqual([]); // the client tries again by itself
    host.think = async () => {};
    await client('token of bob').inbox.sendMessage.mutate({ recipient: 'ada', text: 'are you back?' });
    await Promise.all([adas.word('are you back?'), bobs.word('are you back?')]);
  });
});

describe('a session', () => {
  it('ended by the host is reopened if the host still accepts the token', async () => {
    const { mirage, client, url } = await startHost(fakeHost(users));
    const [before] = await client('token of ada').auth.listSessions.query();
    await mirage.endSessions({ username: 'ada' });
    const [after] = await client('token of ada').auth.listSessions.query();
    expect(after?.id).not.toBe(before?.id);
    expect((await call(url, 'token of ada')).status).toBe(200);
  });

  it('ended by its user stays ended, though the host accepts the token', async () => {
    const { client, url, clock } = await startHost(fakeHost(users));
    const mirage = client('token of ada');
    const second = client('second of ada');
    await second.auth.me.query();
    await mirage.auth.logout.mutate();
    for (const _ of [1, 2]) {
      expect((await call(url, 'token of ada')).status).toBe(401);
      clock.advance(60 * secondMs);
    }
    const sessions = await second.auth.listSessions.query();
    expect(sessions).toMatchObject([{ current: true }]);
    await second.auth.revokeSession.mutate({ id: sessions[0]?.id ?? 0 });
    await expect(second.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  });

  it('is not opened by an answer of the host that is outdated on arrival', async () => {
    const host = fakeHost(users);
    const { mirage, url, deps } = await startHost(host);
    let answer = () => {};
    host.think = async () => {
      // The host looks the token up, then ada logs out, and only then does the answer arrive.
      await new Promise<void>((resolve) => (answer = resolve));
    };
    const calling = call(url, 'token of ada');
    while (host.asked.length === 0) await new Promise(setImmediate);
    const vouching = host.tokens.get('token of ada');
    host.tokens.delete('token of ada');
    await mirage.endSessions({ username: 'ada' });
    if (vouching) host.tokens.set('token of ada', vouching);
    const first = answer;
    host.think = async () => void host.tokens.delete('token of ada');
    first();
    expect((await calling).status).toBe(401);
    expect(host.asked).toHaveLength(2);
    expect(await deps.db.session.count()).toBe(0);
  });
});
