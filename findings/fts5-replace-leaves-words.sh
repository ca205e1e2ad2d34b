#!/usr/bin/env bash
# SQLite FTS5 with external content: INSERT OR REPLACE leaves the old words in the index.
# Guess: the delete trigger that FTS5 wants for external content runs when REPLACE removes the old row.
# Behaviour: it does not, unless PRAGMA recursive_triggers is on. The old words go on finding a row that does not hold
# them, and integrity-check sees nothing until it is told to compare with the content. An upsert does it right.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent node-sqlite3-wasm@0.8.60

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import sqlite from 'node-sqlite3-wasm';

const db = new sqlite.Database();
const { version } = db.get('SELECT sqlite_version() AS version');
db.exec(`
  CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT);
  CREATE VIRTUAL TABLE found USING fts5 (text, content = 'message', content_rowid = 'id');
  CREATE TRIGGER added AFTER INSERT ON message BEGIN
    INSERT INTO found (rowid, text) VALUES (new.id, new.text);
  END;
  CREATE TRIGGER removed AFTER DELETE ON message BEGIN
    INSERT INTO found (found, rowid, text) VALUES ('delete', old.id, old.text);
  END;
  CREATE TRIGGER changed AFTER UPDATE ON message BEGIN
    INSERT INTO found (found, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO found (rowid, text) VALUES (new.id, new.text);
  END;
`);
const search = (word) => db.all('SELECT rowid AS id, text FROM found WHERE found MATCH ?', [word]);
const check = (columns, values) => {
  try {
    db.exec(`INSERT INTO found (${columns}) VALUES (${values})`);
    return 'no complaint';
  } catch (error) {
    return error.message;
  }
};

db.exec(`
  INSERT INTO message VALUES (1, 'plum') ON CONFLICT DO UPDATE SET text = excluded.text;
  INSERT INTO message VALUES (1, 'pear') ON CONFLICT DO UPDATE SET text = excluded.text;
`);
const upserted = search('plum');
db.exec("INSERT INTO message VALUES (2, 'apple'); INSERT OR REPLACE INTO message VALUES (2, 'cherry')");
const replaced = search('apple');
const plainCheck = check('found', "'integrity-check'");
const fullCheck = check('found, rank', "'integrity-check', 1");

console.log(`version: SQLite ${version} (node-sqlite3-wasm 0.8.60)`);
console.log('guess:   a search for the word that was replaced finds nothing');
console.log(`seen:    after an upsert: ${JSON.stringify(upserted)}; after REPLACE: ${JSON.stringify(replaced)}`);
console.log(`         integrity-check: ${plainCheck}; with rank 1: ${fullCheck}`);
assert.deepEqual(upserted, []);
assert.deepEqual(replaced, [{ id: 2, text: 'cherry' }]);
assert.equal(plainCheck, 'no complaint');
assert.equal(fullCheck, 'database disk image is malformed');
EOF
node show.mjs
