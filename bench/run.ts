/**
 * npm run bench            everything, into bench/RESULTS.md
 * npm run bench -- --quick a short look, printed
 * npm run bench -- --only http,ring --rounds 3
 * BENCH_PROFILE=folder npm run bench -- --quick --only http leaves CPU profiles of the servers there
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine } from './lib/machine.ts';
import { isMet, markdownTable, type Section, sectionText, shortfalls, targetTable } from './lib/report.ts';
import { fanOut } from './rungs/fan-out.ts';
import { growth } from './rungs/growth.ts';
import { http } from './rungs/http.ts';
import { inboxPage } from './rungs/inbox-page.ts';
import { inboxSend } from './rungs/inbox-send.ts';
import { memory } from './rungs/memory.ts';
import type { RunOptions } from './rungs/options.ts';
import { ring } from './rungs/ring.ts';
import { stalledReader } from './rungs/stalled.ts';

/** In the order in which they run. */
const rungs: Record<string, (options: RunOptions) => Promise<Section>> = {
  http,
  'inbox-send': inboxSend,
  'inbox-page': inboxPage,
  'fan-out': fanOut,
  memory,
  ring,
  growth,
  stalled: stalledReader,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    out: { type: 'string' },
  },
});
const { quick, only } = values;
const options: RunOptions = {
  quick,
  rounds: Number(values.rounds ?? (quick ? 3 : 5)),
  seconds: quick ? 1 : 3,
};
const names = only?.split(',') ?? Object.keys(rungs);
const out = values.out ?? (quick || only ? undefined : 'bench/RESULTS.md');

const say = (line: string) => process.stderr.write(`${line}\n`);

// So that what is cleared away at exit is cleared away then too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const startedAt = new Date();
const sections: Section[] = [];
for (const name of names) {
  const rung = rungs[name];
  if (!rung) throw new Error(`there is no rung ${name}: ${Object.keys(rungs).join(', ')}`);
  say(`${new Date().toISOString().slice(11, 19)} ${name}`);
  sections.push(await rung(options));
}

const targets = sections.flatMap((section) => section.targets);
const missed = shortfalls(targets);
const command = [
  'npm run bench',
  ...process.argv.slice(2).map((word, at) => (at === 0 ? `-- ${word}` : word)),
];
const report = [
  '# What Mirage costs',
  'Written by the benchmark; not to be edited.',
  [
    machine(),
    `- \`${command.join(' ')}\`, ${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${options.rounds} rounds`,
  ].join('\n'),
  'Contestants take turns, round by round. A figure is the median of the rounds, with the lowest and the highest in ' +
    'brackets; a ratio is the median of the ratios within each round. CPU time is that of the server process.',
  '## Targets',
  markdownTable(targetTable(targets)),
  ...(missed.length > 0 ? ['### Where a target is not met', missed.join('\n')] : []),
  ...sections.map(sectionText),
].join('\n\n');

if (out) writeFileSync(out, `${report}\n`);
else process.stdout.write(`${report}\n`);
say(`${targets.filter(isMet).length} of ${targets.length} targets met`);
