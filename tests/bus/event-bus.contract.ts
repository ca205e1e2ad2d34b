import { beforeEach, describe, expect, it } from 'vitest';
import type { EphemeralEvent, EventBus } from '../../src/server/infra/bus/event-bus.ts';
import { createWaiting } from '../support/waiting.ts';

/** What every event bus promises. Signals may come late, so that nothing is asked of them before a later one came. */
export function describeEventBus(name: string, open: () => EventBus | Promise<EventBus>): void {
  describe(`${name}: an event bus`, () => {
    let bus: EventBus;
    const heard: [listener: string, event?: EphemeralEvent][] = [];
    const { changed, until } = createWaiting(() => heard);

    beforeEach(async () => {
      heard.length = 0;
      bus = await open();
    });

    function listen(listener: string, topic = listener): Promise<() => void> {
      return bus.subscribe(topic, (event) => {
        heard.push(event === undefined ? [listener] : [listener, event]);
        changed();
      });
    }

    /** Once the last word is heard, all that was published before it has been. */
    async function settled(): Promise<void> {
      const stop = await listen('last word');
      await bus.publish('last word');
      await until(() => heard.some(([listener]) => listener === 'last word'));
      heard.splice(
        heard.findIndex(([listener]) => listener === 'last word'),
        1,
      );
      stop();
    }

    it('notifies the listeners of a topic, and no others', async () => {
      await listen('room:1');
      await listen('room:10');
      await bus.publish('room:1');
      await settled();
      expect(heard).toEqual([['room:1']]);
    });

    it('notifies every listener of a topic', async () => {
      await listen('first', 'room');
      await listen('second', 'room');
      await bus.publish('room');
      await settled();
      expect(heard.sort()).toEqual([['first'], ['second']]);
    });

    it('delivers events complete and in order, and signals without a payload as such', async () => {
      await listen('room');
      const events = [{ type: 'typing', who: ['ada', '世界'], deep: { n: 1 } }, {}, { last: true }];
      for (const event of events) await bus.publish('room', event);
      await bus.publish('room');
      await settled();
      expect(heard).toEqual([...events.map((event) => ['room', event]), ['room']]);
    });

    it('delivers nothing that was published before a listener subscribed', async () => {
      await bus.publish('room', { early: true });
      await listen('room');
      await settled();
      expect(heard).toEqual([]);
    });

    it('delivers nothing to a listener that has stopped', async () => {
      const stop = await listen('first', 'room');
      await listen('second', 'room');
      stop();
      await bus.publish('room');
      await settled();
      expect(heard).toEqual([['second']]);
    });

    it('accepts stopping a listener twice', async () => {
      const stop = await listen('first', 'room');
      stop();
      await listen('second', 'room');
      stop();
      await bus.publish('room');
      await settled();
      expect(heard).toEqual([['second']]);
    });

    it('treats two subscriptions of one listener independently', async () => {
      let calls = 0;
      const listener = () => {
        calls += 1;
      };
      const stop = await bus.subscribe('room', listener);
      await bus.subscribe('room', listener);
      await bus.publish('room');
      await settled();
      expect(calls).toBe(2);
      stop();
      await bus.publish('room');
      await settled();
      expect(calls).toBe(3);
    });

    it('lets listeners stop and start during delivery', async () => {
      const stop = await bus.subscribe('room', () => {
        heard.push(['once']);
        stop();
        void listen('late', 'other');
      });
      await listen('steady', 'room');
      await bus.publish('room');
      await settled();
      await bus.publish('room');
      await bus.publish('other');
      await settled();
      expect(heard.map(([listener]) => listener).sort()).toEqual(['late', 'once', 'steady', 'steady']);
    });

    it('publishes to a topic without listeners', async () => {
      await expect(bus.publish('nobody', { here: false })).resolves.toBeUndefined();
    });

    it('accepts any text as a topic', async () => {
      const topics = ['', '__proto__', 'inbox:a b', 'inbox:*', 'inbox:世界', 'constructor'];
      for (const topic of topics) await listen(topic);
      await bus.publish('inbox:*');
      await bus.publish('__proto__');
      await settled();
      expect(heard).toEqual([['inbox:*'], ['__proto__']]);
    });
  });
}
