import { askHolder } from './control-socket.ts';
import type { EventBus } from './event-bus.ts';

/**
 * For commands that run beside a server: publishes to the server that uses the database, through its control socket,
 * and resolves once the server has handled the event. Does nothing if no server is running. Subscribing is unsupported.
 */
export function createControlEventBus(databasePath: string): EventBus {
  return {
    async publish(topic, event) {
      await askHolder(databasePath, { do: 'publish', topic, ...(event && { event }) });
    },

    async subscribe() {
      throw new Error('commands cannot subscribe to events');
    },
  };
}
