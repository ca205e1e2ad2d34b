import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/server/core/config.ts';
import { findLogMessages, messagesOf } from './support/log-messages.ts';
import { scrape, startMeasured } from './support/metrics.ts';

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

/** The cells of the rows that begin with inline code. */
function rowsUnder(heading: string): string[][] {
  const section =
    read('docs/operations.md')
      .split(/^## /m)
      .find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
}

const inCode = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

/** Name, type and labels of each metric, as documented. */
const documented = rowsUnder('Metrics')
  .filter(([, type = '']) => /^(counter|gauge|histogram)$/.test(type))
  .map(([name = '', type = '', labels = '']) => ({
    name: name.replaceAll('`', ''),
    type,
    labels: inCode(labels),
  }));

const labelsOf = (metric: string) =>
  documented.find(({ name }) => name === metric || name === metric.replace(/_(bucket|sum|count)$/, ''))
    ?.labels;

describe('docs/operations.md', () => {
  it('lists all metrics with their labels', async () => {
    const { url, alice, roomId } = await startMeasured();
    await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
    await alice.client.chat.listMessages.query({ roomId });
    const { types, samples } = await scrape(url);

    // Besides those, prom-client exports default metrics, which differ by platform.
    const isDefault = (name: string) => /^(process|nodejs)_/.test(name);
    expect(types).toMatchObject(Object.fromEntries(documented.map(({ name, type }) => [name, type])));
    const own = Object.keys(types).filter((name) => !isDefault(name));
    expect(
      documented
        .map(({ name }) => name)
        .filter((name) => !isDefault(name))
        .sort(),
    ).toEqual(own.sort());
    for (const { name, labels } of samples.filter((sample) => !isDefault(sample.name)))
      expect([name, [...(labelsOf(name) ?? []), 'le']]).toEqual([
        name,
        expect.arrayContaining(Object.keys(labels)),
      ]);
  });

  it('lists all log messages with their levels', () => {
    const messages = findLogMessages();
    const rows = rowsUnder('The log').map(([message = '', level]) => [message.slice(1, -1), level] as const);
    expect(messages.length).toBeGreaterThan(20);
    expect(new Set(rows.map(([text]) => text))).toEqual(new Set(messages.map(({ text }) => text)));
    const levels = new Map(rows);
    for (const { file, level, text } of messages)
      if (level !== undefined) expect([file, text, levels.get(text)]).toEqual([file, text, level]);
  });

  it('finds every form of a log call', () => {
    const source =
      "log.warn({ err }, 'a'); log[level]({}, 'd'); this.other.warn('e'); this.#log.error('f');" +
      'deps.log.info(`b $' +
      '{url} c`)';
    expect(messagesOf('x.ts', source).map(({ level, text }) => [level, text])).toEqual([
      ['warn', 'a'],
      [undefined, 'd'],
      ['error', 'f'],
      ['info', 'b <url> c'],
    ]);
  });
});

interface Panel {
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { expr: string; datasource: { uid: string } }[];
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string | { query: string } }[] };
}

describe('deploy/grafana/mirage.json', () => {
  const { panels, templating } = JSON.parse(read('deploy/grafana/mirage.json')) as Dashboard; // safe: our own file
  const charts = panels.filter(({ type }) => type !== 'row');
  const targets = charts.flatMap((panel) => panel.targets ?? []);
  const metricsIn = (text: string) => text.match(/\b(mirage|process|nodejs)_\w+/g) ?? [];

  it('lets the viewer choose the data source and the servers', () => {
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'instance']);
    expect(templating.list[0]).toMatchObject({ type: 'datasource', query: 'prometheus' });
    for (const { datasource } of [...charts, ...targets]) expect(datasource?.uid).toBe('$datasource');
    for (const { expr } of targets) {
      const selectors = expr.match(/\w+\{[^}]*\}/g) ?? [];
      expect(selectors.length, expr).toBe(metricsIn(expr).length);
      for (const selector of selectors) expect(selector).toContain('{job="$job",instance=~"$instance"');
    }
  });

  it('queries existing metrics and labels', () => {
    expect(targets.length).toBeGreaterThan(30);
    for (const { expr } of targets)
      for (const metric of metricsIn(expr)) {
        const labels = labelsOf(metric);
        expect(labels, `${metric} in ${expr}`).toBeDefined();
        const used = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
        const matched = [...expr.matchAll(/[{,](\w+)(?:=|!)/g)].map(([, name = '']) => name);
        const known = [...(labels ?? []), 'le', 'job', 'instance'];
        expect([expr, known]).toEqual([expr, expect.arrayContaining([...used, ...matched])]);
      }
  });

  it('queries rates of counters and histograms', () => {
    for (const { expr } of targets)
      for (const metric of metricsIn(expr)) {
        const type = documented.find(({ name }) => name === metric)?.type;
        if (type === undefined) expect(metric).toMatch(/_(bucket|sum|count)$/);
        if (type !== 'gauge') expect(expr).toContain(`rate(${metric}{`);
        expect(type, metric).not.toBe('histogram');
      }
  });

  it('shows every documented metric', () => {
    const shown = new Set(targets.flatMap(({ expr }) => metricsIn(expr)));
    for (const { name, type } of documented) {
      const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
      expect(
        names.some((each) => shown.has(each)),
        name,
      ).toBe(true);
    }
  });

  it('has panels with titles and units that do not overlap', () => {
    expect(new Set(charts.map(({ title }) => title)).size).toBeGreaterThan(20);
    for (const { title, fieldConfig, gridPos } of charts) {
      expect(title).not.toBe('');
      expect(fieldConfig?.defaults.unit, title).toBeDefined();
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    for (const one of panels)
      for (const other of panels) {
        const [a, b] = [one.gridPos, other.gridPos];
        const overlap = a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
        expect(one === other || !overlap, `${one.title} and ${other.title}`).toBe(true);
      }
  });
});

describe('deploy/prometheus.yml', () => {
  it('scrapes the default address with a token', () => {
    // safe: a wrong shape fails below
    const { scrape_configs: jobs } = parse(read('deploy/prometheus.yml')) as {
      scrape_configs: {
        metrics_path?: string;
        authorization: object;
        static_configs: { targets: string[] }[];
      }[];
    };
    const { host, port } = loadConfig({});
    expect(jobs).toMatchObject([
      {
        authorization: { credentials_file: expect.any(String) },
        static_configs: [{ targets: [`${host}:${port}`] }],
      },
    ]);
    expect(jobs[0]?.metrics_path ?? '/metrics').toBe('/metrics');
  });
});
