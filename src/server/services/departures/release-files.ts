import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { messageIdOf } from '../../infra/stores/room-message-store.ts';
import { removeHeldUses } from '../files/attach.ts';
import { changeInboxes } from '../inbox/changes.ts';
import { forgetPin } from '../rooms/pins.ts';
import { announceChange } from '../rooms/room-messages.ts';
import type { Deps } from '../shared/deps.ts';
import { type Departed, inSlices, type Pass, sliceSize } from './rename-rest.ts';

interface Use {
  /** 0 for an inbox message. */
  roomId: number;
  ms: number | bigint;
  seq: number | bigint;
  isHeld: unknown;
}

const usesRead = 50;

/** Takes the user's files from all messages, so that the next sweep removes them. A message that was nothing else goes with them. */
export async function releaseFiles(deps: Deps, departed: Departed, pass: Pass): Promise<void> {
  const { sql } = deps;
  const { username, alias } = departed;
  for (;;) {
    const uses = await sql<Use>(Prisma.sql`
      SELECT DISTINCT u.room_id AS "roomId", u.ms, u.seq, u.is_held AS "isHeld"
      FROM files f JOIN file_uses u ON u.file_id = f.id WHERE f.owner = ${username} LIMIT ${usesRead}`);
    for (const use of uses) {
      if (use.roomId === 0) await detachFromInbox(deps, Number(use.ms));
      else await detachFromRoom(deps, use);
    }
    if (uses.length < usesRead) break;
    await pass.renew();
  }
  await inSlices(pass, () =>
    sql.run(Prisma.sql`
      UPDATE files SET owner = ${alias}, keep_until_ms = 0, claimed_until_ms = 0, upload_key = NULL
      WHERE id IN (SELECT id FROM files WHERE owner = ${username} LIMIT ${sliceSize})`),
  );
  await renameContents(deps, departed, pass);
  await deps.files?.sweep();
  await sql.run(Prisma.sql`
    DELETE FROM file_usage WHERE owner = ${alias}
      AND NOT EXISTS (SELECT 1 FROM file_contents WHERE file_contents.owner = ${alias})`);
}

/** Of a server that has no files any more they stay, and are nobody's. */
async function renameContents({ sql }: Deps, { username, alias }: Departed, pass: Pass): Promise<void> {
  await sql.transaction(async (tx) => {
    await tx.run(Prisma.sql`
      INSERT INTO file_usage (owner, bytes) SELECT ${alias}, bytes FROM file_usage WHERE owner = ${username}
      ON CONFLICT (owner) DO UPDATE SET bytes = file_usage.bytes + excluded.bytes`);
    await tx.run(Prisma.sql`DELETE FROM file_usage WHERE owner = ${username}`);
  });
  await inSlices(pass, () =>
    sql.run(Prisma.sql`
      UPDATE file_contents SET owner = ${alias}
      WHERE id IN (SELECT id FROM file_contents WHERE owner = ${username} LIMIT ${sliceSize})`),
  );
}

async function detachFromInbox(deps: Deps, id: number): Promise<void> {
  await changeInboxes(deps, async (tx) => {
    const [message] = await tx<{ sender: string; recipient: string; isEmpty: unknown }>(Prisma.sql`
      UPDATE inbox_messages SET attachments = NULL WHERE id = ${id}
      RETURNING sender, recipient, message = '' AS "isEmpty"`);
    await tx.run(Prisma.sql`DELETE FROM file_uses WHERE room_id = 0 AND ms = ${BigInt(id)} AND seq = 0`);
    if (!message) return { changes: [], result: undefined };
    const { sender, recipient } = message;
    const isEmpty = Boolean(message.isEmpty);
    if (isEmpty) await tx.run(Prisma.sql`DELETE FROM inbox_messages WHERE id = ${id}`);
    return {
      changes: [{ username: recipient, kind: isEmpty ? 'deleted' : 'edited', peer: sender, messageId: id }],
      result: undefined,
    };
  });
}

async function detachFromRoom(deps: Deps, { roomId, ms, seq, isHeld }: Use): Promise<void> {
  const { sql, roomMessages } = deps;
  const id = messageIdOf({ ms: Number(ms), seq: Number(seq) });
  const message = await roomMessages.find(roomId, id);
  if (message?.text === '') {
    await roomMessages
      .revise(roomId, id, () => ({ kind: 'deleted' }))
      .catch((error: unknown) => {
        if (!(error instanceof AppError && error.reason === 'MESSAGE_NOT_FOUND')) throw error;
      });
    await forgetPin(deps, { roomId, id });
    await announceChange(deps, roomId, { isListed: true });
  }
  if (isHeld) return removeHeldUses(deps, { roomId, id });
  const isMessage = Prisma.sql`room_id = ${roomId} AND ms = ${BigInt(ms)} AND seq = ${BigInt(seq)}`;
  await sql.run(Prisma.sql`UPDATE kept_messages SET attachments = NULL WHERE ${isMessage}`);
  await sql.run(Prisma.sql`DELETE FROM file_uses WHERE ${isMessage}`);
}
