#!/usr/bin/env bash
# stream-chat 9.53.0 keeps two records of who has read what, and they disagree after a late read event.
# Guess: read receipts only move forward, whatever order the events arrive in.
# Behaviour: the receipts tracker of a channel ignores the older event, but channel.state.read of the same channel
# moves back to it.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent stream-chat@9.53.0

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { StreamChat } from 'stream-chat';

const client = new StreamChat('key');
client.userID = 'bob'; // in place of connectUser, which would ask the vendor's server
client.user = { id: 'bob' };
const channel = client.channel('messaging', 'general');
channel.initialized = true; // no server is asked: the events below are all that happens

const time = (second) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const read = (message, second) =>
  client.dispatchEvent({
    type: 'message.read',
    cid: channel.cid,
    channel_type: 'messaging',
    channel_id: 'general',
    user: { id: 'ann' },
    created_at: time(second),
    last_read_message_id: message,
  });

read('message-20', 20);
read('message-10', 10); // sent first, delivered last

const state = channel.state.read.ann.last_read_message_id;
const tracker = channel.messageReceiptsTracker.getUserProgress('ann').lastReadRef.msgId;

console.log('version: stream-chat 9.53.0');
console.log('guess:   both say message-20');
console.log(`seen:    channel.state.read says ${state}, messageReceiptsTracker says ${tracker}`);
assert.equal(state, 'message-10');
assert.equal(tracker, 'message-20');
process.exit(); // the client keeps timers
EOF
node show.mjs
