import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { temporaryFolder } from '../support/harness.ts';
import { spawnMirage } from '../support/process.ts';

const rounds = 50;
const senders = 32;

const names = ['ada', 'bob', 'cy'];

interface Sent {
  id: number;
  text: string;
}

/** Gives what the server has acknowledged, or undefined if it never answered. */
function send(url: string, agent: Agent, token: string, message: { recipient: string; text: string }) {
  const body = JSON.stringify(message);
  const headers = { authorization: token, 'content-type': 'application/json', 'content-length': body.length };
  return new Promise<Sent | undefined>((resolve) => {
    request(`${url}/trpc/inbox.sendMessage`, { method: 'POST', agent, headers }, (response) => {
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

it('loses and doubles nothing that it has acknowledged, killed fifty times in the midst of writing', async () => {
  const folder = await temporaryFolder();
  const settings = { RATE_LIMIT: 'off', DATABASE_URL: `file:${folder}/mirage.db` };
  const tokens: string[] = [];
  const acknowledged = new Map<number, string>();
  const attempted = new Set<string>();

  for (let round = 0; round < rounds; round += 1) {
    const mirage = await spawnMirage(settings, folder);
    const url = await mirage.url();
    if (round === 0)
      for (const username of names) {
        const { auth } = createMirageClient({ url });
        await auth.register.mutate({ username, email: username, password: 'secret' });
        tokens.push((await auth.login.mutate({ username, password: 'secret' })).token);
      }

    const agent = new Agent({ keepAlive: true, maxSockets: senders });
    // In each round at another moment: while the first are written, or after some hundreds.
    const lastOnes = 1 + ((round * 61) % 400);
    let count = 0;
    async function keepSending(sender: number) {
      for (let n = 0; ; n += 1) {
        const message = { recipient: names[n % names.length] ?? '', text: `${round} ${sender} ${n}` };
        attempted.add(message.text);
        const sent = await send(url, agent, tokens[sender % tokens.length] ?? '', message);
        if (!sent) return;
        expect(sent.text).toBe(message.text);
        expect(acknowledged.has(sent.id), `the id ${sent.id} was given twice`).toBe(false);
        acknowledged.set(sent.id, sent.text);
        count += 1;
        if (count === lastOnes) mirage.kill('SIGKILL');
      }
    }
    await Promise.all(Array.from({ length: senders }, (_, sender) => keepSending(sender)));
    agent.destroy();
    await mirage.ended();
  }

  // Only a start repairs what a crash has left.
  const last = await spawnMirage(settings, folder);
  await last.url();
  const file = openDatabaseFile({ folder });
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
  const stored = file.prepare<[], Sent>('SELECT id, message AS text FROM inbox_messages').all();
  const textOf = new Map(stored.map((message) => [message.id, message.text]));
  const lost = [...acknowledged].filter(([id, message]) => textOf.get(id) !== message);
  expect(lost).toEqual([]);
  expect(new Set(textOf.values()).size).toBe(stored.length);
  for (const message of textOf.values()) expect(attempted.has(message)).toBe(true);
  // Of those that were under way at the end, some are stored.
  expect(acknowledged.size).toBeGreaterThan(rounds * senders);
  expect(stored.length - acknowledged.size).toBeLessThanOrEqual(rounds * senders);
  // What triggers keep is no further than what they count.
  const counted = file
    .prepare<[], { username: string; kept: number; counted: number }>(
      `SELECT username, inbox_total AS kept,
        (SELECT count(*) FROM inbox_messages WHERE username IN (sender, recipient)) AS counted FROM users`,
    )
    .all();
  expect(counted).toHaveLength(names.length);
  for (const { username, kept, counted: there } of counted) expect(kept, username).toBe(there);
}, 600_000);
