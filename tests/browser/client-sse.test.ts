import { build } from 'esbuild';
import { expect, it } from 'vitest';
import type * as Client from '../../src/client/web.ts';
import { visit } from './support/browser.ts';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

declare global {
  var mirageClient: typeof Client;
}

interface State {
  received: string[];
  states: string[];
}

/** The typed client as one script, as applications without a web client of ours load it. */
async function bundledClient(): Promise<string> {
  const entry = new URL('../../src/client/web.ts', import.meta.url).pathname;
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'mirageClient',
  });
  return outputFiles[0]?.text ?? expect.fail('nothing was built');
}

// Over HTTP/1.1 a browser opens at most six connections to a server.
it('leaves connections for calls, however many subscriptions a page has over event streams', async () => {
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const names = Array.from({ length: 10 }, (_, index) => mirage.roomName(`attic ${index}`));
  const rooms = await Promise.all(names.map((name) => ada.client.chat.createRoom.mutate({ name })));
  await Promise.all(names.map((name) => bob.client.chat.joinRoom.mutate({ name })));
  const { page } = await visit(`${mirage.url}/`, { bypassCSP: true });
  await page.addScriptTag({ content: await bundledClient() });

  const { url } = mirage;
  await page.evaluate(
    ({ url, token, roomIds }) => {
      const client = mirageClient.createMirageClient({ url, token, transport: 'sse' });
      const state = { received: [] as string[], states: [client.connection.state as string] };
      client.connection.onChange((next) => void state.states.push(next));
      for (const roomId of roomIds)
        client.chat.onMessage.subscribe(
          { roomId },
          {
            onData: (event) => {
              if ('data' in event && event.data.type === 'message')
                state.received.push(event.data.message.text);
            },
          },
        );
      Object.assign(globalThis, { state, client });
    },
    { url, token: ada.token, roomIds: rooms.map(({ id }) => id) },
  );
  const state = async (key: 'received' | 'states') => {
    const state = await page.evaluate(() => (globalThis as unknown as { state: State }).state); // safe: set above
    return state[key];
  };
  await expect.poll(async () => (await state('states')).at(-1)).toBe('open');

  // The page itself makes calls while all of its subscriptions are open.
  const sent = await page.evaluate(
    async (roomIds) => {
      const { client } = globalThis as unknown as { client: Client.MirageClient }; // safe: set above
      const ids = roomIds.map((roomId) => client.chat.sendMessage.mutate({ roomId, text: `ada ${roomId}` }));
      return (await Promise.all(ids)).map(({ text }) => text);
    },
    rooms.map(({ id }) => id),
  );
  for (const { id: roomId } of rooms)
    await bob.client.chat.sendMessage.mutate({ roomId, text: `bob ${roomId}` });
  const all = [...sent, ...rooms.map(({ id }) => `bob ${id}`)].sort();
  await expect.poll(async () => (await state('received')).sort()).toEqual(all);
  expect(await state('states')).toEqual(['idle', 'connecting', 'open']);
});
