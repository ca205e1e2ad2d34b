import { AppError } from '../../core/errors.ts';
import { createTurns } from '../../core/turns.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts } from '../db/kept-statements.ts';
import type { RawSql, Statements } from '../db/raw-sql.ts';
import {
  partsOf,
  type Reaction,
  type Revision,
  type RoomMessage,
  type RoomMessageStore,
  revised,
  storedMentions,
} from './room-message-store.ts';

interface Options {
  sql: RawSql;
  clock(): number;
  find(roomId: number, id: string): Promise<RoomMessage | undefined>;
}

/** Of a deleted message what recognizes that it is sent again. */
interface Key {
  username: string | null;
  clientId: string | null;
  inputHash: string | null;
  createdMs: number | bigint | null;
}

const noKey: Key = { username: null, clientId: null, inputHash: null, createdMs: null };

/**
 * Changes messages of kept rooms, one after the other at each server. Another server can come in between; then the message is
 * read again.
 */
export function createKeptRevisions({ sql, clock, find }: Options): RoomMessageStore['revise'] {
  const turns = createTurns();

  return (roomId, id, decide) =>
    turns('', async () => {
      for (;;) {
        const message = await find(roomId, id);
        if (!message) throw new AppError('MESSAGE_NOT_FOUND');
        const revision = decide(message);
        if (!revision) return { message, isChanged: false };
        const isStored = await sql.transaction((tx) => store(tx, { message, now: clock() }, revision));
        if (!isStored) continue;
        return {
          message: revision.kind === 'deleted' ? message : revised(message, revision),
          isChanged: true,
        };
      }
    });
}

/** Resolves to whether the message was still as it was given. */
async function store(
  sql: Statements,
  { message, now }: { message: RoomMessage; now: number },
  revision: Revision,
): Promise<boolean> {
  const { roomId } = message;
  const { ms, seq } = bigParts(partsOf(message.id));
  const isMessage = Prisma.sql`room_id = ${roomId} AND ms = ${ms} AND seq = ${seq}`;
  // Messages that are stored take their place first and then their files: in another order the two could wait for each other.
  const early = message.attachments && (await nextPlace(sql, now));
  const [changed] = await sql<Key>(change(message, revision, isMessage));
  if (!changed) return false;
  const key = revision.kind === 'deleted' && changed.clientId !== null ? changed : noKey;
  const replaced = revision.kind === 'deleted' ? Prisma.empty : Prisma.sql`AND kind = ${revision.kind}`;
  await sql(Prisma.sql`
    DELETE FROM kept_changes
    WHERE room_id = ${roomId} AND message_ms = ${ms} AND message_seq = ${seq} ${replaced}`);
  // Last if possible, as on Postgres all commits of messages and changes wait for each other from here on.
  const place = bigParts(early ?? (await nextPlace(sql, now)));
  await sql(Prisma.sql`
    INSERT INTO kept_changes (room_id, ms, seq, kind, message_ms, message_seq, username, client_id, input_hash, created_ms)
    VALUES (${roomId}, ${place.ms}, ${place.seq}, ${revision.kind}, ${ms}, ${seq},
      ${key.username}, ${key.clientId}, ${key.inputHash}, ${key.createdMs})`);
  return true;
}

/** Reactions depend on those before, and what its author writes on nothing. */
function change(message: RoomMessage, revision: Revision, isMessage: Prisma.Sql): Prisma.Sql {
  const key = Prisma.sql`
    username, client_id AS "clientId", input_hash AS "inputHash", created_ms AS "createdMs"`;
  if (revision.kind === 'deleted')
    return Prisma.sql`DELETE FROM kept_messages WHERE ${isMessage} RETURNING ${key}`;
  if (revision.kind === 'reaction')
    return Prisma.sql`
      UPDATE kept_messages SET reactions = ${storedReactions(revision.reactions)}
      WHERE ${isMessage} AND coalesce(reactions, '') = ${storedReactions(message.reactions ?? []) ?? ''}
      RETURNING ${key}`;
  return Prisma.sql`
    UPDATE kept_messages SET message = ${revision.text}, mentions = ${storedMentions(revision)},
      edited_ms = ${BigInt(revision.editedAt.getTime())}
    WHERE ${isMessage} RETURNING ${key}`;
}

const storedReactions = (reactions: Reaction[]): string | null =>
  reactions.length === 0 ? null : JSON.stringify(reactions);

/** Above all that were given, as an id of a message is. */
async function nextPlace(sql: Statements, nowMs: number): Promise<IdParts> {
  const now = BigInt(nowMs);
  const [place] = await sql<{ ms: bigint; seq: bigint }>(Prisma.sql`
    UPDATE kept_clock SET ms = CASE WHEN ms < ${now} THEN ${now} ELSE ms END,
      seq = CASE WHEN ms < ${now} THEN 0 ELSE seq + 1 END
    WHERE id = 1 RETURNING ms, seq`);
  return { ms: Number(place?.ms), seq: Number(place?.seq) };
}

/** A driver takes a number of this size for one of 32 bits unless it is told otherwise. */
const bigParts = ({ ms, seq }: IdParts) => ({ ms: BigInt(ms), seq: BigInt(seq) });
