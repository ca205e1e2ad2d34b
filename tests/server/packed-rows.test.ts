import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { Prisma } from '../../src/server/infra/db/generated/sqlite/client.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { temporaryFolder } from '../support/harness.ts';

const text = fc.string({ unit: 'binary' });
const row = fc.record({
  text: fc.oneof(text, fc.constant('\ud800'), fc.constant('"\\\0\u001f\u2028')),
  json: fc.jsonValue().map((value) => JSON.stringify(value)),
  whole: fc.maxSafeInteger(),
  fraction: fc.double({ noNaN: true, noDefaultInfinity: true }),
  orNothing: fc.option(text),
});

it('gives the same rows together as one by one', async () => {
  const { sql, close } = await openDb(`file:${await temporaryFolder()}/mirage.db`);
  onTestFinished(close);
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), fc.nat(20), async (rows, limit) => {
      const statement = Prisma.sql`
        SELECT value->>0 AS text, value->>1 AS json, value->>2 AS "wholeNumber", value->>3 AS fraction, value->>4 AS "orNothing"
        FROM json_each(${JSON.stringify(rows.map(Object.values))}) ORDER BY key DESC LIMIT ${limit}`;
      expect(await sql.many(statement)).toEqual(await sql(statement));
    }),
  );
});
