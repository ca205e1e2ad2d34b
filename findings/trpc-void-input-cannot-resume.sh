#!/usr/bin/env bash
# tRPC 11.25.2 with zod 4.6.7: a tracked subscription whose input is z.void() works until its first reconnect.
# Guess: a subscription without input can be resumed like any other.
# Behaviour: to resume, tRPC puts the last event id where the input would be. z.void() refuses that object, and the
# subscription ends with BAD_REQUEST. No input schema at all, or an object with an optional lastEventId, holds.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @trpc/server@11.25.2 @trpc/client@11.25.2 ws@8.23.0 zod@4.6.7

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { initTRPC, tracked } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

const t = initTRPC.create();
const feed = (input) =>
  t.procedure.input(input).subscription(async function* ({ signal }) {
    yield tracked('7', 'hello');
    await once(signal, 'abort').catch(() => {});
  });
const router = t.router({
  nothing: feed(z.void()),
  object: feed(z.object({ lastEventId: z.string().optional() }).optional()),
});
const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
await once(wss, 'listening');
applyWSSHandler({ wss, router });

async function loseConnection(name) {
  const socket = createWSClient({
    url: `ws://127.0.0.1:${wss.address().port}`,
    WebSocket,
    retryDelayMs: () => 20,
  });
  const client = createTRPCClient({ links: [wsLink({ client: socket })] });
  const events = [];
  await new Promise((resolve) =>
    client[name].subscribe(undefined, {
      onData: ({ data }) => resolve(events.push(data)),
      onError: (error) => events.push(`${error.data?.code}: ${JSON.parse(error.message)[0].message}`),
    }),
  );
  for (const connection of wss.clients) connection.terminate();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await socket.close();
  return events;
}

const object = await loseConnection('object');
const nothing = await loseConnection('nothing');

console.log('version: tRPC 11.25.2, zod 4.6.7');
console.log('guess:   both receive "hello" before and after the reconnect');
console.log('seen:    z.object:', JSON.stringify(object));
console.log('seen:    z.void():', JSON.stringify(nothing));
assert.deepEqual(object, ['hello', 'hello']);
assert.deepEqual(nothing, ['hello', 'BAD_REQUEST: Invalid input: expected void, received object']);
process.exit();
EOF
node show.mjs
