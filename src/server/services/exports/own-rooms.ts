import { readInSlices, yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { parseAttachments } from '../../infra/files/attachments.ts';
import { keptIdOf } from '../../infra/stores/kept-message-rows.ts';
import { hasText, keptPages } from '../../infra/stores/kept-pages.ts';
import { parseMentions, type Reaction } from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import type { Deps } from '../shared/deps.ts';

interface Own {
  username: string;
  signal: AbortSignal;
}

const sliceSize = 500;

interface RoomRow {
  memberId: number;
  id: number;
  name: string;
  isPrivate: unknown;
  history: string;
  role: string;
  joinedAt: Date | string;
  readMs: number | bigint;
  readSeq: number | bigint;
  mutedUntil: Date | string | null;
}

/** The rooms that the user is in, in order of joining. */
async function* roomSlices({ sql }: Pick<Deps, 'sql'>, { username, signal }: Own) {
  yield* readInSlices({
    size: sliceSize,
    keyOf: (row: RoomRow) => row.memberId,
    signal,
    read: (after) =>
      sql<RoomRow>(Prisma.sql`
        SELECT m.id AS "memberId", r.id, r.name, r.is_private AS "isPrivate", r.history, m.role, m.joined_at AS "joinedAt",
          m.read_ms AS "readMs", m.read_seq AS "readSeq", m.muted_until AS "mutedUntil"
        FROM room_members m JOIN rooms r ON r.id = m.room_id
        WHERE m.username = ${username} AND m.id > ${after ?? 0} ORDER BY m.id LIMIT ${sliceSize}`),
  });
}

export async function* ownRooms(deps: Pick<Deps, 'sql'>, own: Own): AsyncGenerator<object, void> {
  for await (const slice of roomSlices(deps, own))
    for (const { id, name, isPrivate, history, role, joinedAt, readMs, readSeq, mutedUntil } of slice)
      yield {
        ...{ id, name, isPrivate: Boolean(isPrivate), history, role, joinedAt: new Date(joinedAt) },
        readUpTo: keptIdOf({ ms: readMs, seq: readSeq }),
        mutedUntil: mutedUntil === null ? null : new Date(mutedUntil),
      };
}

type RoomDeps = Pick<Deps, 'sql' | 'roomMessages'>;

/** What rooms in memory hold: of those that the user is in. */
async function* heldMessages(deps: RoomDeps, own: Own): AsyncGenerator<ShownRoomMessage, void> {
  for await (const slice of roomSlices(deps, own))
    for (const { id, history } of slice) {
      if (history === 'kept') continue;
      await yieldTurn(own.signal);
      yield* await deps.roomMessages.list(id);
    }
}

interface KeptRow {
  roomId: number;
  ms: number | bigint;
  seq: number | bigint;
  text: string;
  createdMs: number | bigint;
  editedMs: number | bigint | null;
  replyMs: number | bigint | null;
  replySeq: number | bigint | null;
  mentions: string | null;
  attachments: string | null;
}

const shownFiles = (attachments: readonly { id: string; name: string; size: number; mediaType: string }[]) =>
  attachments.map(({ id, name, size, mediaType }) => ({ id, name, size, mediaType }));

/** What the user has sent, also to kept rooms that the user has left. */
export async function* ownRoomMessages(deps: RoomDeps, own: Own): AsyncGenerator<object, void> {
  const { username, signal } = own;
  for await (const page of keptPages(deps.sql)) {
    await yieldTurn(signal);
    const rows = await deps.sql<KeptRow>(Prisma.sql`
      SELECT room_id AS "roomId", ms, seq, message AS text, created_ms AS "createdMs", edited_ms AS "editedMs",
        reply_ms AS "replyMs", reply_seq AS "replySeq", mentions, attachments
      FROM kept_messages WHERE ${page} AND username = ${username} AND event IS NULL ORDER BY room_id, ms, seq`);
    for (const { roomId, ms, seq, text, createdMs, editedMs, replyMs, replySeq, ...row } of rows)
      yield {
        ...{ roomId, id: keptIdOf({ ms, seq }), text, createdAt: new Date(Number(createdMs)) },
        ...(editedMs !== null && { editedAt: new Date(Number(editedMs)) }),
        ...(replyMs !== null && { replyTo: keptIdOf({ ms: replyMs, seq: replySeq }) }),
        ...parseMentions(row.mentions),
        ...(row.attachments !== null && { files: shownFiles(parseAttachments(row.attachments)) }),
      };
  }
  for await (const message of heldMessages(deps, own)) {
    const { roomId, id, text, createdAt, editedAt, replyTo, mentions, mentionsRoom, attachments } = message;
    if (message.username !== username || message.kind === 'system') continue;
    yield {
      ...{ roomId, id, text, createdAt },
      ...(editedAt && { editedAt }),
      ...(replyTo && { replyTo: replyTo.id }),
      ...(mentions && { mentions }),
      ...(mentionsRoom && { mentionsRoom }),
      ...(attachments && { files: shownFiles(attachments) }),
    };
  }
}

/** What the user has put on messages of rooms. */
export async function* ownReactions(deps: RoomDeps, own: Own): AsyncGenerator<object, void> {
  const { username, signal } = own;
  const ownOf = (reactions: readonly Reaction[]) =>
    reactions.filter(({ users }) => users.includes(username)).map(({ emoji }) => emoji);
  for await (const page of keptPages(deps.sql)) {
    await yieldTurn(signal);
    const rows = await deps.sql<Pick<KeptRow, 'roomId' | 'ms' | 'seq'> & { reactions: string }>(Prisma.sql`
      SELECT room_id AS "roomId", ms, seq, reactions FROM kept_messages
      WHERE ${page} AND ${hasText('reactions', username)} ORDER BY room_id, ms, seq`);
    for (const { roomId, ms, seq, reactions } of rows)
      for (const emoji of ownOf(JSON.parse(reactions) as Reaction[])) // safe: as it was stored
        yield { roomId, messageId: keptIdOf({ ms, seq }), emoji };
  }
  for await (const { roomId, id, reactions = [] } of heldMessages(deps, own))
    for (const emoji of ownOf(reactions)) yield { roomId, messageId: id, emoji };
}
