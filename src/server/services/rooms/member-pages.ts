import { AnswerRows } from '../../core/answer-size.ts';
import { knownDate } from '../../core/known-dates.ts';
import { searchNameOf } from '../../core/names/search-name.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';
import type { Role } from './powers.ts';
import { countMembers, requireMemberList } from './room-lists.ts';

/** A member as the pages of members show it. */
export interface RoomMember {
  username: string;
  joinedAt: Date;
  role: Role;
  avatarUrl: string | null;
}

export interface MemberPage {
  members: RoomMember[];
  nextCursor: number | null;
  /** How many members the room has, whatever was looked for. */
  total: number;
}

interface PageOfMembers {
  roomId: number;
  username: string;
  limit: number;
  cursor?: number | undefined;
  prefix?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Rows read by one statement. */
const sliceSize = 500;
/** A call looks at so many members for those whose names begin with a prefix; the next one goes on from there. */
const maxSlices = 20;

/**
 * Members in order of joining, only those whose names begin with `prefix` in any letter case if it is given. A page may hold
 * fewer than `limit`. Throws what `requireMemberList` throws.
 */
export async function listMemberPage(
  deps: Pick<Deps, 'db' | 'sql' | 'accessCache' | 'fileUrls'>,
  { roomId, username, limit, cursor = 0, prefix, signal }: PageOfMembers,
): Promise<MemberPage> {
  await requireMemberList(deps, { roomId, username });
  const total = await countMembers(deps, roomId);
  const page = new AnswerRows<RoomMember>();
  const size = prefix === undefined ? limit + 1 : sliceSize;
  const wanted = prefix === undefined ? '' : searchNameOf(prefix);
  let after = cursor;
  for (let slices = 0; slices < maxSlices; slices += 1) {
    if (slices > 0) await yieldTurn(signal);
    const rows = await readRows(deps, { roomId, after, size });
    for (const { id, ...member } of rows) {
      const isFound = wanted === '' || searchNameOf(member.username).startsWith(wanted);
      if (isFound && (page.rows.length === limit || !page.add([member])))
        return { members: page.rows, nextCursor: after, total };
      after = id;
    }
    if (rows.length < size) return { members: page.rows, nextCursor: null, total };
  }
  return { members: page.rows, nextCursor: after, total };
}

interface MemberRow {
  id: number;
  username: string;
  joinedAt: Date | string;
  role: Role;
  avatarUrl: string | null;
}

async function readRows(
  { sql, fileUrls }: Pick<Deps, 'sql' | 'fileUrls'>,
  { roomId, after, size }: { roomId: number; after: number; size: number },
): Promise<(RoomMember & { id: number })[]> {
  const rows = await sql<MemberRow>(Prisma.sql`
    SELECT m.id, m.username, m.joined_at AS "joinedAt", m.role, u.avatar_url AS "avatarUrl"
    FROM room_members m LEFT JOIN users u ON u.username = m.username
    WHERE m.room_id = ${roomId} AND m.id > ${after} ORDER BY m.id LIMIT ${size}`);
  return rows.map(({ id, username, joinedAt, role, avatarUrl }) => ({
    id,
    username,
    joinedAt: knownDate(joinedAt),
    role,
    avatarUrl: fileUrls.avatar(avatarUrl),
  }));
}
