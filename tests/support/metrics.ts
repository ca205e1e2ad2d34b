import { expect } from 'vitest';
import type { Config } from '../../src/server/core/config.ts';
import { startRoom } from './live.ts';

export const metricsToken = 'a token for metrics alone';

/** A Mirage with a room, which is measured. */
export const startMeasured = (settings: Partial<Config> = {}) => startRoom({ metricsToken, ...settings });

type Labels = Record<string, string>;

interface Sample {
  name: string;
  labels: Labels;
  value: number;
}

const line = /^(\w+)(?:\{(.*)\})? (\S+)$/;

/** What `/metrics` says now. */
export async function scrape(url: string) {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const samples = text
    .split('\n')
    .filter((each) => each !== '' && !each.startsWith('#'))
    .map((each): Sample => {
      const [, name = '', labels = '', value] = line.exec(each) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', word = '']) => [key, word]);
      return { name, labels: Object.fromEntries(pairs) as Labels, value: Number(value) }; // safe: made of texts
    });
  return {
    text,
    samples,
    /** The names and kinds of all that there is. */
    types: Object.fromEntries(
      [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]),
    ),
    /** The sum over all series of this name that have these labels. */
    sum: (name: string, labels: Labels = {}) =>
      samples
        .filter((sample) => sample.name === name)
        .filter((sample) => Object.entries(labels).every(([key, word]) => sample.labels[key] === word))
        .reduce((total, { value }) => total + value, 0),
  };
}
