import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** From the ground up: a file imports from its own floor and from those below it. */
const floors: [name: string, files: RegExp][] = [
  ['stands alone', /^server\/(errors|clock|config|logger|text|address|reply|tracing|version)\.ts$/],
  [
    'reaches outside',
    /^server\/((db|stores|bus|host|limits|live|metrics|generated)\/.*|(keep-alive|access-cache|redis|readiness)\.ts)$/,
  ],
  ['names the dependencies', /^server\/(context|observe|(redis-)?tickets)\.ts$/],
  ['holds the rules', /^server\/services\//],
  ['declares the API', /^server\/(trpc\.ts|routers\/.*)$/],
  ['translates', /^(rest-compat|client)\//],
  [
    'assembles',
    /^(server\/(http\/.*|(app|deps|deps-shared|mirage|open-server|serve|main|index)\.ts)|(cli|testing)\/.*)$/,
  ],
  ['is looked at', /^web\//],
];

/** Packages with an effect, and the files that may use them. All others may at most name their types. */
const owners: Record<string, RegExp> = {
  express: /^server\/(app|http\/(api-docs|web(-session)?))\.ts$/,
  'swagger-ui-express': /^server\/http\/api-docs\.ts$/,
  '@prisma/adapter-better-sqlite3': /^server\/db\/safe-sqlite\.ts$/,
  'better-sqlite3':
    /^(server\/db\/(open-db|lock|inspect|backup)|cli\/import-legacy\/(legacy-file|target))\.ts$/,
  helmet: /^server\/http\/security-headers\.ts$/,
  commander: /^cli\/(main|program|commands\/.*)\.ts$/,
  '@prisma/adapter-pg': /^server\/db\/open-postgres\.ts$/,
  pg: /^server\/db\/open-postgres\.ts$/,
  ioredis: /^server\/redis\.ts$/,
  '@opentelemetry/api': /^server\/tracing\.ts$/,
  'prom-client': /^server\/metrics\/[\w-]+\.ts$/,
  pino: /^server\/logger\.ts$/,
  '@node-rs/argon2': /^server\/services\/passwords\.ts$/,
  'rate-limiter-flexible': /^server\/limits\/(memory|redis)-rate-limits\.ts$/,
  ws: /^(server\/http\/ws-server|client\/index)\.ts$/,
};

/** Who sees the server through a door only. */
const doors: [files: RegExp, may: RegExp][] = [
  [
    /^rest-compat\//,
    /^(rest-compat\/.*|server\/(context|errors|observe|text|address|reply|routers\/(app-router|direct-caller))\.ts)$/,
  ],
  [/^web\//, /^(web\/.*|client\/index\.ts)$/],
  [/^client\/api\.ts$/, /^server\/(errors|live\/presence|routers\/app-router)\.ts$/],
  [/^client\/(?!api\.ts)/, /^client\//],
];

/** Who may ask the world for the time: the clocks, and the record of migrations, which is Prisma's. */
const worldClocks = /^(server\/(clock|db\/migrate)|web\/clock)\.ts$/;

interface Import {
  from: string;
  typeOnly: boolean;
}

const statement = /^(?:import|export)\s+(type\s)?(?:[\w*{][^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const call = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(source: string): Import[] {
  const statements = [...source.matchAll(statement)].map(([, type, from = '']) => ({
    from,
    typeOnly: type !== undefined,
  }));
  return [...statements, ...[...source.matchAll(call)].map(([, from = '']) => ({ from, typeOnly: false }))];
}

const folder = fileURLToPath(new URL('../src/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('server/generated/'))
  .sort();

const floorOf = (file: string) => floors.findIndex(([, pattern]) => pattern.test(file));

describe.each(files)('src/%s', (file) => {
  const source = readFileSync(folder + file, 'utf8');
  const imports = importsOf(source);
  const inner = imports
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from, typeOnly }) => ({ to: posix.join(posix.dirname(file), from), typeOnly }));

  it('imports nothing from a floor above its own', () => {
    expect(
      floors.filter(([, pattern]) => pattern.test(file)),
      'the floors it is on',
    ).toHaveLength(1);
    for (const { to } of inner) {
      expect(floorOf(to), `${to} is on no floor`).toBeGreaterThanOrEqual(0);
      expect(floorOf(to), to).toBeLessThanOrEqual(floorOf(file));
    }
  });

  it('uses a package only where it is owned', () => {
    for (const { from, typeOnly } of imports)
      for (const [name, owner] of Object.entries(owners))
        if (!typeOnly && (from === name || from.startsWith(`${name}/`))) expect(file, from).toMatch(owner);
  });

  it('sees of the server what its door shows', () => {
    for (const [pattern, may] of doors)
      if (pattern.test(file)) for (const { to } of inner) expect(to).toMatch(may);
  });

  it.runIf(file.startsWith('client/'))('takes types alone from the server', () => {
    for (const { to, typeOnly } of inner) if (to.startsWith('server/')) expect(typeOnly, to).toBe(true);
  });

  it.skipIf(file === 'server/config.ts')('leaves the environment to config.ts', () => {
    expect(/process\.env|loadEnvFile/.test(source)).toBe(false);
  });

  it.skipIf(worldClocks.test(file))('asks the clock it was given for the time', () => {
    expect(/Date\.now\(|new Date\(\)/.test(source)).toBe(false);
  });

  it('writes imports with their extension', () => {
    for (const { from } of imports) if (from.startsWith('.')) expect(from).toMatch(/\.(tsx?|css)$/);
  });
});

it('sees every way of importing', () => {
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

it('loads what not every server needs only when it is asked for', () => {
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const [, type, from = ''] of readFileSync(folder + file, 'utf8').matchAll(statement)) {
      if (type !== undefined) continue;
      if (!from.startsWith('.')) loaded.add(from);
      else if (!from.includes('/generated/')) load(posix.join(posix.dirname(file), from));
    }
  };
  load('server/main.ts');
  expect([...loaded]).toContain('better-sqlite3');
  const late = [
    'ioredis',
    'pg',
    '@prisma/adapter-pg',
    'prom-client',
    'swagger-ui-express',
    'rest-compat/openapi.ts',
  ];
  for (const name of late) expect([...loaded]).not.toContain(name);
});

it('has somebody on every floor', () => {
  for (const [name, pattern] of floors)
    expect(
      files.some((file) => pattern.test(file)),
      name,
    ).toBe(true);
});
