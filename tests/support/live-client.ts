import { onTestFinished } from 'vitest';
import { createMirageClient, type MirageClientOptions } from '../../src/client/index.ts';
import { follow } from './live.ts';

/** A client that lets go of the network when the test has finished, with its subscriptions recorded. */
export function liveClient(options: MirageClientOptions) {
  const client = createMirageClient(options);
  onTestFinished(() => client.connection.close());
  return {
    client,
    connection: client.connection,
    room: (roomId: number, lastEventId?: string) =>
      follow((on) => client.chat.onMessage.subscribe({ roomId, ...(lastEventId && { lastEventId }) }, on)),
    presence: (roomId: number) => follow((on) => client.chat.onPresence.subscribe({ roomId }, on)),
    users: (...usernames: string[]) => follow((on) => client.users.onPresence.subscribe({ usernames }, on)),
    rooms: () => follow((on) => client.chat.onRooms.subscribe({}, on)),
    inbox: (lastEventId?: string) =>
      follow((on) => client.inbox.onMessage.subscribe({ ...(lastEventId && { lastEventId }) }, on)),
  };
}
