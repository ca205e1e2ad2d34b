#!/usr/bin/env bash
# nodemailer 10.6.1 leaves out a recipient it cannot read and mentions it nowhere.
# Guess: an address without "@" is an error, or at least stands in "rejected", as one that the server refuses does.
# Behaviour: alone it is an error; beside a good address it vanishes from the envelope, and the result lists neither
# the recipient nor a problem.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent nodemailer@10.6.1 smtp-server@3.21.6

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import nodemailer from 'nodemailer';
import { SMTPServer } from 'smtp-server';

const asked = [];
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo({ address }, _session, done) {
    asked.push(address);
    done(address.startsWith('gone') ? Object.assign(new Error('No such user'), { responseCode: 550 }) : null);
  },
  onData(stream, _session, done) {
    stream.resume().on('end', () => done());
  },
});
smtp.listen(0, '127.0.0.1');
await once(smtp.server, 'listening');
const transport = nodemailer.createTransport({
  host: '127.0.0.1',
  port: smtp.server.address().port,
  ignoreTLS: true,
});

const send = (...to) =>
  transport.sendMail({ from: 'chat@example.com', to, subject: 'Hello', text: 'Hello' }).then(
    ({ accepted, rejected }) => ({ accepted, rejected }),
    (error) => error.message,
  );
const refused = await send('gone@example.com', 'ben@example.com');
const unreadable = await send('anna', 'ben@example.com');
const alone = await send('anna');
transport.close();
smtp.close(() => {});

console.log('version: nodemailer 10.6.1');
console.log(`known:   refused by the server: ${JSON.stringify(refused)}`);
console.log('guess:   "anna" is in rejected, or sendMail fails');
console.log(`seen:    "anna" and ben: ${JSON.stringify(unreadable)}; "anna" alone: ${alone}`);
assert.deepEqual(refused, { accepted: ['ben@example.com'], rejected: ['gone@example.com'] });
assert.deepEqual(unreadable, { accepted: ['ben@example.com'], rejected: [] });
assert.equal(alone, 'No recipients defined');
assert.deepEqual(asked, ['gone@example.com', 'ben@example.com', 'ben@example.com']);
EOF
node show.mjs
