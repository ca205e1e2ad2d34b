#!/usr/bin/env bash
# @aws-sdk/lib-storage 3.1175.0: after upload.abort() the upload goes on, while done() has already been rejected.
# Guess: abort() cancels the requests under way, as an AbortSignal given to client.send() does, and when done() has
# been rejected with "Upload aborted." nothing is left behind.
# Behaviour: done() is rejected at once. The parts under way are sent to the end, and AbortMultipartUpload follows only
# when the last of them has been answered. A program that exits on the rejection never sends it, and the parts stay
# with S3. Nothing public of Upload tells when it has been sent.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @aws-sdk/client-s3@3.1175.0 @aws-sdk/lib-storage@3.1175.0

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

const MiB = 1024 * 1024;
const events = [];
const parts = [];
const came = new EventEmitter();

// Just enough of S3: a part waits unread until the upload has been aborted.
const server = createServer((req, res) => {
  const query = new URL(req.url, 'http://s3').searchParams;
  if (req.method === 'POST') {
    res.end('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>');
  } else if (req.method === 'PUT') {
    parts.push({ number: query.get('partNumber'), req, res });
    if (parts.length === 2) came.emit('parts');
  } else {
    events.push(`${req.method} of upload ${query.get('uploadId')}`);
    res.writeHead(204).end();
    came.emit('delete');
  }
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const client = new S3Client({
  endpoint: `http://127.0.0.1:${server.address().port}`,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
});
const Body = Buffer.alloc(20 * MiB);
const upload = new Upload({
  client,
  queueSize: 2,
  partSize: 5 * MiB,
  params: { Bucket: 'films', Key: 'film', Body },
});
const twoParts = once(came, 'parts');
const done = upload.done().catch((error) => events.push(`done() rejected: ${error.message}`));
await twoParts;

await upload.abort();
events.push('abort() resolved');
await done;
await new Promise((resolve) => setTimeout(resolve, 500)); // time for whatever the abort may send or cancel

const deleted = once(came, 'delete');
parts.sort((a, b) => a.number - b.number);
for (const { number, req, res } of parts) {
  let bytes = 0;
  for await (const chunk of req) bytes += chunk.length;
  events.push(`part ${number} received, ${bytes / MiB} MiB`);
  res.writeHead(200, { etag: `"${number}"` }).end();
}
await deleted;
client.destroy();
server.close();
server.closeAllConnections();

console.log('version: @aws-sdk/lib-storage 3.1175.0, @aws-sdk/client-s3 3.1175.0');
console.log('guess:   parts 1 and 2 are cancelled, DELETE is sent, then done() is rejected');
for (const event of events) console.log(`seen:    ${event}`);
assert.deepEqual(events, [
  'abort() resolved',
  'done() rejected: Upload aborted.',
  'part 1 received, 5 MiB',
  'part 2 received, 5 MiB',
  'DELETE of upload 1',
]);
assert.equal(parts.length, 2);
EOF
AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true node show.mjs
