#!/usr/bin/env bash
# web-push 3.6.7 splits a payload of 4,080 bytes or more into two records, and reports nothing.
# Guess: a payload too large for Web Push is refused when the request is built. RFC 8291 allows a message exactly one
# record, and a push service need not accept a body of more than 4,096 bytes.
# Behaviour: the body is built all the same, beyond 3,993 bytes longer than 4,096, and from 4,080 bytes on in two
# records, where a receiver need only understand one.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent web-push@3.6.7

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import webpush from 'web-push';

const browser = createECDH('prime256v1');
browser.generateKeys();
const subscription = {
  endpoint: 'https://push.example/subscription',
  keys: { p256dh: browser.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') },
};

/** Body of aes128gcm (RFC 8188): salt 16, record size 4, key id length 1, key id, then records of that size. */
function build(payloadBytes) {
  const { body } = webpush.generateRequestDetails(subscription, Buffer.alloc(payloadBytes, 'a'));
  const recordSize = body.readUInt32BE(16);
  const content = body.length - 21 - body[20];
  return { payload: payloadBytes, body: body.length, records: Math.ceil(content / recordSize) };
}

const built = [3993, 3994, 4079, 4080].map(build);

console.log('version: web-push 3.6.7');
console.log('guess:   an error beyond 3,993 bytes of payload, and never a second record');
for (const one of built) console.log(`seen:    ${JSON.stringify(one)}`);
assert.deepEqual(built, [
  { payload: 3993, body: 4096, records: 1 },
  { payload: 3994, body: 4097, records: 1 },
  { payload: 4079, body: 4182, records: 1 },
  { payload: 4080, body: 4200, records: 2 },
]);
EOF
node show.mjs
