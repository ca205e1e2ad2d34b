/**
 * npm run bench:compare -- --baseline <git ref>                this working tree beside that revision, in one run
 * npm run bench:compare -- --baseline <git ref> --only http    http, fan-out
 * npm run bench:compare -- --baseline <folder>                 a build that is there already
 * npm run bench:compare -- --baseline <git ref> --rows inbox   only rows with this in their names
 */
import { parseArgs } from 'node:util';
import { machine } from './lib/machine.ts';
import { markdownTable, number, type Table } from './lib/report.ts';
import { buildRevision } from './lib/revision.ts';
import { type Contestants, type Figures, interleave, type Rounds, ratio, summary } from './lib/series.ts';
import { comparedCalls } from './scenarios/compared-calls.ts';
import { comparedDeliveries } from './scenarios/compared-deliveries.ts';
import type { RunOptions } from './scenarios/options.ts';

/** One row of the comparison: the same measurement of either build. */
export interface Pair {
  name: string;
  /** Which figure of the measurement counts, such as `cpuUs`. Less is better. */
  figure: string;
  ours(): Promise<Figures>;
  baseline(): Promise<Figures>;
}

export interface Comparison {
  pairs: Pair[];
  stop(): Promise<void>;
}

/** `baseline` is the folder with the compiled benchmark of the other revision. */
type Scenario = (baseline: string, options: RunOptions) => Promise<Comparison>;

const scenarios: Record<string, Scenario> = { http: comparedCalls, 'fan-out': comparedDeliveries };

const { values } = parseArgs({
  options: {
    baseline: { type: 'string' },
    only: { type: 'string' },
    rows: { type: 'string', default: '' },
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '1' },
  },
});
if (values.baseline === undefined) throw new Error('--baseline <git ref> is required');
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const options: RunOptions = { rounds: Number(values.rounds), seconds: Number(values.seconds), quick: true };
const names = values.only?.split(',') ?? Object.keys(scenarios);
const folder = buildRevision(values.baseline);
const tables: Table[] = [];
for (const name of names) {
  const open = scenarios[name];
  if (!open) throw new Error(`unknown scenario ${name}: ${Object.keys(scenarios).join(', ')}`);
  process.stderr.write(`${name}\n`);
  const { pairs: all, stop } = await open(folder, options);
  const pairs = all.filter((pair) => pair.name.includes(values.rows));
  const rounds = await interleave(contestants(pairs), options.rounds, (round) => contestants(pairs, round));
  await stop();
  tables.push(tableOf(pairs, rounds));
}

process.stdout.write(
  `${[
    `# Beside ${values.baseline}`,
    `${machine()}\n- ${options.rounds} rounds; both builds take turns within each round`,
    'The ratio is the speed of this build over that of the baseline: the baseline’s CPU time of the server process ' +
      'divided by ours, as the median of the ratios within each round, and in the last column of the sums over all rounds. Above 1 ' +
      'this build is faster.',
    ...tables.map(markdownTable),
  ].join('\n\n')}\n`,
);

/**
 * The order alternates from round to round, so that neither build always follows the other. Within a round it is the same in each
 * row: a server that has just been measured has its data at hand.
 */
function contestants(pairs: Pair[], round = 0): Contestants {
  const entries = pairs.flatMap(({ name, ours, baseline }) => {
    const both: [string, () => Promise<Figures>][] = [
      [`${name}: ours`, ours],
      [`${name}: baseline`, baseline],
    ];
    return round % 2 === 0 ? both : both.reverse();
  });
  return Object.fromEntries(entries);
}

/** Of all rounds. Where rounds differ much, the ratio of the sums says more than the median of ratios. */
function sum(rounds: Rounds, name: string, figure: string): number {
  return (rounds.get(name) ?? []).reduce((total, figures) => total + (figures[figure] ?? 0), 0);
}

function tableOf(pairs: Pair[], rounds: Rounds): Table {
  return {
    head: ['', 'this build', 'baseline', 'ratio', 'lowest–highest', 'all rounds together'],
    rows: pairs.map(({ name, figure }) => {
      const speed = ratio(rounds, figure, `${name}: baseline`, `${name}: ours`);
      return [
        `${name}, ${figure}`,
        number(summary(rounds, `${name}: ours`, figure).median),
        number(summary(rounds, `${name}: baseline`, figure).median),
        number(speed.median),
        `${number(speed.min)}–${number(speed.max)}`,
        number(sum(rounds, `${name}: baseline`, figure) / sum(rounds, `${name}: ours`, figure)),
      ];
    }),
  };
}
