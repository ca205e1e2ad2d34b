import { existsSync, readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

// Where SQLite cannot alter a table, the generator makes a new one and drops the old one, and with it what the models do
// not describe: triggers, partial indexes, and that the table has no row ids.

/**
 * The migration, with the parts that it would drop in silence created again. Throws if they do not fit the new tables: then
 * the migration has to be written by hand.
 */
export function withHandWrittenParts(script, migrationsFolder) {
  const db = databaseAfter(migrationsFolder);
  const before = partsOf(db);
  const completed = dropReferences(before, script) + withoutRowIds(script, tablesWithoutRowIds(db));
  db.exec(completed);
  const left = new Set(partsOf(db).map(({ name }) => name));
  const tables = new Set(db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all());
  const lost = before.filter(
    ({ name, table }) => !left.has(name) && tables.has(table) && !script.includes(`DROP INDEX "${name}"`),
  );
  if (lost.length === 0) return completed;
  const again = lost.map(({ sql }) => `${sql};\n`).join('\n');
  try {
    db.exec(again);
    compileTriggers(db);
  } catch (cause) {
    const names = lost.map(({ name }) => name).join(', ');
    throw new Error(`the new tables do not fit ${names}: write the migration by hand`, { cause });
  }
  return `${completed}\n-- What was dropped with the tables.\n${again}`;
}

/** SQLite renames no table while triggers of others name one that is missing at the moment. */
function dropReferences(parts, script) {
  const redefined = [...script.matchAll(/^DROP TABLE ("\w+")/gm)].map(([, name]) => name);
  const drops = parts
    .filter(
      ({ type, table, sql }) =>
        type === 'trigger' && redefined.some((name) => name !== `"${table}"` && sql.includes(name)),
    )
    .map(({ name }) => `DROP TRIGGER "${name}";\n`);
  return drops.join('');
}

/** SQLite looks for what a trigger names when it compiles a statement that fires it. */
function compileTriggers(db) {
  for (const table of new Set(
    partsOf(db)
      .filter(({ type }) => type === 'trigger')
      .map((part) => part.table),
  )) {
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table);
    db.prepare(`INSERT INTO "${table}" DEFAULT VALUES`);
    db.prepare(`UPDATE "${table}" SET ${columns.map((column) => `"${column}" = "${column}"`).join(', ')}`);
    db.prepare(`DELETE FROM "${table}"`);
  }
}

function databaseAfter(migrationsFolder) {
  const db = new Database(':memory:');
  // As when they are applied: a redefined table would otherwise take the rows with it that reference it.
  db.pragma('foreign_keys = OFF');
  const names = existsSync(migrationsFolder)
    ? readdirSync(migrationsFolder).filter((name) => !name.includes('.'))
    : [];
  for (const name of names.sort()) db.exec(readFileSync(`${migrationsFolder}/${name}/migration.sql`, 'utf8'));
  return db;
}

/** Triggers, and indexes that are not part of a table's definition, in the order in which they were created. */
const partsOf = (db) =>
  db
    .prepare(
      `SELECT type, name, tbl_name AS "table", sql FROM sqlite_master
       WHERE type IN ('trigger', 'index') AND sql IS NOT NULL ORDER BY rowid`,
    )
    .all();

const tablesWithoutRowIds = (db) =>
  db.prepare("SELECT name FROM pragma_table_list WHERE type = 'table' AND wr = 1").pluck().all();

const withoutRowIds = (script, tables) =>
  tables.reduce(
    (text, table) =>
      text.replace(new RegExp(`(CREATE TABLE "new_${table}" \\([^;]*\\))(;)`), '$1 WITHOUT ROWID$2'),
    script,
  );
