import { askHolder } from './control-socket.ts';
import type { EventBus } from './event-bus.ts';

/**
 * For a process beside the server, such as a command: what it publishes reaches the server that runs on the database,
 * and has been acted upon when the promise resolves. Without a server there is nobody to tell. It hears nothing itself.
 */
export function createControlEventBus(databasePath: string): EventBus {
  return {
    async publish(topic, notice) {
      await askHolder(databasePath, { do: 'publish', topic, ...(notice && { notice }) });
    },

    async subscribe() {
      throw new Error('a command does not listen');
    },
  };
}
