import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tables as importedTables } from '../../src/cli/import-legacy/report.ts';
import { createProgram } from '../../src/cli/program.ts';
import { routes } from '../../src/rest-compat/routes.ts';
import { appRouter } from '../../src/server/api/app-router.ts';
import { definitionOf } from '../../src/server/api/direct/internals.ts';
import type { Mirage, MirageOptions } from '../../src/server/app/mirage.ts';
import { parameterNames } from '../../src/server/infra/db/postgres-url.ts';
import { limits, maxConnectionsOfAddress } from '../../src/server/infra/limits/rate-limits.ts';
import { systemEvents } from '../../src/server/infra/stores/room-message-store.ts';
import { powers, roles } from '../../src/server/services/rooms/powers.ts';
import { startMirage } from '../support/harness.ts';
import { sources } from '../support/sources.ts';
import { eventsOf, returnsOf } from './client-types.ts';
import { documents, inCode, readDocument, root, tableUnder } from './markdown.ts';

const { procedures } = definitionOf(appRouter);

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** `a, b?` for the fields of an object, as the tables write them. */
function fieldsOf(schema: z.ZodType): string[] {
  const { $ref, $defs, ...inline } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // Schemas with an id are references to a definition.
  const { properties = {}, required = [] } = $defs?.[$ref?.split('/').at(-1) ?? ''] ?? inline;
  return Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`));
}

/** The fields in a cell such as `` `a, b?` in the body ``. */
const fieldsIn = (cell: string) =>
  inCode(cell)
    .flatMap((code) => code.split(', '))
    .filter((field) => field !== '');

/** The compiler rejects these if a member is missing or does not exist. */
const mirageOptions: Record<keyof MirageOptions, true> = {
  authenticate: true,
  basePath: true,
  legacyRest: true,
  pages: true,
  config: true,
  log: true,
  clock: true,
  ownAccounts: true,
  adoptAccounts: true,
};
const mirageMembers: Record<keyof Mirage, true> = {
  handler: true,
  attachWebSockets: true,
  endSessions: true,
  removeUser: true,
  createCaller: true,
  deps: true,
  close: true,
};

/** Each checks one table against the code; the name is the document and the heading above the table. */
const checks: Record<string, () => void | Promise<void>> = {
  async 'docs/api.md: Procedures'() {
    await checkProcedures('Procedures', (kind) => kind !== 'subscription');
  },

  'docs/api.md: Roles in rooms'() {
    const { header, rows } = tableUnder('docs/api.md', 'Roles in rooms');
    expect(header).toEqual(['who may', ...roles]);
    expect(rows).toEqual(
      Object.values(powers).map(({ what, roles: allowed }) => [
        what,
        ...roles.map((role) => ((allowed as readonly string[]).includes(role) ? 'yes' : '')), // safe: widened
      ]),
    );
  },

  'docs/api.md: System messages'() {
    const { rows } = tableUnder('docs/api.md', 'System messages');
    expect(rows.map(([event = '']) => inCode(event)[0])).toEqual(systemEvents);
  },

  async 'docs/api.md: Subscriptions'() {
    await checkProcedures('Subscriptions', (kind) => kind === 'subscription');
  },

  'docs/rest.md: Paths'() {
    const { rows } = tableUnder('docs/rest.md', 'Paths');
    const documented = rows.map(([path = '', takes = '', returns = '']) => ({
      path: inCode(path)[0],
      takes: fieldsIn(takes),
      status: /^\d{3}/.exec(returns)?.[0],
      returns: fieldsIn(returns).filter((field) => field !== 'joined'),
    }));
    const actual = routes.map(({ method, path, input, output, status = 200 }) => ({
      path: `${method.toUpperCase()} ${path}`,
      takes: fieldsOf(input),
      status: status === 200 ? undefined : String(status),
      returns: fieldsOf(output),
    }));
    const sorted = (list: typeof documented) =>
      list
        .map((each) => ({ ...each, takes: each.takes.sort(), returns: each.returns.sort() }))
        .sort((a, b) => String(a.path).localeCompare(String(b.path)));
    expect(sorted(documented)).toEqual(sorted(actual));
  },

  // That .env.example has the names and defaults of the code is tested in tests/server/config.test.ts.
  'docs/configuration.md: Settings'() {
    const { rows } = tableUnder('docs/configuration.md', 'Settings');
    const documented = rows.map(([name = '', value = '']) => [inCode(name)[0], inCode(value)[0] ?? '']);
    const example = [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(documented).toEqual(example);
  },

  'docs/configuration.md: Parameters of DATABASE_URL'() {
    const { rows } = tableUnder('docs/configuration.md', 'Parameters of DATABASE_URL');
    const documented = rows.flatMap(([names = '']) => inCode(names).map((code) => code.split('=')[0]));
    expect(documented).toEqual(parameterNames);
  },

  'docs/command-line.md: The command line'() {
    const [commands, exitCodes] = readDocument('docs/command-line.md').tables;
    const documented = commands?.rows.flatMap(([command = '']) =>
      inCode(command).map((code) => code.replace(/ (--|[A-Z]).*/, '')),
    );
    const leaves = (command: Command, path: string[]): string[] =>
      command.commands.length === 0
        ? [path.join(' ')]
        : command.commands.flatMap((each) => leaves(each, [...path, each.name()]));
    expect(documented?.sort()).toEqual(leaves(createProgram(), []).sort());

    const codes = exitCodes?.rows.map(([code]) => code);
    const source = /exitCodes = \{(.*?)\}/.exec(read('src/cli/run.ts'))?.[1] ?? '';
    expect(codes).toEqual(source.match(/\d+/g));
  },

  'docs/command-line.md: Importing a legacy database'() {
    const { rows } = tableUnder('docs/command-line.md', 'Importing a legacy database');
    expect(rows.map(([table]) => table)).toEqual([...importedTables]);
  },

  'docs/embedding.md: What createMirage takes and returns'() {
    const [options, result] = readDocument('docs/embedding.md').tables;
    const named = (rows: string[][] = []) =>
      new Set(rows.flatMap(([cell = '']) => inCode(cell).map((code) => code.replace(/\(.*/, ''))));
    expect(named(options?.rows)).toEqual(new Set(Object.keys(mirageOptions)));
    expect(named(result?.rows)).toEqual(new Set(Object.keys(mirageMembers)));
  },

  async 'docs/operations.md: Health'() {
    const { url } = await startMirage();
    for (const [request = '', status = ''] of tableUnder('docs/operations.md', 'Health').rows) {
      const path = /GET (\S+?)`/.exec(request)?.[1] ?? '';
      const response = await fetch(url + path);
      expect([path, String(response.status)]).toEqual([path, status.slice(0, 3)]);
    }
  },

  'docs/operations.md: Alerts'() {
    const metrics = new Set(
      tableUnder('docs/operations.md', 'Metrics').rows.flatMap(([metric = '']) => inCode(metric)),
    );
    const used = tableUnder('docs/operations.md', 'Alerts').rows.flatMap((cells) =>
      [...cells.join(' ').matchAll(/\b(?:mirage|nodejs)_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')),
    );
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !metrics.has(name))).toEqual([]);
  },

  'docs/operations.md: Traces'() {
    const spans = tableUnder('docs/operations.md', 'Traces').rows.flatMap(([cell = '']) => inCode(cell));
    const source = sources.map((file) => file.source).join('\n');
    const isKnown = (span: string) => {
      const [method = '', path = ''] = span.split(' ');
      if (span in procedures) return true;
      if (path.startsWith('/trpc/')) return path === '/trpc/batch' || path.slice(6) in procedures;
      if (path.startsWith('/api/'))
        return routes.some((route) => `${route.method.toUpperCase()} ${route.path}` === span);
      return source.includes(`'${method} ${path}'`);
    };
    expect(spans.filter((span) => !isKnown(span))).toEqual([]);
  },

  'docs/package.md: Mirage as packages'() {
    const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> }; // safe: it is ours
    const entries = tableUnder('docs/package.md', 'Mirage as packages').rows.flatMap(([entry = '']) =>
      inCode(entry),
    );
    expect(entries.sort()).toEqual(
      [
        '@mirage/client',
        '@mirage/client/chat',
        '@mirage/client/react',
        '@mirage/client/idb',
        ...Object.keys(exports).map((path) => path.replace('.', 'mirage')),
      ].sort(),
    );
  },

  'SECURITY.md: Limits'() {
    const { rows } = tableUnder('SECURITY.md', 'Limits');
    const documented = Object.fromEntries(
      rows.map(([name = '', , , allowed = '']) => [inCode(name)[0] ?? name, allowed]),
    );
    const windows: Record<number, string> = {
      30000: 'in 30 seconds',
      60000: 'a minute',
      900000: 'in 15 minutes',
      3600000: 'an hour',
      86400000: 'a day',
    };
    for (const [name, { attempts, windowMs }] of Object.entries(limits))
      expect([name, documented[name]]).toEqual([name, `${attempts} ${windows[windowMs]}`]);
    expect(documented.connections).toBe(String(maxConnectionsOfAddress));
  },

  'examples/monorepo/README.md: Where to look'() {
    for (const [file = ''] of tableUnder('examples/monorepo/README.md', 'Where to look').rows)
      expect(existsSync(join(root, 'examples/monorepo', inCode(file)[0] ?? '?')), file).toBe(true);
  },
};

