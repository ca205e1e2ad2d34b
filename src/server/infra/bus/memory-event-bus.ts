import type { EventBus, Listener } from './event-bus.ts';

/** For a single process. Listeners are called before `publish` resolves. */
export function createMemoryEventBus(): EventBus {
  const topics = new Map<string, Set<Listener>>();

  return {
    async publish(topic, event) {
      for (const listener of topics.get(topic) ?? []) listener(event);
    },

    async subscribe(topic, listener) {
      const own: Listener = (event) => listener(event); // the same listener may subscribe twice
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(own));
      return () => {
        listeners.delete(own);
        if (listeners.size === 0 && topics.get(topic) === listeners) topics.delete(topic);
      };
    },
  };
}
