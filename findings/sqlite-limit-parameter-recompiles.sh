#!/usr/bin/env bash
# SQLite 3.53.4 compiles a prepared statement again each time a parameter that is a whole LIMIT is bound.
# Guess: a statement is compiled once, when it is prepared, and again only after the schema has changed. Values play no
# part in that, but for those that are compared with indexed columns after ANALYZE.
# Behaviour: `LIMIT ?` is compiled with every run, also for the same value. `LIMIT ? + 0` is not. A page that joins a few
# tables spends half of its time in the compiler.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @sqlite.org/sqlite-wasm@3.53.4-build2

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import init from '@sqlite.org/sqlite-wasm';

const { capi, oo1 } = await init();
const db = new oo1.DB(':memory:');
db.exec('CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT)');

/** How often ten runs of a page compile it again. */
function recompiled(limit) {
  const page = db.prepare(`SELECT id FROM messages ORDER BY id LIMIT ${limit}`);
  for (let run = 0; run < 10; run += 1) {
    page.bind([50]);
    while (page.step());
    page.reset();
  }
  return capi.sqlite3_stmt_status(page.pointer, capi.SQLITE_STMTSTATUS_REPREPARE, 0);
}

const seen = ['?', '? + 0'].map(recompiled);
console.log(`version: SQLite ${capi.sqlite3_libversion()}`);
console.log('guess:   ten runs compile neither LIMIT ? nor LIMIT ? + 0 again');
console.log(`seen:    LIMIT ? ${seen[0]} times, LIMIT ? + 0 ${seen[1]} times`);
assert.deepEqual(seen, [10, 0]);
EOF
node show.mjs
