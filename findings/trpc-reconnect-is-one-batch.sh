#!/usr/bin/env bash
# tRPC 11.25.2: after a lost WebSocket the client asks for all subscriptions in one frame, and a server with a
# maxBatchSize refuses them all.
# Guess: maxBatchSize bounds what a client sends in one go, and a client that opens its subscriptions one after the
# other never comes near it.
# Behaviour: the reconnect puts everything that was open into one batch. One more than the limit, and each
# subscription ends with "Batch call exceeds maximum size", instead of going on.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @trpc/server@11.25.2 @trpc/client@11.25.2 ws@8.23.0

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocket, WebSocketServer } from 'ws';

const t = initTRPC.create();
const router = t.router({
  feed: t.procedure.subscription(async function* ({ signal }) {
    yield 'hello';
    await once(signal, 'abort').catch(() => {});
  }),
});
const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
await once(wss, 'listening');
applyWSSHandler({ wss, router, maxBatchSize: 3 });

/** Opens as many subscriptions, each after the one before it has begun, then cuts the connection. */
async function loseConnection(count) {
  const socket = createWSClient({
    url: `ws://127.0.0.1:${wss.address().port}`,
    WebSocket,
    retryDelayMs: () => 20,
  });
  const client = createTRPCClient({ links: [wsLink({ client: socket })] });
  let events = [];
  for (let i = 0; i < count; i += 1)
    await new Promise((resolve) =>
      client.feed.subscribe(undefined, {
        onData: (data) => resolve(events.push(data)),
        onError: (error) => events.push(error.message),
      }),
    );
  events = [];
  for (const connection of wss.clients) connection.terminate();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await socket.close();
  return events;
}

const three = await loseConnection(3);
const four = await loseConnection(4);

console.log('version: tRPC 11.25.2, maxBatchSize 3');
console.log('guess:   all subscriptions go on after the reconnect');
console.log('seen:    3 open:', JSON.stringify(three));
console.log('seen:    4 open:', JSON.stringify(four));
assert.deepEqual(three, Array(3).fill('hello'));
assert.deepEqual(four, Array(4).fill('Batch call exceeds maximum size'));
process.exit();
EOF
node show.mjs
