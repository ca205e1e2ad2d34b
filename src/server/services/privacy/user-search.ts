import { searchNameOf } from '../../core/names/search-name.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { hasBlocked } from '../../infra/db/privacy-sql.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';

/** A user whom a search has found. */
export interface FoundUser {
  username: string;
  avatarUrl: string | null;
}

/** No name begins with it, and no character comes after it. */
const lastCharacter = '\u{10ffff}';

/**
 * Users whose names begin with the prefix, in alphabetical order, among those who let others find them. Whom the caller has
 * blocked is not suggested; by whom the caller is blocked cannot be told from the answer.
 */
export async function searchUsers(
  deps: Pick<Deps, 'sql' | 'fileUrls' | 'limits' | 'metrics'>,
  { username, prefix, limit }: { username: string; prefix: string; limit: number },
): Promise<FoundUser[]> {
  await requireWithinLimit(deps, 'userSearch', username);
  const from = searchNameOf(prefix);
  const rows = await deps.sql<{ username: string; avatar_url: string }>(Prisma.sql`
    SELECT u.username, u.avatar_url FROM users u
    WHERE u.findable AND u.disabled_at IS NULL
      AND u.search_name >= ${from} AND u.search_name < ${from + lastCharacter}
      AND NOT ${hasBlocked(username, Prisma.sql`u.username`)}
    ORDER BY u.search_name, u.username LIMIT ${limit}`);
  return rows.map(({ username, avatar_url }) => ({ username, avatarUrl: deps.fileUrls.avatar(avatar_url) }));
}
