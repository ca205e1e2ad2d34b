import type { Rounds, Summary } from './series.ts';
import { ratio, summary } from './series.ts';

export interface Target {
  /** What is compared, such as `legacy send ÷ bare node:http`. */
  figure: string;
  bound: { atLeast: number } | { atMost: number };
  reached: number;
  unit?: string;
  /** Printed if the target is missed: what was tried, and what the profile shows. */
  otherwise?: string;
}

export interface Table {
  head: string[];
  rows: string[][];
}

/** One section of the results. */
export interface Section {
  title: string;
  /** How it was measured, in one or two sentences. */
  method: string;
  tables: Table[];
  targets: Target[];
}

const digitsOf = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en-US', { maximumFractionDigits: digitsOf(value) });
}

/** The median of the rounds, and in brackets the lowest and the highest. */
export const spread = ({ median, min, max }: Summary) => `${number(median)} (${number(min)}–${number(max)})`;

interface Column {
  head: string;
  figure: string;
  /** If given, the column shows the ratio to this server's figure. */
  over?: string;
}

/** One row for each server, one column for each figure or ratio. */
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

/** The explanations of the missed targets. */
export function shortfalls(targets: Target[]): string[] {
  const missed = targets.filter((target) => !isMet(target));
  const texts = new Set(missed.map(({ otherwise }) => otherwise ?? 'Not investigated.'));
  return [...texts].map((text) => {
    const figures = missed.filter(({ otherwise = 'Not investigated.' }) => otherwise === text);
    return `- **${figures.map(({ figure }) => figure).join('; ')}.** ${text}`;
  });
}

export function sectionText({ title, method, tables }: Section): string {
  return [`## ${title}`, method, ...tables.map(markdownTable)].join('\n\n');
}
