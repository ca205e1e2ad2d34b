import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/server/core/config.ts';
import { startMirage } from '../support/harness.ts';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';

/** A quiet room in which five messages were sent, and then a busy one in which a hundred were; the first id of each. */
async function startWithBusyRoom(RING_FAIRNESS: string) {
  const { roomMessages } = loadConfig({ MAX_MESSAGES: '20', RING_FAIRNESS });
  const { user, url } = await startMirage({ roomMessages });
  const { client, token } = await user('alice');
  const { id: quiet } = await client.chat.createRoom.mutate({ name: 'quiet' });
  const { id: busy } = await client.chat.createRoom.mutate({ name: 'busy' });
  const say = (roomId: number, text: string) => client.chat.sendMessage.mutate({ roomId, text });
  const seen = await say(quiet, '1');
  for (const text of ['2', '3', '4', '5']) await say(quiet, text);
  const seenBusy = await say(busy, '1');
  for (let count = 2; count <= 100; count += 1) await say(busy, `${count}`);
  return { url, token, quiet, busy, seen: seen.id, seenBusy: seenBusy.id };
}

const upTo100 = (held: number) => Array.from({ length: held }, (_, index) => `${100 - held + index + 1}`);

describe.each(transports)('a busy room, followed over %s', (transport) => {
  it('with RING_FAIRNESS=on pushes out its own messages, and none of a quiet room', async () => {
    const { url, token, quiet, busy, seen, seenBusy } = await startWithBusyRoom('on');
    const live = liveClient({ url, token, transport });
    const [inQuiet, inBusy] = [live.room(quiet, seen), live.room(busy, seenBusy)];
    await inQuiet.word('5');
    await inBusy.word('100');
    expect(inQuiet.words).toEqual(['2', '3', '4', '5']);
    expect(inBusy.words).toEqual(['gap', ...upTo100(15)]);
  });

  it('with RING_FAIRNESS=off pushes out the messages of a quiet room too', async () => {
    const { url, token, quiet, busy, seen, seenBusy } = await startWithBusyRoom('off');
    const live = liveClient({ url, token, transport });
    const [inQuiet, inBusy] = [live.room(quiet, seen), live.room(busy, seenBusy)];
    await inQuiet.word('gap');
    await inBusy.word('100');
    expect(inQuiet.words).toEqual(['gap']);
    expect(inBusy.words).toEqual(['gap', ...upTo100(20)]);
  });
});
