// Makes the declarations in dist smaller, for the packed file. What nobody calls who runs or embeds a server loses its comments,
// which the programs still have; and the generated Prisma client, whose declarations describe every query of every
// model, keeps the few names that other declarations take from it.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withoutComments } from './without-comments.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const generated = 'server/infra/db/generated';
const internal = /^server\/(http|infra|services)\/(?!shared\/deps\.d\.ts$)/;

for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((name) =>
  name.replaceAll('\\', '/'),
)) {
  if (!name.endsWith('.d.ts') || !internal.test(name)) continue;
  if (name.startsWith(generated)) {
    rmSync(`${dist}/${name}`);
    continue;
  }
  const text = readFileSync(`${dist}/${name}`, 'utf8');
  const trimmed = withoutComments(text);
  if (trimmed !== text) writeFileSync(`${dist}/${name}`, trimmed);
}

writeFileSync(
  `${dist}/${generated}/sqlite/client.d.ts`,
  `import type { Sql as RuntimeSql } from '@prisma/client/runtime/client';
export type PrismaClient = any;
export declare namespace Prisma {
    type Sql = RuntimeSql;
    type TransactionClient = any;
    type SessionWhereInput = any;
}
`,
);
