import { everyone, possibleMentions } from '../../core/mentions.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import type { Mentions } from '../../infra/stores/room-message-store.ts';
import type { Deps } from '../shared/deps.ts';
import type { Membership } from './membership.ts';
import { has, type Role } from './powers.ts';

/** Names that are looked up. Further ones are plain text. */
const maxNames = 200;

/**
 * Whom a message of this member mentions: members of the room, and with `@room` everyone, if the member may. Undefined for most
 * messages.
 */
export async function findMentions(
  { sql }: Pick<Deps, 'sql'>,
  { roomId, username, text }: Membership & { text: string },
): Promise<Mentions | undefined> {
  const possible = possibleMentions(text);
  if (possible.length === 0) return undefined;
  const names = [...new Set([username, ...possible.flat()])].slice(0, maxNames);
  const rows = await sql<{ username: string; role: Role }>(Prisma.sql`
    SELECT username, role FROM room_members
    WHERE room_id = ${roomId} AND username IN (${paddedList(names, maxNames, '')})`);
  const roleOf = new Map(rows.map((row) => [row.username, row.role]));
  const mayMentionAll = has(roleOf.get(username) ?? 'member', 'mentionEveryone');

  const isEveryone = (candidates: string[]) => mayMentionAll && candidates.includes(everyone);
  const mentionsRoom = possible.some(isEveryone);
  const members = possible
    .filter((candidates) => !isEveryone(candidates))
    .map((candidates) => candidates.find((name) => roleOf.has(name)))
    .filter((name) => name !== undefined);
  const mentions = [...new Set(members)];
  if (mentions.length === 0 && !mentionsRoom) return undefined;
  return { ...(mentions.length > 0 && { mentions }), ...(mentionsRoom && { mentionsRoom }) };
}
