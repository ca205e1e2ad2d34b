// npm run migration -- <name>
// Writes the migration from the committed models to those in the working tree, for both providers. It needs neither a
// database nor an engine binary: Prisma's schema engine is available as WebAssembly, and comparing two schemas only
// queries the version of the database.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { withHandWrittenParts } from './hand-written-parts.mjs';

const [name] = process.argv.slice(2);
if (!/^[a-z0-9_]+$/.test(name ?? '')) {
  console.error('usage: npm run migration -- name_in_snake_case');
  process.exit(1);
}

const committed = () => {
  try {
    return execFileSync('git', ['show', 'HEAD:prisma/models.prisma'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null; // there is no committed schema yet
  }
};

const engineFile = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
const wasm = new WebAssembly.Instance(
  new WebAssembly.Module(readFileSync(join(dirname(engineFile), 'schema_engine_bg.wasm'))),
  { './schema_engine_bg.js': glue },
);
globalThis.PRISMA_WASM_PANIC_REGISTRY ??= { set_message: (message) => console.error(message) };
glue.__wbg_set_wasm(wasm.exports);
wasm.exports.__wbindgen_start();

/** A stub connection that reports a version and contains no tables. */
function emptyDatabase(provider) {
  const connection = {
    provider,
    adapterName: 'none',
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: false }),
    queryRaw: async () => ({
      columnNames: ['exists', 'version', 'numeric_version'],
      columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
      rows: [[true, 'PostgreSQL 15.0', 150000]],
    }),
    executeRaw: async () => 0,
    executeScript: async () => {},
    dispose: async () => {},
  };
  const connect = async () => connection;
  return bindMigrationAwareSqlAdapterFactory({
    provider,
    adapterName: 'none',
    connect,
    connectToShadowDb: connect,
  });
}

const before = committed();
const after = readFileSync('prisma/models.prisma', 'utf8');
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);

for (const provider of ['sqlite', 'postgresql']) {
  const schema = { path: 'schema.prisma', content: readFileSync(`prisma/${provider}/schema.prisma`, 'utf8') };
  const models = (content) => ({
    tag: 'schemaDatamodel',
    files: [schema, { path: 'models.prisma', content }],
  });
  const engine = await glue.SchemaEngine.new(
    {
      datamodels: [
        [schema.path, schema.content],
        ['models.prisma', after],
      ],
    },
    () => {},
    emptyDatabase(provider === 'sqlite' ? 'sqlite' : 'postgres'),
  );
  const { stdout } = await engine.diff({
    from: before === null ? { tag: 'empty' } : models(before),
    to: models(after),
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  engine.free();
  const folder = `prisma/${provider}/migrations/${stamp}_${name}`;
  const script = provider === 'sqlite' ? withHandWrittenParts(stdout, 'prisma/sqlite/migrations') : stdout;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), script);
  console.log(`${folder}/migration.sql`);
}
