#!/usr/bin/env bash
# @microsoft/fetch-event-source 2.0.1 hands an empty message to the application for a heartbeat comment.
# Guess: a comment line (": ping") followed by a blank line produces nothing, as the event stream format says that
# an event without data is not dispatched, and as EventSource behaves.
# Behaviour: each blank line calls onmessage, with data "". A handler that parses each message as JSON fails
# at the first heartbeat.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @microsoft/fetch-event-source@2.0.1 eventsource@4.1.1

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';

// The library was written for browsers; these two are all it asks of one.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };

const server = createServer((_req, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.end('data: {"n":1}\n\n: ping\n\ndata: {"n":2}\n\n');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;

const standard = [];
await new Promise((resolve) => {
  const source = new EventSource(url);
  source.onmessage = (event) => standard.push(event.data);
  source.onerror = () => {
    source.close();
    resolve();
  };
});

const fetched = [];
await fetchEventSource(url, { onmessage: (event) => fetched.push(event.data) });
server.close();

console.log('version: @microsoft/fetch-event-source 2.0.1, beside eventsource 4.1.1');
console.log('guess:  ', JSON.stringify(standard), '(what EventSource delivers)');
console.log('seen:   ', JSON.stringify(fetched));
assert.deepEqual(standard, ['{"n":1}', '{"n":2}']);
assert.deepEqual(fetched, ['{"n":1}', '', '{"n":2}']);
EOF
node show.mjs
