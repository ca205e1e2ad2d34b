import { expect, it } from 'vitest';
import { createLogger } from '../../src/server/core/logger.ts';
import { createMemoryEventBus } from '../../src/server/infra/bus/memory-event-bus.ts';
import type { LiveEvent } from '../../src/server/infra/live/batch.ts';
import { createHub } from '../../src/server/infra/live/hub.ts';
import { createPresence, type PresenceRules } from '../../src/server/infra/live/presence.ts';
import { presenceView } from '../../src/server/infra/live/presence-view.ts';
import { createUserPresence } from '../../src/server/infra/live/user-presence.ts';
import { createWaiting } from '../support/waiting.ts';

/** All that is needed to tell of presence, with rules that are asked in the database otherwise. */
function setup(audiences: PresenceRules['audiences']) {
  const rules: PresenceRules = { audiences, forget() {} };
  const log = createLogger('silent');
  const bus = createMemoryEventBus();
  const hub = createHub(bus, log);
  const presence = createPresence(hub, bus, rules);
  const userPresence = createUserPresence(hub, bus, rules, presence, log);
  const options = { after: undefined, signal: undefined };
  const none = { read: async () => ({ events: [], complete: true, position: '' }), isNewer: () => false };

  async function watch(viewer: string, watched: string[]) {
    const events: object[] = [];
    const { changed, until } = createWaiting(() => events);
    const facts = { username: viewer, sessionId: 1, watched };
    const source = userPresence.source(viewer, watched);
    const subscription = await hub.open(userPresence.newTopic(viewer), source, facts, {
      ...options,
      view: (sink) => presenceView(viewer, sink),
    });
    subscription.attach({
      send(batch: { events: readonly LiveEvent[] }) {
        events.push(...batch.events.map(({ data }) => data));
        changed();
        return true;
      },
      drained: async () => {},
      drop() {},
    });
    return { events, subscription, count: (count: number) => until(() => events.length >= count) };
  }

  return {
    watch,
    come: (username: string) => hub.open('inbox', none, { username, sessionId: 2 }, options),
  };
}

it('asks only about users who are watched, and only for those who still watch them', async () => {
  const asked: [names: string[], viewers: string[]][] = [];
  const { watch, come } = setup(async (names, viewers) => {
    asked.push([names, viewers]);
    const allowed = new Set(viewers);
    return new Map(names.filter((name) => name === 'ada').map((name) => [name, { asked: allowed, allowed }]));
  });
  const ofAda = await watch('viewer', ['ada', ...Array.from({ length: 499 }, (_, index) => `user${index}`)]);
  const ofBob = await watch('another', ['bob']);
  await Promise.all([ofAda.count(1), ofBob.count(1)]);
  expect(asked).toEqual([
    [[], ['viewer']],
    [[], ['another']],
  ]);
  asked.length = 0;
  await Promise.all(['ada', 'bob', 'cleo'].map((name) => come(name)));
  await Promise.all([ofAda.count(2), ofBob.count(2)]);
  expect([ofAda.events[1], ofBob.events[1]]).toEqual([
    { type: 'change', online: ['ada'] },
    { type: 'change', online: ['bob'] },
  ]);
  expect(asked).toEqual([
    [['ada', 'bob'], []],
    [['ada'], ['viewer']],
  ]);

  ofAda.subscription.end();
  asked.length = 0;
  const ofDora = await watch('third', ['dora']);
  await ofDora.count(1);
  await Promise.all(['user0', 'dora'].map((name) => come(name)));
  await ofDora.count(2);
  expect(asked).toEqual([
    [[], ['third']],
    [['dora'], []],
  ]);
});

it('sends the state again when a change could not be told', async () => {
  let isAway = false;
  let failures = 0;
  const { watch, come } = setup(async () => {
    if (!isAway) return new Map();
    isAway = false;
    failures += 1;
    throw new Error('the database is away');
  });
  const watching = await watch('viewer', ['ada']);
  await watching.count(1);
  isAway = true;
  await come('ada');
  await watching.count(2);
  expect([failures, watching.events]).toEqual([
    1,
    [
      { type: 'state', online: [], typing: [] },
      { type: 'state', online: ['ada'], typing: [] },
    ],
  ]);
});
