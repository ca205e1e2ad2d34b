import { readFileSync } from 'node:fs';
import type { Outcome, Step } from './replay.ts';

/** The first two were recorded from the legacy service; `extra.json` covers the rest of its contract. */
export const recordings = ['transcript.json', 'malformed.json', 'extra.json'];

export function readSteps(name: string): Step[] {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  return (JSON.parse(text) as { steps: Step[] }).steps; // safe: the files are part of the tests
}

export function describeFailures(name: string, failures: Outcome[]): string {
  const lines = failures.flatMap(({ id, problems }) => [id, ...problems.map((problem) => `    ${problem}`)]);
  return [`${failures.length} steps of ${name} failed:`, ...lines].join('\n');
}
