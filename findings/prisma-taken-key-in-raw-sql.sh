#!/usr/bin/env bash
# Prisma 7.10.0: a taken unique key has another error code in raw SQL.
# Guess: a client id that is taken is P2002 whichever way the message is stored, so that a server which catches P2002
# and answers with the first message is right when its insert moves to $queryRaw, for RETURNING or ON CONFLICT.
# Behaviour: message.create() throws P2002, the same insert through $queryRaw throws P2010, "raw query failed". What
# both have in common is meta.driverAdapterError.cause.kind, "UniqueConstraintViolation".
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
  id       Int    @id
  clientId String @unique
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
await db.$executeRawUnsafe('CREATE TABLE message (id INTEGER PRIMARY KEY, clientId TEXT UNIQUE)');
await db.message.create({ data: { id: 1, clientId: 'a' } });

const failure = (send) => send.then(() => assert.fail('it was stored twice'), (error) => error);
const typed = await failure(db.message.create({ data: { id: 2, clientId: 'a' } }));
const raw = await failure(db.$queryRaw`INSERT INTO message (id, clientId) VALUES (2, ${'a'}) RETURNING id`);
const kindOf = ({ meta }) => meta?.driverAdapterError?.cause?.kind;

console.log('version: Prisma 7.10.0');
console.log('guess:   P2002 from both');
console.log(`seen:    create ${typed.code} (${kindOf(typed)}), $queryRaw ${raw.code} (${kindOf(raw)})`);
assert.equal(typed.code, 'P2002');
assert.equal(raw.code, 'P2010');
assert.equal(kindOf(typed), 'UniqueConstraintViolation');
assert.equal(kindOf(raw), 'UniqueConstraintViolation');
await db.$disconnect();
EOF
node show.mjs
