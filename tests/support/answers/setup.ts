import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { type Answer, observeAnswers } from './observe.mjs';

// For every file of tests: no server of it may have given an answer under /api that docs/openapi.json does not name. So
// the document, and with it what the table says of refusals, is held against all that the tests make servers do.

const undocumented = new Set<string>();
/** One is enough to fail; these are to see what is the matter. */
const shown = 20;

let check: ((answer: Answer) => string | undefined) | undefined;
let loading: Promise<void> | undefined;
const waiting: Answer[] = [];

/** Loaded with the first answer, as many files start no server. */
async function load(): Promise<void> {
  const [{ createCheck }, { readDocument }] = await Promise.all([
    import('./undocumented.ts'),
    import('../../openapi/document.ts'),
  ]);
  check = createCheck(readDocument());
  for (const answer of waiting.splice(0)) look(answer);
}

function look(answer: Answer): void {
  if (check) {
    const found = check(answer);
    if (found !== undefined && undocumented.size < shown) undocumented.add(found);
  } else {
    waiting.push(answer);
    loading ??= load();
  }
}

observeAnswers(look);

const folder = mkdtempSync(join(tmpdir(), 'mirage-answers-'));
chmodSync(folder, 0o777); // some servers run as nobody
process.env.RECORD_ANSWERS_IN = folder;

afterAll(async () => {
  for (const file of readdirSync(folder))
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n'))
      if (line.endsWith('}')) look(JSON.parse(line) as Answer); // safe: record.mjs wrote it
  rmSync(folder, { recursive: true, force: true });
  await loading;
  expect([...undocumented], 'answers under /api that docs/openapi.json does not name').toEqual([]);
});
