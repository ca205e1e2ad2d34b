import { expect, it } from 'vitest';
import { Batch } from '../../src/server/infra/live/batch.ts';
import type { PresenceEvent } from '../../src/server/infra/live/presence-events.ts';
import { type PresenceRecheck, presenceView, restricted } from '../../src/server/infra/live/presence-view.ts';

type Prepared = [PresenceEvent | PresenceRecheck, maySee: boolean | 'everybody may'];

/** What bob gets of events about carol. With each: whether he might see her when it was prepared. */
function seen(...events: Prepared[]): object[] {
  const received: object[] = [];
  const view = presenceView('bob', {
    send(batch) {
      received.push(...batch.events.map(({ data }) => data));
      return true;
    },
    drained: async () => {},
    drop() {},
  });
  for (const [event, maySee] of events) {
    const audience = { asked: new Set(['bob']), allowed: new Set(maySee ? ['bob'] : []) };
    const audiences = new Map(maySee === 'everybody may' ? [] : [['carol', audience]]);
    view.send(new Batch([restricted(event, audiences)], undefined));
  }
  return received;
}

const state = (...online: string[]): PresenceEvent => ({ type: 'state', online, typing: [] });
const online: PresenceEvent = { type: 'change', online: ['carol'] };
const offline: PresenceEvent = { type: 'change', offline: ['carol'] };
const recheck = (...present: string[]): PresenceRecheck => ({
  type: 'recheck',
  names: ['carol'],
  online: present,
  typing: [],
});

// Rules are read when an event is prepared, and may have changed since, or before the recheck that tells of it.
it.each([
  ['the state', [[state('carol'), true]]],
  [
    'a change',
    [
      [state(), true],
      [online, true],
    ],
  ],
  [
    'a recheck',
    [
      [state('carol'), false],
      [recheck('carol'), true],
    ],
  ],
  [
    'a state in which everybody might see her',
    [
      [state('carol'), 'everybody may'],
      [recheck('carol'), true],
    ],
  ],
] as [string, Prepared[]][])(
  'tells once that somebody is seen no longer who was shown by %s, whatever comes before the recheck',
  (_, before) => {
    const count = seen(...before).length;
    expect(seen(...before, [recheck('carol'), false]).slice(count)).toEqual([offline]);
    expect(seen(...before, [online, false], [recheck('carol'), false]).slice(count)).toEqual([offline]);
    expect(seen(...before, [offline, false], [recheck(), false]).slice(count)).toEqual([offline]);
    expect(seen(...before, [online, false], [recheck('carol'), true]).slice(count)).toEqual([
      offline,
      online,
    ]);
  },
);

it('tells nothing of somebody who was never seen', () => {
  const nothing = [state()];
  expect(seen([state('carol'), false], [online, false], [recheck('carol'), false])).toEqual(nothing);
  expect(seen([state(), false], [online, false], [recheck('carol'), false], [offline, false])).toEqual(
    nothing,
  );
  expect(seen([state(), false], [offline, false], [online, false], [offline, true])).toEqual(nothing);
});

it('tells nothing more of somebody who has gone', () => {
  expect(seen([state('carol'), true], [offline, true], [online, false], [offline, false])).toEqual([
    state('carol'),
    offline,
  ]);
});
