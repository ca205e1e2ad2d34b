#!/usr/bin/env bash
# range-parser 1.3.0, and with it Express 5.3.0: "the last 500 bytes" of a shorter file is called unsatisfiable.
# Guess: Range: bytes=-500 on a file of 100 bytes is answered with the file. RFC 9110, 14.1.2: if the representation is
# shorter than the suffix length, the entire representation is used.
# Behaviour: the parser computes start = 100 - 500 and drops a range that starts below 0, so sendFile answers 416. A
# client that reads the end of each file first, as for an index, fails only at small ones. bytes=0-499 is cut to the
# file, as it should be. range-parser 2.0.0 has it right, but Express asks for 1.x.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent express@5.3.0 send@1.2.1 \
  range-parser@1.3.0 range-parser-2@npm:range-parser@2.0.0

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import express from 'express';
import parse from 'range-parser';
import { parse as parse2 } from 'range-parser-2';

const used = createRequire(createRequire(import.meta.url).resolve('send'))(
  'range-parser/package.json',
).version;
assert.equal(used, '1.3.0');

await writeFile('file', 'x'.repeat(100));
const app = express().set('env', 'test'); // does not log the 416
app.get('/file', (_req, res) => res.sendFile(resolve('file')));
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const get = async (range) => {
  const res = await fetch(`http://127.0.0.1:${server.address().port}/file`, { headers: { range } });
  await res.arrayBuffer();
  return `${res.status}, ${res.headers.get('content-range')}`;
};

const seen = {};
for (const range of ['bytes=0-499', 'bytes=-100', 'bytes=-500'])
  seen[range] = { parser: JSON.stringify(parse(100, range)), express: await get(range) };
server.close();
server.closeAllConnections();
const later = JSON.stringify(parse2(100, 'bytes=-500').ranges);

console.log('version: range-parser 1.3.0, Express 5.3.0');
console.log('guess:   of a file of 100 bytes, all three ranges give 0 to 99, with 206');
for (const [range, { parser, express }] of Object.entries(seen))
  console.log(`seen:    ${range}: parser ${parser}; Express ${express}`);
console.log(`seen:    bytes=-500 with range-parser 2.0.0: ${later}`);
const whole = { parser: '[{"start":0,"end":99}]', express: '206, bytes 0-99/100' };
assert.deepEqual(seen, {
  'bytes=0-499': whole,
  'bytes=-100': whole,
  'bytes=-500': { parser: '-1', express: '416, bytes */100' },
});
assert.equal(later, whole.parser);
EOF
node show.mjs
