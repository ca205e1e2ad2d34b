#!/usr/bin/env bash
# Postgres full text search finds fewer words than SQLite FTS5 in everyday writing, with the "simple" dictionary too.
# Guess: to_tsvector("simple", ...) splits at punctuation and lower-cases, so both find the same messages.
# Behaviour: the parser of Postgres takes "done.Thanks" for a host, "yes/no" for a path and "-5" for a number, each
# one token. Turning every run of other characters into a space before to_tsvector makes the two agree.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @electric-sql/pglite@0.5.17 node-sqlite3-wasm@0.8.60

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { PGlite } from '@electric-sql/pglite';
import sqlite from 'node-sqlite3-wasm';

const postgres = new PGlite();
const lite = new sqlite.Database();
lite.exec('CREATE VIRTUAL TABLE message USING fts5 (text)');

async function find(text, word) {
  lite.exec('DELETE FROM message');
  lite.run('INSERT INTO message VALUES (?)', [text]);
  const fts5 = lite.get('SELECT 1 FROM message WHERE message MATCH ?', [`"${word}"`]) !== undefined;
  const { rows } = await postgres.query(
    `SELECT to_tsvector('simple', $1)::text AS tokens,
            to_tsvector('simple', $1) @@ plainto_tsquery('simple', $2) AS plain,
            to_tsvector('simple', regexp_replace($1, '[^[:alnum:]]+', ' ', 'g'))
              @@ plainto_tsquery('simple', $2) AS spaced`,
    [text, word],
  );
  return { text, word, fts5, ...rows[0] };
}

const found = [];
for (const [text, word] of [
  ['All done.Thanks everyone', 'thanks'],
  ['A yes/no question', 'no'],
  ['Look at issue-5', '5'],
  ['A well-known bug', 'known'],
])
  found.push(await find(text, word));

const { rows } = await postgres.query("SELECT current_setting('server_version') AS version");
const { version } = lite.get('SELECT sqlite_version() AS version');
console.log(`version: Postgres ${rows[0].version} (PGlite 0.5.17), SQLite ${version} (node-sqlite3-wasm 0.8.60)`);
console.log('guess:   Postgres and FTS5 find all four words');
for (const { text, word, fts5, plain, spaced, tokens } of found)
  console.log(`seen:    "${word}" in "${text}": FTS5 ${fts5}, Postgres ${plain}, with spaces ${spaced}; ${tokens}`);
assert.deepEqual(found.map(({ fts5 }) => fts5), [true, true, true, true]);
assert.deepEqual(found.map(({ plain }) => plain), [false, false, false, true]);
assert.deepEqual(found.map(({ spaced }) => spaced), [true, true, true, true]);
await postgres.close();
EOF
node show.mjs
