import { randomBytes } from 'node:crypto';
import { databaseUrl, namesOfRun, queryOnce } from './services.ts';

/** Once for a run of tests: removes the schemas that its tests have used one after another, and databases that were not removed. */
export default function removeSchemas(): () => Promise<void> {
  process.env.TEST_RUN = randomBytes(4).toString('hex');
  return async () => {
    const schemas = await queryOnce(
      databaseUrl,
      'SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1)',
      [namesOfRun()],
    );
    for (const { nspname } of schemas) await queryOnce(databaseUrl, `DROP SCHEMA "${nspname}" CASCADE`);
    const databases = await queryOnce(
      databaseUrl,
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [namesOfRun()],
    );
    for (const { datname } of databases)
      await queryOnce(databaseUrl, `DROP DATABASE "${datname}" WITH (FORCE)`);
  };
}