/** Tables that other tests compare, that a benchmark writes, or whose cells are sentences about behavior. */
const elsewhere: Record<string, string> = {
  'README.md: Documentation': 'tests/docs/links.test.ts',
  'docs/architecture.md': 'tests/docs/architecture.test.ts',
  'docs/operations.md: Metrics': 'tests/operations.test.ts',
  'docs/operations.md: The log': 'tests/operations.test.ts',
  'docs/operations.md: Other log-ins': 'tests/server/config.test.ts',
  'docs/asvs.md': 'tests/auth',
  'docs/differences.md': 'tests/legacy',
  'docs/proxies.md': 'tests/proxies',
  'docs/package.md: Node versions': 'tests/docs/ci.test.ts',
  'docs/scaling.md': 'tests/scale',
  'bench/': 'bench',
  'findings/': 'findings',
};

const eventsIn = (cell: string) =>
  [...cell.matchAll(/\btype: '(\w+)'/g)]
    .map(([, type]) => type)
    .sort()
    .join();

async function checkProcedures(heading: string, includes: (kind: string) => boolean): Promise<void> {
  const { rows } = tableUnder('docs/api.md', heading);
  const documented = rows.map(([name = '', takes = '', returns = '']) => ({
    name: inCode(name)[0] ?? '',
    isPublic: name.endsWith('(public)'),
    takes: fieldsIn(takes).sort(),
    returns: eventsIn(returns) || sortedFields(inCode(returns).find((code) => code.startsWith('{'))),
  }));
  const { url } = await startMirage();
  const isPublic = async (name: string, kind: string) => {
    const response = await fetch(`${url}/trpc/${name}`, {
      method: kind === 'mutation' ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json' },
    });
    return !(await response.text()).includes('"UNAUTHORIZED"');
  };
  const actual = await Promise.all(
    Object.entries(procedures)
      .filter(([, { _def }]) => includes(_def.type))
      .map(async ([name, { _def }]) => ({
        name,
        isPublic: await isPublic(name, _def.type),
        takes: (_def.inputs as z.ZodType[]).flatMap(fieldsOf).sort(), // safe: all our parsers are zod's
        returns: _def.type === 'subscription' ? eventsOf(name) : returnsOf(name),
      })),
  );
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  expect(documented.sort(byName)).toEqual(actual.sort(byName));
}

/** `{ b, a }` as `{ a, b }`. */
const sortedFields = (code: string | undefined) =>
  code?.replace(/[^{}]+/, (fields) => ` ${fields.trim().split(', ').sort().join(', ')} `);

describe('agrees with the code', () => {
  it.each(Object.entries(checks))('%s', (_, check) => check());
});

it('checks every table of the documents', () => {
  const places = documents.flatMap((path) =>
    readDocument(path).tables.map(({ heading }) => `${path}: ${heading}`),
  );
  const isKnown = (place: string) =>
    place in checks || Object.keys(elsewhere).some((prefix) => place.startsWith(prefix));
  expect(places.filter((place) => !isKnown(place))).toEqual([]);
  for (const test of Object.values(elsewhere)) expect(existsSync(join(root, test)), test).toBe(true);
});
