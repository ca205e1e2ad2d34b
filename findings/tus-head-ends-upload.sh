#!/usr/bin/env bash
# @tus/server 2.4.5 ends a running upload when somebody asks for its offset, and calls that a success.
# Guess: HEAD only reads. A progress display, or a second tab, may ask how far an upload has come.
# Behaviour: HEAD asks the holder of the lock to let go. The PATCH under way is answered 204 with the offset it has
# reached, though half of the body it announced has not come yet.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @tus/server@2.4.5 @tus/file-store@2.1.1

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

await mkdir('uploads');
const tus = new Server({ path: '/files', datastore: new FileStore({ directory: 'uploads' }) });
const server = tus.listen({ host: '127.0.0.1', port: 0 });
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}`;
const version = { 'tus-resumable': '1.0.0' };
const pause = () => new Promise((resolve) => setTimeout(resolve, 500));

const created = await fetch(`${base}/files`, { method: 'POST', headers: { ...version, 'upload-length': '10' } });
const file = new URL(created.headers.get('location'), base);

let answer = 'none';
const upload = request(file, {
  method: 'PATCH',
  headers: {
    ...version,
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
    'content-length': '10',
  },
});
upload.on('response', (res) => {
  answer = `${res.statusCode}, offset ${res.headers['upload-offset']}`;
  res.resume();
});
upload.on('error', () => {});
upload.write('12345');
await pause();
const before = answer;

const head = await fetch(file, { method: 'HEAD', headers: version });
await pause();
const after = answer;
upload.destroy();
server.close();
server.closeAllConnections();

console.log('version: @tus/server 2.4.5, @tus/file-store 2.1.1');
console.log('guess:   HEAD 200, the upload still waits for its second half');
console.log(`seen:    upload before HEAD: ${before}; HEAD ${head.status}; upload after HEAD: ${after}`);
assert.equal(before, 'none');
assert.equal(head.status, 200);
assert.equal(after, '204, offset 5');
EOF
node show.mjs
