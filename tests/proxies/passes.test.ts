import { it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { follow } from '../support/live.ts';
import { proxies, startReverseProxy } from './support/proxy.ts';

it.each(proxies)('%s forwards calls, event streams and WebSockets', async (name) => {
  const mirage = await startMirage({ trustedProxies: 1 });
  const { token, client: alice } = await mirage.user('alice');
  const { id: roomId } = await alice.chat.createRoom.mutate({ name: 'general' });
  const { url } = await startReverseProxy(name, { upstream: mirage.url });
  for (const transport of ['ws', 'sse'] as const) {
    const client = createMirageClient({ url, token, transport });
    const room = follow((on) => client.chat.onMessage.subscribe({ roomId }, on));
    await room.started();
    await client.chat.sendMessage.mutate({ roomId, text: transport });
    await room.word(transport);
    room.stop();
  }
});
