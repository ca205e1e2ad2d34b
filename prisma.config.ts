import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// `prisma generate` requires an engine binary that it never runs, and would download it from Prisma's own host. Naming
// any existing file avoids the download; the other commands still use the real engine.
if (process.argv.includes('generate'))
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= fileURLToPath(import.meta.url);

export default defineConfig({
  schema: 'prisma/sqlite',
  migrations: { path: 'prisma/sqlite/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'file:./data/mirage.db' },
});
