#!/usr/bin/env bash
# Redis: after XTRIM nothing in a stream says what was cut, though a field looks made for it.
# Guess: max-deleted-entry-id of XINFO STREAM is the highest id that is gone, so a reader whose position lies below
# it knows that it has missed something.
# Behaviour: XDEL sets it, XTRIM (and XADD MAXLEN) does not. XREAD from a position that was cut away answers with
# what is left, as if nothing were missing. Asking with XRANGE for the remembered id itself does show the gap.
# Needs a redis-server on the PATH (Debian: redis-server); starts its own, on a socket in the temporary folder.
set -euo pipefail

if ! command -v redis-server > /dev/null; then
  echo 'skipped: no redis-server on the PATH'
  exit 0
fi
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
cd "$dir"
redis-server --port 0 --unixsocket "$dir/redis.sock" --save '' --dir "$dir" --logfile redis.log &
server=$!
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent ioredis@6.0.0

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { Redis } from 'ioredis';

const redis = new Redis({ path: 'redis.sock' });
const version = /redis_version:(\S+)/.exec(await redis.info('server'))[1];

async function fill(key) {
  for (let n = 1; n <= 5; n += 1) await redis.xadd(key, `${n}-0`, 'n', String(n));
}
async function maxDeleted(key) {
  const info = await redis.xinfo('STREAM', key);
  return info[info.indexOf('max-deleted-entry-id') + 1];
}

await fill('deleted');
await redis.xdel('deleted', '1-0', '2-0', '3-0');
const afterDelete = await maxDeleted('deleted');

await fill('trimmed');
await redis.xtrim('trimmed', 'MAXLEN', '2');
const afterTrim = await maxDeleted('trimmed');
const [[, entries]] = await redis.xread('STREAMS', 'trimmed', '1-0');
const read = entries.map(([id]) => id);
const own = await redis.xrange('trimmed', '1-0', '1-0');
redis.disconnect();

console.log(`version: Redis ${version}, ioredis 6.0.0`);
console.log('guess:   max-deleted-entry-id is 3-0 in both streams');
console.log(`seen:    after XDEL of 1 to 3: ${afterDelete}; after XTRIM of 1 to 3: ${afterTrim}`);
console.log(`         XREAD from 1-0: ${read}; XRANGE 1-0 1-0: ${own.length} entries`);
assert.equal(afterDelete, '3-0');
assert.equal(afterTrim, '0-0');
assert.deepEqual(read, ['4-0', '5-0']);
assert.deepEqual(own, []);
EOF
node show.mjs
