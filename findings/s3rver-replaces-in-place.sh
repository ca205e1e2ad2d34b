#!/usr/bin/env bash
# s3rver 3.7.1: whoever reads an object while it is being replaced gets neither the old nor the new one.
# Guess: as S3 does, it puts an object in its place once all of it has arrived, and a reader gets the old bytes until then
# ("Amazon S3 never returns corrupt or partial data", user guide, data consistency model).
# Behaviour: a PUT opens the object's own file for writing, which empties it, and fills it as the bytes come. A GET
# meanwhile is answered 200 with as much as there is. Tests in which two programs share an object fail now and then.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent s3rver@3.7.1

cat > show.mjs <<'EOS'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import S3rver from 's3rver';

const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory: './data',
  vhostBuckets: false,
  configureBuckets: [{ name: 'notes' }],
});
const { port } = await server.run();
const url = `http://127.0.0.1:${port}/notes/list`;

const old = 'the old list';
const first = await fetch(url, { method: 'PUT', body: old });
assert.equal(first.status, 200);

// The second version, of which only the first half has been sent.
const half = 'the new list, ';
const rest = 'longer than the old one';
const put = request(url, { method: 'PUT', headers: { 'content-length': half.length + rest.length } });
const answered = once(put, 'response');
put.write(half);

let status;
let read = old;
for (let tries = 0; read === old && tries < 100; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  const response = await fetch(url);
  status = response.status;
  read = await response.text();
}
put.end(rest);
const [response] = await answered;
response.resume();
await once(response, 'end');
await server.close();

console.log('version: s3rver 3.7.1');
console.log(`guess:   a GET during the PUT gives ${JSON.stringify(old)}`);
console.log(`seen:    ${status} ${JSON.stringify(read)}`);
assert.equal(response.statusCode, 200);
assert.equal(status, 200);
assert.ok(read !== old && read !== half + rest && half.startsWith(read));
process.exit();
EOS
# It takes the MD5 and DES of older versions of OpenSSL.
NODE_OPTIONS=--openssl-legacy-provider node show.mjs
