#!/usr/bin/env bash
# tRPC 11.25.2 with zod 4.6.7: a codec as .output() runs from the wire to the value, not from the value to the wire.
# Guess: a codec knows both directions, so .output(codec) encodes: the procedure returns a Date, text leaves.
# Behaviour: an output schema is parsed like any other, and parsing a codec decodes. Returning the Date fails with
# INTERNAL_SERVER_ERROR; returning the text makes a Date of it. z.invertCodec(codec) does what was meant.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @trpc/server@11.25.2 zod@4.6.7

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { initTRPC } from '@trpc/server';
import { z } from 'zod';

const dateAsText = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});
const date = new Date('2026-01-01T00:00:00.000Z');
assert.equal(z.encode(dateAsText, date), date.toISOString());

const t = initTRPC.create();
const router = t.router({
  returnsDate: t.procedure.output(dateAsText).query(() => date),
  inverted: t.procedure.output(z.invertCodec(dateAsText)).query(() => date),
  returnsText: t.procedure.output(dateAsText).query(() => date.toISOString()),
});
const caller = t.createCallerFactory(router)({});

const fromDate = await caller.returnsDate().catch((error) => `${error.code} (${error.cause.issues[0].message})`);
const fromText = await caller.returnsText();
const inverted = await caller.inverted();

console.log('version: tRPC 11.25.2, zod 4.6.7');
console.log(`guess:   a procedure that returns a Date answers "${date.toISOString()}"`);
console.log(`seen:    it fails with ${fromDate}`);
console.log(`         one that returns the text answers a ${fromText.constructor.name}`);
console.log(`         with z.invertCodec it answers "${inverted}"`);
assert.equal(fromDate, 'INTERNAL_SERVER_ERROR (Invalid input: expected string, received Date)');
assert.ok(fromText instanceof Date);
assert.equal(inverted, date.toISOString());
EOF
node show.mjs
