import { readInSlices } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { inboxSlices } from '../inbox/list-messages.ts';
import type { Deps } from '../shared/deps.ts';

interface Own {
  username: string;
  signal: AbortSignal;
}

const sliceSize = 500;

/** How many private messages the user sees. */
export async function countInbox({ sql }: Pick<Deps, 'sql'>, username: string): Promise<number> {
  const [row] = await sql<{ total: number | bigint | null }>(
    Prisma.sql`SELECT sum(total) AS total FROM inbox_conversations WHERE username = ${username}`,
  );
  return Number(row?.total ?? 0);
}

/** Sent and received messages that the user sees, newest first. */
export async function* ownInbox(
  deps: Pick<Deps, 'sql' | 'fileUrls'>,
  { username, signal }: Own,
  onSlice: (messages: number) => void,
): AsyncGenerator<object, void> {
  for await (const slice of inboxSlices(deps, username, { signal })) {
    onSlice(slice.length);
    for (const { avatarUrl: _, attachments, ...message } of slice)
      yield {
        ...message,
        ...(attachments && {
          files: attachments.map(({ id, name, size, mediaType }) => ({ id, name, size, mediaType })),
        }),
      };
  }
}

interface ConversationRow {
  with: string;
  messages: number | bigint;
  unread: number | bigint;
  readUpTo: number | bigint;
  mutedUntil: Date | string | null;
}

export async function* ownConversations(
  { sql }: Pick<Deps, 'sql'>,
  { username, signal }: Own,
): AsyncGenerator<object, void> {
  const slices = readInSlices({
    size: sliceSize,
    keyOf: (row: ConversationRow) => row.with,
    signal,
    read: (after) =>
      sql<ConversationRow>(Prisma.sql`
        SELECT peer AS "with", total AS messages, unread, read_up_to AS "readUpTo", muted_until AS "mutedUntil"
        FROM inbox_conversations WHERE username = ${username} AND peer > ${after ?? ''} ORDER BY peer LIMIT ${sliceSize}`),
  });
  for await (const slice of slices)
    for (const { messages, unread, readUpTo, mutedUntil, ...row } of slice)
      yield {
        ...row,
        messages: Number(messages),
        unread: Number(unread),
        readUpTo: Number(readUpTo),
        mutedUntil: mutedUntil === null ? null : new Date(mutedUntil),
      };
}
