import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { type Outcome, replay, type Step } from './replay.ts';

/** Recorded on the legacy service, but for `extra.json`: what its contract says beyond the recordings. */
const recordings = ['transcript.json', 'malformed.json', 'extra.json'];

// One test per file, because the steps of a file build on each other.
it.each(recordings)(
  'answers %s as a legacy caller expects',
  async (name) => {
    const { url } = await startMirage();

    const failures = (await replay(url, readSteps(name))).filter(({ problems }) => problems.length > 0);

    if (failures.length > 0) expect.fail(describeFailures(name, failures));
  },
  120_000,
);

function readSteps(name: string): Step[] {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  return (JSON.parse(text) as { steps: Step[] }).steps; // safe: the files lie beside this one
}

function describeFailures(name: string, failures: Outcome[]): string {
  const lines = failures.flatMap(({ id, problems }) => [id, ...problems.map((problem) => `    ${problem}`)]);
  return [`${failures.length} steps of ${name} failed:`, ...lines].join('\n');
}
