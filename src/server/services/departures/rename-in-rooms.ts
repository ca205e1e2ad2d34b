import { AppError } from '../../core/errors.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { hasText, type KeptPlace, keptPages } from '../../infra/stores/kept-pages.ts';
import { renamedReactions } from '../../infra/stores/rename-in-messages.ts';
import {
  type Mentions,
  parseMentions,
  type Reaction,
  storedMentions,
} from '../../infra/stores/room-message-store.ts';
import { leaveRoom } from '../rooms/rooms.ts';
import type { Deps } from '../shared/deps.ts';
import { type Departed, inSlices, type Pass, renameById, sliceSize } from './rename-rest.ts';

/** Leaves each room as its member would: it goes to somebody else, or is deleted with its last member. */
export async function leaveRooms(deps: Deps, { username }: Departed, pass: Pass): Promise<void> {
  for (;;) {
    const [member] = await deps.sql<{ roomId: number }>(
      Prisma.sql`SELECT room_id AS "roomId" FROM room_members WHERE username = ${username} ORDER BY id LIMIT 1`,
    );
    if (!member) return;
    await leaveRoom(deps, { roomId: member.roomId, username }).catch((error: unknown) => {
      // Somebody else has ended the membership meanwhile.
      if (!(error instanceof AppError && error.reason === 'NOT_A_MEMBER')) throw error;
    });
    await pass.renew();
  }
}

/** Who made, banned, pinned and invited. */
export async function renameInRooms(deps: Deps, departed: Departed, pass: Pass): Promise<void> {
  await inSlices(pass, () => renameById(deps, 'rooms', 'created_by', departed));
  await inSlices(pass, () => renameById(deps, 'room_pins', 'pinned_by', departed));
  await inSlices(pass, () => renameById(deps, 'room_invites', 'created_by', departed));
  for (const column of ['username', 'banned_by']) {
    const named = Prisma.raw(column);
    await inSlices(pass, () =>
      deps.sql.run(Prisma.sql`
        UPDATE room_bans SET ${named} = ${departed.alias} WHERE (room_id, username) IN (
          SELECT room_id, username FROM room_bans WHERE ${named} = ${departed.username} LIMIT ${sliceSize})`),
    );
  }
}

/** Messages in memory are not renamed: they are shown with another name. */
export async function renameInKeptRooms(deps: Deps, departed: Departed, pass: Pass): Promise<void> {
  const { username } = departed;
  await inSlices(pass, () =>
    deps.sql.run(Prisma.sql`
      UPDATE kept_changes SET username = NULL, client_id = NULL, input_hash = NULL WHERE (room_id, ms, seq) IN (
        SELECT room_id, ms, seq FROM kept_changes WHERE username = ${username} AND client_id IS NOT NULL LIMIT ${sliceSize})`),
  );
  for await (const page of keptPages(deps.sql)) {
    await renamePage(deps, departed, page);
    await yieldTurn();
    await pass.renew();
  }
}

async function renamePage({ sql }: Deps, { username, alias }: Departed, page: Prisma.Sql): Promise<void> {
  await sql.run(Prisma.sql`
    UPDATE kept_messages SET username = ${alias}, client_id = NULL, input_hash = NULL
    WHERE ${page} AND username = ${username}`);
  const naming = await sql<KeptPlace & { mentions: string | null; reactions: string | null }>(Prisma.sql`
    SELECT room_id AS "roomId", ms, seq, mentions, reactions FROM kept_messages
    WHERE ${page} AND (${hasText('mentions', username)} OR ${hasText('reactions', username)})`);
  const nameOf = (name: string) => (name === username ? alias : name);
  for (const { roomId, ms, seq, mentions, reactions } of naming) {
    const renamed =
      reactions && JSON.stringify(renamedReactions(JSON.parse(reactions) as Reaction[], nameOf)); // safe: as it was stored
    // Only as they were read: what has been changed meanwhile is found the next time.
    await sql.run(Prisma.sql`
      UPDATE kept_messages SET mentions = ${renamedMentions(mentions, nameOf)}, reactions = ${renamed}
      WHERE room_id = ${roomId} AND ms = ${BigInt(ms)} AND seq = ${BigInt(seq)}
        AND coalesce(mentions, '') = ${mentions ?? ''} AND coalesce(reactions, '') = ${reactions ?? ''}`);
  }
}

function renamedMentions(stored: string | null, nameOf: (name: string) => string): string | null {
  const { mentions, ...rest }: Mentions = parseMentions(stored);
  return storedMentions({ ...rest, ...(mentions && { mentions: mentions.map(nameOf) }) });
}
