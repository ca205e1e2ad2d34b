import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { takeBody } from '../../src/server/http/files/take-body.ts';

it('takes one piece of many bodies in each turn of the event loop, of each body in its order', async () => {
  const bodies = 10;
  const bytes = 3_000_000;
  let turn = 0;
  let isOver = false;
  const countTurns = () => {
    turn += 1;
    if (!isOver) setImmediate(countTurns);
  };
  onTestFinished(() => {
    isOver = true;
  });
  /** In which turn each piece was taken, but for the first of each body. */
  const turns: number[] = [];
  const server = createServer((req, res) => {
    const pieces: Buffer[] = [];
    const take = async (piece: Buffer) => {
      if (pieces.length > 0) turns.push(turn);
      pieces.push(piece);
    };
    takeBody(req, take, { stallMs: 30_000, minBytesPerSecond: 1 }).then(
      () => res.end(Buffer.concat(pieces).toString('hex', bytes - 1)),
      (error: Error) => res.writeHead(500).end(error.message),
    );
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  countTurns();

  const answers = Array.from({ length: bodies }, async (_, index) => {
    const call = request({ port, method: 'POST' });
    call.end(Buffer.alloc(bytes, index));
    const [response] = await once(call, 'response');
    return (await response.setEncoding('utf8').toArray()).join('');
  });
  expect(await Promise.all(answers)).toEqual(Array.from({ length: bodies }, (_, index) => `0${index}`));
  const taken = new Map<number, number>();
  for (const each of turns) taken.set(each, (taken.get(each) ?? 0) + 1);
  expect(turns.length).toBeGreaterThan(20 * bodies);
  expect(Math.max(...taken.values())).toBe(1);
});
