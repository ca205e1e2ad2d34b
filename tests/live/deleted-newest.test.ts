import { expect, it } from 'vitest';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';

it.each(transports)(
  'lets a newcomer to an inbox over %s in after its newest message was deleted',
  async (transport) => {
    const { alice, bob, url } = await startRoom();
    const first = liveClient({ url, token: bob.token, transport }).inbox('0');
    await first.started();
    await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'one' });
    const { id } = await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'two' });
    await first.word('two');
    await alice.client.inbox.deleteMessage.mutate({ id });

    const second = liveClient({ url, token: bob.token, transport }).inbox('0');
    await second.word('one');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'three' });
    await Promise.all([first.word('three'), second.word('three')]);
    expect(second.words).toEqual(['one', `deleted ${id}`, 'three']);
  },
);
