#!/usr/bin/env bash
# Socket.IO 4.8.4 recovers a connection only if the client had received an event before it was lost.
# Guess: with connectionStateRecovery every client that comes back in time gets its rooms and the events it missed.
# Behaviour: the client sends an offset, which it takes from the last event received. One that had only listened so
# far has none: it is treated as new, without its rooms, and what was sent meanwhile is gone.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent socket.io@4.8.4 socket.io-client@4.8.4

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

const http = createServer().listen(0, '127.0.0.1');
await once(http, 'listening');
const server = new Server(http, { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } });

async function loseConnection({ greeted }) {
  let connections = 0;
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    // Joined once, as recovery is meant to bring the room back.
    connections += 1;
    if (connections === 1) socket.join('room');
  });
  const client = io(`http://127.0.0.1:${http.address().port}`, {
    transports: ['websocket'],
    reconnectionDelay: 50,
    forceNew: true,
  });
  const received = [];
  client.on('message', (text) => received.push(text));
  await once(client, 'connect');
  if (greeted) {
    server.to('room').emit('message', 'hello');
    await once(client, 'message');
  }
  const lost = once(client, 'disconnect');
  client.io.engine.close(); // as when the network goes; client.disconnect() would be a goodbye
  await lost;
  await new Promise((resolve) => setTimeout(resolve, 20));
  server.to('room').emit('message', 'sent meanwhile');
  await once(client, 'connect');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { recovered } = client;
  client.close();
  return { recovered, received };
}

const greeted = await loseConnection({ greeted: true });
const silent = await loseConnection({ greeted: false });
await server.close();

console.log('version: socket.io and socket.io-client 4.8.4');
console.log('guess:   both clients recovered, both received "sent meanwhile"');
console.log(`seen:    had received an event:  ${JSON.stringify(greeted)}`);
console.log(`         had received nothing:   ${JSON.stringify(silent)}`);
assert.deepEqual(greeted, { recovered: true, received: ['hello', 'sent meanwhile'] });
assert.deepEqual(silent, { recovered: false, received: [] });
EOF
node show.mjs
