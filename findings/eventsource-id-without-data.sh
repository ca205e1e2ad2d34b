#!/usr/bin/env bash
# npm eventsource 4.1.1 forgets an id that comes without data.
# Guess: "id: 2" and a blank line move the position, so that a server can say how far a quiet client has come. The
# HTML standard sets the last event id before it looks whether there is any data to dispatch.
# Behaviour: the block is dropped with its id, and the reconnect asks from the last event that had data.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent eventsource@4.1.1

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { EventSource } from 'eventsource';

const positions = [];
const server = createServer((req, res) => {
  positions.push(req.headers['last-event-id'] ?? 'none');
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.end('retry: 10\nid: 1\ndata: hello\n\nid: 2\n\n');
}).listen(0, '127.0.0.1');
await once(server, 'listening');

await new Promise((resolve) => {
  const source = new EventSource(`http://127.0.0.1:${server.address().port}/`);
  source.onopen = () => {
    if (positions.length < 2) return;
    source.close();
    resolve();
  };
});
server.close();

console.log('version: eventsource 4.1.1');
console.log('guess:   Last-Event-ID none, then 2');
console.log(`seen:    Last-Event-ID ${positions.join(', then ')}`);
assert.deepEqual(positions, ['none', '1']);
EOF
node show.mjs
