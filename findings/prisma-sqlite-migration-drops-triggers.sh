#!/usr/bin/env bash
# Prisma 7.10.0: a migration that only adds a default to a column of a SQLite table drops the triggers of that table.
# Guess: a migration leaves alone what Prisma does not manage, or at least warns about it.
# Behaviour: SQLite cannot alter such a column, so the migration builds a new table, copies the rows and drops the old
# one, and its triggers with it. The SQL neither mentions nor recreates them. The schema engine used here is the
# WebAssembly build of the commit that Prisma 7.10.0 names, so that no database and no download are needed.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @prisma/schema-engine-wasm@7.10.0-4.0edf323efd1d98336f3f0a68684b56f689b900d3 \
  @prisma/driver-adapter-utils@7.10.0 node-sqlite3-wasm@0.8.60

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import sqlite from 'node-sqlite3-wasm';

const module = await readFile('node_modules/@prisma/schema-engine-wasm/schema_engine_bg.wasm');
const { instance } = await WebAssembly.instantiate(module, { './schema_engine_bg.js': engine });
engine.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

// Two models are compared with each other, so the connection is asked for nothing.
const adapter = { provider: 'sqlite', adapterName: 'none' };
const connect = async () => ({
  ...adapter,
  getConnectionInfo: () => ({}),
  queryRaw: async () => ({ columnNames: [], columnTypes: [], rows: [] }),
  executeRaw: async () => 0,
  executeScript: async () => {},
  dispose: async () => {},
});
const factory = bindMigrationAwareSqlAdapterFactory({ ...adapter, connect, connectToShadowDb: connect });

const models = (columns) =>
  `datasource db {\n  provider = "sqlite"\n}\nmodel message {\n  id Int @id\n  ${columns}\n}\n`;
const tagged = (content) => ({ tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] });
const before = models('text String');

async function migrate(columns) {
  const after = models(columns);
  const schema = await engine.SchemaEngine.new({ datamodels: [['schema.prisma', after]] }, () => {}, factory);
  const { stdout: sql } = await schema.diff({
    from: tagged(before),
    to: tagged(after),
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  const db = new sqlite.Database();
  db.exec(`
    CREATE TABLE message (id INTEGER NOT NULL PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE journal (message_id INTEGER);
    CREATE TRIGGER written AFTER INSERT ON message BEGIN INSERT INTO journal VALUES (new.id); END;
  `);
  db.exec(sql);
  const triggers = db.all("SELECT name FROM sqlite_schema WHERE type = 'trigger'").map(({ name }) => name);
  return { statements: sql.match(/^(ALTER|CREATE|DROP|INSERT)/gm).join(' '), triggers, warns: /trigger/i.test(sql) };
}

const added = await migrate('text String\n  note String?');
const defaulted = await migrate('text String @default("")');

console.log('version: Prisma schema engine 7.10.0');
console.log('guess:   the trigger is there after both migrations');
console.log(`seen:    an optional column added: ${JSON.stringify(added)}`);
console.log(`         a default added:          ${JSON.stringify(defaulted)}`);
assert.deepEqual(added.triggers, ['written']);
assert.deepEqual(defaulted.triggers, []);
assert.equal(defaulted.warns, false);
EOF
node show.mjs
