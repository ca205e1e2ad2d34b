import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, vi } from 'vitest';
import { type Answer, observeAnswers } from './observe.mjs';

// Runs in every test file and fails it if a server sent a response under /api that docs/openapi.json does not document.
// So all tests together check the document, and with it the refusals that each route lists.

const undocumented = new Set<string>();
/** Maximum number of responses to report. */
const shown = 20;

let check: ((answer: Answer) => string | undefined) | undefined;
let loading: Promise<void> | undefined;
const waiting: Answer[] = [];

/** Loaded with the first response, as many test files start no server. */
async function load(): Promise<void> {
  const [{ createCheck }, { readDocument }] = await Promise.all([
    import('./undocumented.ts'),
    import('../../openapi/document.ts'),
  ]);
  check = createCheck(readDocument());
  for (const answer of waiting.splice(0)) checkAnswer(answer);
}

function checkAnswer(answer: Answer): void {
  if (check) {
    const found = check(answer);
    if (found !== undefined && undocumented.size < shown) undocumented.add(found);
  } else {
    waiting.push(answer);
    loading ??= load();
  }
}

const stopObserving = observeAnswers(checkAnswer);

const folder = mkdtempSync(join(tmpdir(), 'mirage-answers-'));
chmodSync(folder, 0o777); // some servers run as user nobody
process.env.RECORD_ANSWERS_IN = folder;

/** A busy machine may take longer than the second that these wait by default. */
const patience = { timeout: 15_000 };
const { waitFor, waitUntil } = vi;
const patient = (options: Parameters<typeof waitFor>[1] = {}) =>
  typeof options === 'number' ? options : { ...patience, ...options };
vi.waitFor = (check, options) => waitFor(check, patient(options));
vi.waitUntil = (check, options) => waitUntil(check, patient(options));

// Files of tests share the modules of their process, and so what others replace in them.
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

afterAll(async () => {
  stopObserving();
  for (const file of readdirSync(folder))
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n'))
      if (line.endsWith('}')) checkAnswer(JSON.parse(line) as Answer); // safe: record.mjs wrote it
  rmSync(folder, { recursive: true, force: true });
  await loading;
  expect([...undocumented], 'responses under /api that docs/openapi.json does not document').toEqual([]);
});
