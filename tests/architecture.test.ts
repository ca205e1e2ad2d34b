import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  importsOf,
  layerOf,
  layers,
  type SourceFile,
  sources,
  startsWithAny,
  statement,
} from './support/sources.ts';

/** Folders that see only a part of what the layers below offer: themselves, and these. */
const restricted: Record<string, string[]> = {
  'rest-compat/': ['server/core/', 'server/http/', 'server/api/', 'server/services/shared/deps.ts'],
  'web/': ['client/'],
  'client/': ['client/api.ts'],
  'client/api.ts': [
    'server/core/errors.ts',
    'server/infra/live/presence-events.ts',
    'server/api/app-router.ts',
    'server/services/files/store-upload.ts',
  ],
  'server/api/': [
    'server/core/',
    'server/services/',
    'server/infra/live/',
    'server/infra/metrics/',
    'server/infra/db/unavailable.ts',
  ],
};

/** Packages with effects, and the only places that use them. Every other file may at most name their types. */
const owners: Record<string, string[]> = {
  express: ['server/app/app.ts', 'server/app/pages.ts', 'server/http/pages/'],
  helmet: ['server/http/security-headers.ts'],
  ws: ['server/http/live/', 'client/index.ts'],
  react: ['client/react/', 'web/'],
  idb: ['client/idb/'],
  '@prisma/adapter-better-sqlite3': ['server/infra/db/'],
  'better-sqlite3': ['server/infra/db/', 'cli/import-legacy/'],
  '@prisma/adapter-pg': ['server/infra/db/open-postgres.ts'],
  pg: ['server/infra/db/open-postgres.ts', 'server/infra/db/postgres-raw-sql.ts'],
  ioredis: ['server/infra/redis/'],
  '@aws-sdk/client-s3': ['server/infra/files/s3-storage.ts'],
  '@aws-sdk/lib-storage': ['server/infra/files/s3-storage.ts'],
  '@aws-sdk/s3-request-presigner': ['server/infra/files/s3-storage.ts'],
  'rate-limiter-flexible': ['server/infra/limits/'],
  'prom-client': ['server/infra/metrics/'],
  '@opentelemetry/api': ['server/core/tracing.ts'],
  busboy: ['server/http/files/receive-form.ts'],
  'content-disposition': ['server/core/file-names.ts', 'server/http/files/receive-upload.ts'],
  'range-parser': ['server/http/files/send-file.ts'],
  pino: ['server/core/logger.ts'],
  '@node-rs/argon2': ['server/infra/hashing/'],
  commander: ['cli/'],
  nodemailer: ['server/infra/mail/'],
  otplib: ['server/infra/factors/'],
  '@simplewebauthn/server': ['server/infra/factors/'],
  yazl: ['server/infra/files/archive.ts'],
  'openid-client': ['server/infra/oidc/'],
  '@zxcvbn-ts/language-common': ['server/services/accounts/password-rules.ts'],
  // In a process of their own, which only reads files.
  sharp: ['server/infra/files/read-picture.ts'],
  'music-metadata': ['server/infra/files/inspect-media.ts'],
  'file-type': ['server/infra/files/media-type.ts'],
};

/** The only readers of the real time: the clocks, and the migration record, whose format is Prisma's. */
const clocks = ['server/core/clock.ts', 'server/infra/db/migrate.ts', 'client/chat/clock.ts', 'web/clock.ts'];

/** `file` with what is wrong about it, as the offender that a failing rule shows. */
const offenders = (find: (file: SourceFile) => string[]) =>
  sources.flatMap((file) => find(file).map((what) => `${file.name}: ${what}`));

