#!/usr/bin/env bash
# Prisma 7.10.0: paging from a row that has been deleted gives an empty page, as at the end.
# Guess: cursor: { id: 3 } with skip: 1 goes on below 3 whether the row is still there or not, or fails if it is not.
# Behaviour: the cursor is looked up. Without its row the answer is an empty list, which a reader of a chat whose
# oldest loaded message was just deleted takes for the beginning of the history. where: { id: { lt: 3 } } goes on.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent --ignore-scripts \
  prisma@7.10.0 @prisma/client@7.10.0 @prisma/adapter-libsql@7.10.0 @libsql/client@0.17.4

cat > schema.prisma <<'EOF'
generator client {
  provider = "prisma-client-js"
  output   = "./client"
}
datasource db {
  provider = "sqlite"
}
model message {
  id Int @id
}
EOF
# Generating asks for an engine binary that it never runs; any file that exists saves the download.
export PRISMA_SCHEMA_ENGINE_BINARY="$dir/package.json" CHECKPOINT_DISABLE=1
npx prisma generate --schema schema.prisma > generate.log 2>&1 || { cat generate.log; exit 1; }

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaClient } from './client/index.js';

const db = new PrismaClient({ adapter: new PrismaLibSql({ url: 'file:chat.db' }) });
await db.$executeRawUnsafe('CREATE TABLE message (id INTEGER PRIMARY KEY)');
await db.message.createMany({ data: [1, 2, 3, 4, 5].map((id) => ({ id })) });

const page = { orderBy: { id: 'desc' }, take: 2 };
const ids = async (query) => (await db.message.findMany({ ...page, ...query })).map(({ id }) => id);

const present = await ids({ cursor: { id: 3 }, skip: 1 });
await db.message.delete({ where: { id: 3 } });
const deleted = await ids({ cursor: { id: 3 }, skip: 1 });
const below = await ids({ where: { id: { lt: 3 } } });

console.log('version: Prisma 7.10.0');
console.log('guess:   2 and 1, with row 3 and without');
console.log(`seen:    with row 3: [${present}], without: [${deleted}], id < 3: [${below}]`);
assert.deepEqual(present, [2, 1]);
assert.deepEqual(deleted, []);
assert.deepEqual(below, [2, 1]);
await db.$disconnect();
EOF
node show.mjs
