import { createHash } from 'node:crypto';
import { Prisma } from './generated/sqlite/client.ts';

/** What a sender calls a message, so that a repeated send is recognized. */
export interface MessageKey {
  clientId: string;
  /** Tells a repeat from another message under the same client id. */
  inputHash: string;
}

/** A client id of one sender: others may use the same. */
export interface SenderKey {
  sender: string;
  clientId: string;
}

/** 128 bits of what was asked for, without which a client id could stand for two different messages. */
export const inputHashOf = (input: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(input)).digest('base64url').slice(0, 22);

/** The table `keys` of (sender, client_id) for a statement, from one parameter. */
export const sqliteKeyTable = (keys: SenderKey[]): Prisma.Sql => {
  const json = JSON.stringify(keys.map(({ sender, clientId }) => [sender, clientId]));
  return Prisma.sql`WITH keys AS (SELECT value->>0 AS sender, value->>1 AS client_id FROM json_each(${json}))`;
};

/** The same for Postgres. */
export const postgresKeyTable = (keys: SenderKey[]): Prisma.Sql => {
  const json = JSON.stringify(keys.map(({ sender, clientId }) => ({ sender, client_id: clientId })));
  return Prisma.sql`
    WITH keys AS (SELECT * FROM jsonb_to_recordset(${json}::jsonb) AS row (sender text, client_id text))`;
};
