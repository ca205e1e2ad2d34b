import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { temporaryFolder } from '../support/harness.ts';
import { repetitions } from '../support/long-runs.ts';
import { spawnMirage } from '../support/process.ts';
import { tokenOf } from '../support/token-of.ts';

const rounds = repetitions(15, 50);
const senders = 32;

const names = ['ada', 'bob', 'cy'];

interface Sent {
  id: number | string;
  text: string;
}

type Draft = { recipient: string; text: string } | { roomId: number; text: string };

/** Gives what the server has acknowledged, or undefined if it never answered. */
function send(url: string, agent: Agent, token: string, message: Draft) {
  const body = JSON.stringify(message);
  const procedure = 'roomId' in message ? 'chat.sendMessage' : 'inbox.sendMessage';
  const headers = { authorization: token, 'content-type': 'application/json', 'content-length': body.length };
  return new Promise<Sent | undefined>((resolve) => {
    request(`${url}/trpc/${procedure}`, { method: 'POST', agent, headers }, (response) => {
      text(response).then(
        (answer) => {
          expect(response.statusCode, answer).toBe(200);
          resolve((JSON.parse(answer) as { result: { data: Sent } }).result.data);
        },
        () => resolve(undefined),
      );
    })
      .once('error', () => resolve(undefined))
      .end(body);
  });
}

it('loses and doubles nothing that it has acknowledged, killed again and again in the midst of writing', async () => {
  const folder = await temporaryFolder();
  const settings = { RATE_LIMIT: 'off', DATABASE_URL: `file:${folder}/mirage.db` };
  const tokens: string[] = [];
  const acknowledged = new Map<number | string, string>();
  let roomId = 0;
  const attempted = new Set<string>();

  for (let round = 0; round < rounds; round += 1) {
    const mirage = await spawnMirage(settings, folder);
    const url = await mirage.url();
    if (round === 0)
      for (const username of names) {
        const { auth } = createMirageClient({ url });
        await auth.register.mutate({ username, email: username, password: 'a secret one' });
        tokens.push(await tokenOf(auth.login.mutate({ username, password: 'a secret one' })));
      }
    if (round === 0) {
      const [owner, ...others] = tokens.map((token) => createMirageClient({ url, token }));
      roomId = (await owner?.chat.createRoom.mutate({ name: 'log', history: 'kept' }))?.id ?? 0;
      for (const { chat } of others) await chat.joinRoom.mutate({ name: 'log' });
    }

    const agent = new Agent({ keepAlive: true, maxSockets: 2 * senders });
    // In each round at another moment: while the first are written, or after a hundred.
    const lastOnes = 1 + ((round * 61) % 100);
    const counts = { inbox: 0, room: 0 };
    async function keepSending(sender: number) {
      for (let n = 0; ; n += 1) {
        const text = `${round} ${sender} ${n}`;
        const message =
          sender < senders ? { recipient: names[n % names.length] ?? '', text } : { roomId, text };
        attempted.add(message.text);
        const sent = await send(url, agent, tokens[sender % tokens.length] ?? '', message);
        if (!sent) return;
        expect(sent.text).toBe(message.text);
        expect(acknowledged.has(sent.id), `the id ${sent.id} was given twice`).toBe(false);
        acknowledged.set(sent.id, sent.text);
        counts[sender < senders ? 'inbox' : 'room'] += 1;
        if (Math.min(counts.inbox, counts.room) === lastOnes) mirage.kill('SIGKILL');
      }
    }
    // Half of them to each other, half into a kept room.
    await Promise.all(Array.from({ length: 2 * senders }, (_, sender) => keepSending(sender)));
    agent.destroy();
    await mirage.ended();
  }

  // Only a start repairs what a crash has left.
  const last = await spawnMirage(settings, folder);
  await last.url();
  const file = openDatabaseFile({ folder });
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
  const ofInboxes = file.prepare<[], Sent>('SELECT id, message AS text FROM inbox_messages').all();
  const ofRoom = file
    .prepare<[], Sent>(
      "SELECT ms || '-' || seq AS id, message AS text FROM kept_messages WHERE event IS NULL ORDER BY room_id, ms, seq",
    )
    .all();
  const stored = [...ofInboxes, ...ofRoom];
  const textOf = new Map(stored.map((message) => [message.id, message.text]));
  const lost = [...acknowledged].filter(([id, message]) => textOf.get(id) !== message);
  expect(lost).toEqual([]);
  expect(new Set(textOf.values()).size).toBe(stored.length);
  for (const message of textOf.values()) expect(attempted.has(message)).toBe(true);
  // Of those that were under way at the end, some are stored.
  expect(acknowledged.size).toBeGreaterThan(2 * rounds * senders);
  expect(stored.length - acknowledged.size).toBeLessThanOrEqual(2 * rounds * senders);
  expect(ofRoom.length).toBeGreaterThan(rounds * senders);
  // In the room's order, each round comes after the one before it, whatever a crash has interrupted.
  const order = ofRoom.map(({ text }) => Number.parseInt(text, 10));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  // What triggers keep is no further than what they count.
  const counted = file
    .prepare<[], { username: string; kept: number; counted: number }>(
      `SELECT username, coalesce((SELECT sum(total) FROM inbox_conversations c WHERE c.username = users.username), 0) AS kept,
        (SELECT count(*) FROM inbox_messages WHERE username IN (sender, recipient)) AS counted FROM users`,
    )
    .all();
  expect(counted).toHaveLength(names.length);
  for (const { username, kept, counted: there } of counted) expect(kept, username).toBe(there);
}, 600_000);
