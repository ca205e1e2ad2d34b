import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From the bottom up. A file imports from its own layer and from those below it. */
export const layers: [name: string, ...prefixes: string[]][] = [
  ['core', 'server/core/'],
  ['infrastructure', 'server/infra/'],
  ['services', 'server/services/'],
  ['API', 'server/api/'],
  ['HTTP', 'server/http/'],
  ['legacy REST API and client', 'rest-compat/', 'client/'],
  ['composition', 'server/app/', 'server/index.ts', 'server/main.ts'],
  ['programs', 'cli/', 'testing/', 'web/'],
];

interface Import {
  from: string;
  typeOnly: boolean;
}

export const statement = /^(?:import|export)\s+(type\s)?(?:[\w*{][^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const call = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function importsOf(source: string): Import[] {
  const statements = [...source.matchAll(statement)].map(([, type, from = '']) => ({
    from,
    typeOnly: type !== undefined,
  }));
  return [...statements, ...[...source.matchAll(call)].map(([, from = '']) => ({ from, typeOnly: false }))];
}

const folder = fileURLToPath(new URL('../../src/', import.meta.url));
const isGenerated = (file: string) => file.includes('/generated/');

export interface SourceFile {
  name: string;
  source: string;
  /** Imports of packages. */
  packages: Import[];
  /** Imports of other files, as paths below `src/`. */
  files: Import[];
}

export const sources: SourceFile[] = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.tsx?$/.test(name) && !isGenerated(name))
  .sort()
  .map((name) => {
    const source = readFileSync(folder + name, 'utf8');
    const imports = importsOf(source);
    return {
      name,
      source,
      packages: imports.filter(({ from }) => !from.startsWith('.')),
      files: imports
        .filter(({ from }) => from.startsWith('.'))
        .map(({ from, typeOnly }) => ({ from: posix.join(posix.dirname(name), from), typeOnly })),
    };
  });

export const layerOf = (file: string) =>
  layers.findIndex(([, ...prefixes]) => prefixes.some((prefix) => file.startsWith(prefix)));
export const startsWithAny = (file: string, prefixes: string[]) =>
  prefixes.some((prefix) => file.startsWith(prefix));