describe('src', () => {
  it('has every file in one layer', () => {
    expect(offenders(({ name }) => (layerOf(name) < 0 ? ['is in no layer'] : []))).toEqual([]);
  });

  it('imports only from the same layer or from one below', () => {
    expect(
      offenders(({ name, files }) =>
        files.map(({ from }) => from).filter((from) => layerOf(from) > layerOf(name) || layerOf(from) < 0),
      ),
    ).toEqual([]);
  });

  it('has no circle of imports, types included', () => {
    expect(circles(new Map(sources.map(({ name, files }) => [name, files.map(({ from }) => from)])))).toEqual(
      [],
    );
  });

  it.each(Object.entries(restricted))('%s sees only what it may', (prefix, allowed) => {
    const rules = Object.keys(restricted);
    // The most specific rule counts.
    const applies = (name: string) =>
      rules.filter((rule) => name.startsWith(rule)).sort((a, b) => b.length - a.length)[0] === prefix;
    expect(
      offenders(({ name, files }) =>
        applies(name)
          ? files.map(({ from }) => from).filter((from) => !startsWithAny(from, [prefix, ...allowed]))
          : [],
      ),
    ).toEqual([]);
  });

  it('takes only types from the server into the client', () => {
    expect(
      offenders(({ name, files }) =>
        name.startsWith('client/')
          ? files
              .filter(({ from, typeOnly }) => from.startsWith('server/') && !typeOnly)
              .map(({ from }) => from)
          : [],
      ),
    ).toEqual([]);
  });

  it.each(Object.entries(owners))('uses %s only where it belongs', (name, places) => {
    expect(
      offenders(({ name: file, packages }) =>
        packages
          .filter(({ from, typeOnly }) => !typeOnly && (from === name || from.startsWith(`${name}/`)))
          .filter(() => !startsWithAny(file, places))
          .map(({ from }) => from),
      ),
    ).toEqual([]);
  });

  it('reads the environment only in core/config.ts', () => {
    const reads = /process\.env|loadEnvFile/;
    expect(
      offenders(({ name, source }) =>
        name !== 'server/core/config.ts' && reads.test(source) ? ['reads it'] : [],
      ),
    ).toEqual([]);
  });

  it('reads the time only from the clock it is given', () => {
    expect(
      offenders(({ name, source }) =>
        !clocks.includes(name) && /Date\.now\(|new Date\(\)/.test(source) ? ['reads it'] : [],
      ),
    ).toEqual([]);
  });

  it('has no procedure that reaches past a service into a store', () => {
    const reach = /\bdeps\.(?!log\b|metrics\b|userCalls\b|userLists\b)\w+/g;
    expect(
      offenders(({ name, source }) =>
        name.startsWith('server/api/') && name !== 'server/api/context.ts'
          ? [...source.matchAll(reach)].map(([access]) => access)
          : [],
      ),
    ).toEqual([]);
  });

  it('writes relative imports with their extension', () => {
    // The two run before anything is built, and in a thread.
    const isWhole = /\.(tsx?|css)$|\/(require-node|hash-worker)\.js$/;
    expect(
      offenders(({ files }) => files.map(({ from }) => from).filter((from) => !isWhole.test(from))),
    ).toEqual([]);
  });

  it('shows its layers in the tree: at most eight entries in src/server', () => {
    const entries = new Set(
      sources.filter(({ name }) => name.startsWith('server/')).map(({ name }) => name.split('/')[1]),
    );
    expect(entries.size).toBeLessThanOrEqual(8);
  });

  it('loads what not every server needs only on demand', () => {
    const byName = new Map(sources.map((file) => [file.name, file]));
    const loaded = new Set<string>();
    const load = (name: string) => {
      if (loaded.has(name)) return;
      loaded.add(name);
      for (const [, type, from = ''] of byName.get(name)?.source.matchAll(statement) ?? []) {
        if (type !== undefined) continue;
        if (from.startsWith('.')) load(posix.join(posix.dirname(name), from));
        else loaded.add(from);
      }
    };
    load('server/app/serve.ts');
    expect([...loaded]).toContain('better-sqlite3');
    const late = [
      'ioredis',
      'pg',
      '@prisma/adapter-pg',
      'prom-client',
      '@aws-sdk/client-s3',
      'rest-compat/openapi.ts',
      'sharp',
      'music-metadata',
      'nodemailer',
      'yazl',
      'openid-client',
      '@zxcvbn-ts/language-common',
    ];
    expect(late.filter((name) => loaded.has(name))).toEqual([]);
  });
});

/** Groups of files each of which leads to all others of its group (Tarjan). */
function circles(graph: Map<string, string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== index.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) found.push(group);
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

describe('the checks themselves', () => {
  it('see every way of importing', () => {
    const source = [
      "import './a.ts';",
      "import b from './b.ts';",
      "import {\n  c,\n  type C,\n} from './c.ts';",
      "import type { D } from './d.ts';",
      "export * from './e.ts';",
      "export type { F } from './f.ts';",
      "import * as g from './g.ts';",
      "const h = await import('./h.ts');",
      "export const i = 'from';",
    ].join('\n');
    const seen = importsOf(source).map(({ from, typeOnly }) => (typeOnly ? `${from} type` : from));
    expect(seen).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(
        (name) => `./${name}.ts${'df'.includes(name) ? ' type' : ''}`,
      ),
    );
  });

  it('see a circle, also through a third file', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', []],
    ]);
    expect(circles(graph)).toEqual([['a', 'b', 'c']]);
  });

  it('have a file in every layer', () => {
    expect(layers.filter((_, index) => !sources.some(({ name }) => layerOf(name) === index))).toEqual([]);
  });
});
