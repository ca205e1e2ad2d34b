import { AppError } from '../../core/errors.ts';
import type { Db } from '../db/database.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts } from '../db/kept-statements.ts';
import type { RawSql } from '../db/raw-sql.ts';
import {
  partsOf,
  type Revision,
  type RoomMessage,
  type RoomMessageStore,
  storedMentions,
} from './room-message-store.ts';

interface Place {
  roomId: number;
  id: string;
  clock(): number;
  /** Reads a message within the transaction. */
  find(roomId: number, id: string, from: RawSql): Promise<RoomMessage | undefined>;
}

/** Changes a message of a kept room in one transaction. On Postgres, messages and changes wait for each other. */
export function reviseKept(
  db: Db,
  { roomId, id, clock, find }: Place,
  decide: Parameters<RoomMessageStore['revise']>[2],
): ReturnType<RoomMessageStore['revise']> {
  return db.$transaction(async (tx) => {
    const sql: RawSql = (statement) => tx.$queryRaw(statement);
    // First, as it is what keeps others from changing the message.
    const place = await nextPlace(sql, clock());
    const message = await find(roomId, id, sql);
    if (!message) throw new AppError('MESSAGE_NOT_FOUND');
    const revision = decide(message);
    if (!revision) return { message, isChanged: false };
    await record(sql, { roomId, id, place }, revision);
    if (revision.kind === 'deleted') return { message, isChanged: true };
    return { message: (await find(roomId, id, sql)) ?? message, isChanged: true };
  });
}

/** Above all that were given, as an id of a message is. */
async function nextPlace(sql: RawSql, nowMs: number): Promise<IdParts> {
  const now = BigInt(nowMs);
  const [place] = await sql<{ ms: bigint; seq: bigint }>(Prisma.sql`
    UPDATE kept_clock SET ms = CASE WHEN ms < ${now} THEN ${now} ELSE ms END,
      seq = CASE WHEN ms < ${now} THEN 0 ELSE seq + 1 END
    WHERE id = 1 RETURNING ms, seq`);
  return { ms: Number(place?.ms), seq: Number(place?.seq) };
}

async function record(
  sql: RawSql,
  { roomId, id, place }: { roomId: number; id: string; place: IdParts },
  revision: Revision,
): Promise<void> {
  const { ms, seq } = bigParts(partsOf(id));
  const at = bigParts(place);
  const isMessage = Prisma.sql`room_id = ${roomId} AND ms = ${ms} AND seq = ${seq}`;
  const isOfMessage = Prisma.sql`room_id = ${roomId} AND message_ms = ${ms} AND message_seq = ${seq}`;
  const replaced = revision.kind === 'deleted' ? Prisma.empty : Prisma.sql`AND kind = ${revision.kind}`;
  await sql(Prisma.sql`DELETE FROM kept_changes WHERE ${isOfMessage} ${replaced}`);
  // What its sender called a deleted message stays taken, so that it is not stored again.
  const isKeyed = revision.kind === 'deleted' ? Prisma.sql`client_id IS NOT NULL` : Prisma.sql`false`;
  const ifKeyed = (column: string) => Prisma.sql`CASE WHEN ${isKeyed} THEN ${Prisma.raw(column)} END`;
  await sql(Prisma.sql`
    INSERT INTO kept_changes (room_id, ms, seq, kind, message_ms, message_seq, username, client_id, input_hash, created_ms)
    SELECT room_id, ${at.ms}, ${at.seq}, ${revision.kind}, ms, seq,
      ${ifKeyed('username')}, ${ifKeyed('client_id')}, ${ifKeyed('input_hash')}, ${ifKeyed('created_ms')}
    FROM kept_messages WHERE ${isMessage}`);
  await sql(change(revision, isMessage));
}

function change(revision: Revision, isMessage: Prisma.Sql): Prisma.Sql {
  if (revision.kind === 'deleted') return Prisma.sql`DELETE FROM kept_messages WHERE ${isMessage}`;
  if (revision.kind === 'reaction') {
    const { length } = revision.reactions;
    const reactions = length === 0 ? null : JSON.stringify(revision.reactions);
    return Prisma.sql`UPDATE kept_messages SET reactions = ${reactions} WHERE ${isMessage}`;
  }
  return Prisma.sql`
    UPDATE kept_messages SET message = ${revision.text}, mentions = ${storedMentions(revision)},
      edited_ms = ${BigInt(revision.editedAt.getTime())}
    WHERE ${isMessage}`;
}

/** A driver takes a number of this size for one of 32 bits unless it is told otherwise. */
const bigParts = ({ ms, seq }: IdParts) => ({ ms: BigInt(ms), seq: BigInt(seq) });
