import type { Rounds, Summary } from './series.ts';
import { ratio, summary } from './series.ts';

export interface Target {
  /** What is promised, such as `legacy send ÷ bare node:http`. */
  figure: string;
  bound: { atLeast: number } | { atMost: number };
  reached: number;
  unit?: string;
  /** Printed where it is not met: what was tried, and what the profile shows. */
  otherwise?: string;
}

export interface Table {
  head: string[];
  rows: string[][];
}

/** One chapter of the results. */
export interface Section {
  title: string;
  /** How it was measured, in a sentence or two. */
  method: string;
  tables: Table[];
  targets: Target[];
}

const digitsOf = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en-US', { maximumFractionDigits: digitsOf(value) });
}

/** The median, and in brackets the lowest and the highest of the rounds. */
export const spread = ({ median, min, max }: Summary) => `${number(median)} (${number(min)}–${number(max)})`;

interface Column {
  head: string;
  figure: string;
  /** Then the column shows how often the figure is that of this contestant. */
  over?: string;
}

/** One row for each contestant, one column for each figure or ratio. */
export function tableOf(rounds: Rounds, columns: Column[]): Table {
  const rows = [...rounds.keys()].map((name) => [
    name,
    ...columns.map(({ figure, over }) =>
      over === undefined
        ? spread(summary(rounds, name, figure))
        : number(ratio(rounds, figure, name, over).median),
    ),
  ]);
  return { head: ['', ...columns.map(({ head }) => head)], rows };
}

export function isMet({ bound, reached }: Target): boolean {
  return 'atLeast' in bound ? reached >= bound.atLeast : reached <= bound.atMost;
}

export function markdownTable({ head, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  );
}

export function targetTable(targets: Target[]): Table {
  const rows = targets.map((target) => {
    const { figure, bound, reached, unit = '' } = target;
    const wanted = 'atLeast' in bound ? `≥ ${number(bound.atLeast)}` : `≤ ${number(bound.atMost)}`;
    return [figure, `${wanted}${unit}`, `${number(reached)}${unit}`, isMet(target) ? 'yes' : '**no**'];
  });
  return { head: ['', 'target', 'reached', 'met'], rows };
}

/** What there is to say about the targets that are not met. */
export function shortfalls(targets: Target[]): string[] {
  const missed = targets.filter((target) => !isMet(target));
  const texts = new Set(missed.map(({ otherwise }) => otherwise ?? 'Not looked into yet.'));
  return [...texts].map((text) => {
    const figures = missed.filter(({ otherwise = 'Not looked into yet.' }) => otherwise === text);
    return `- **${figures.map(({ figure }) => figure).join('; ')}.** ${text}`;
  });
}

export function sectionText({ title, method, tables }: Section): string {
  return [`## ${title}`, method, ...tables.map(markdownTable)].join('\n\n');
}
